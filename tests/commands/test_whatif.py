"""`mesh whatif`: which routes survive without a part of the environment."""

import json
from pathlib import Path
from typing import Any

import environments
import pytest
from environments import TEXT
from typer.testing import CliRunner

from mesh.access import plan_without
from mesh.access.judge import Judge
from mesh.access.whatif import survivals
from mesh.access.world import World
from mesh.commands import app
from mesh.render import plan

FILE = "Pulumi.shop.yaml"
Fates = dict[str, str]


def fates(declared: dict[str, Any], *parts: str) -> Fates:
    """Of the routes that are not intact."""
    whole = plan(environments.resolved(declared))
    found = survivals(Judge(World(whole)), Judge(World(plan_without.without(whole, parts))))
    return {str(one.route): one.fate for one in found if one.fate != "intact"}


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["machine/vault-db"], {"orders to orders-db:5432": "lost"}),
        (["machine/ledger-0"], {"ledger to payments:443": "lost", "orders to ledger:9000": "lost"}),
        (["gateway/east/public"], {"ingress/public to storefront:8080": "lost"}),
        (["gateway/west/east-west"], {"storefront to orders:8080": "partly"}),
        (["peering/west/east"], {"storefront to orders:8080": "partly"}),
        (["peering/west/machines"], {"orders to ledger:9000": "partly", "orders to orders-db:5432": "partly"}),
        (
            ["cluster/west"],
            {
                "orders to orders-db:5432": "lost",
                "orders to ledger:9000": "without spare",
                "storefront to orders:8080": "without spare",
            },
        ),
        (
            ["cluster/east"],
            {
                "ingress/public to storefront:8080": "lost",
                "ledger to payments:443": "lost",
                "orders to ledger:9000": "lost",
                "storefront to orders:8080": "lost",
                "orders to orders-db:5432": "without spare",
            },
        ),
        (
            ["network/machines"],
            {
                "ledger to payments:443": "lost",
                "orders to ledger:9000": "lost",
                "orders to orders-db:5432": "lost",
            },
        ),
        (
            ["gateway/east/public", "machine/vault-db"],
            {"ingress/public to storefront:8080": "lost", "orders to orders-db:5432": "lost"},
        ),
    ],
    ids=" ".join,
)
def test_what_becomes_of_the_routes(parts: list[str], expected: Fates) -> None:
    """West keeps the entry of vault-db, east that of ledger-0; clusters are joined by peering and by gateways."""
    assert fates(environments.declared(), *parts) == expected


def test_two_of_three_places_are_fewer_ways() -> None:
    declared = environments.declared()
    declared["machines"] |= {
        name: {"network": "machines", "address": f"10.30.0.{number}", "joins": "east", "size": "Standard_D2s_v5"}
        for name, number in (("ledger-1", 11), ("ledger-2", 12))
    }
    declared["workloads"]["ledger"]["machines"] = ["ledger-0", "ledger-1", "ledger-2"]

    assert fates(declared, "machine/ledger-1") == {
        "ledger to payments:443": "fewer ways",
        "orders to ledger:9000": "fewer ways",
    }


def test_the_entry_of_a_machine_goes_with_it() -> None:
    declared = environments.declared()
    declared["machines"]["spare-db"] = {**declared["machines"]["vault-db"], "address": "10.30.0.21"}
    declared["workloads"]["orders-db"]["machines"] = ["vault-db", "spare-db"]

    assert fates(declared, "machine/vault-db") == {"orders to orders-db:5432": "without spare"}


def test_a_managed_database_goes_with_its_network() -> None:
    declared = environments.declared()
    declared["routes"].append({"from": "orders", "to": "invoices-db", "tcp": "sql"})

    assert fates(declared, "network/machines")["orders to invoices-db:5432"] == "lost"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.chdir(tmp_path)
    Path(FILE).write_bytes(TEXT)

    def command(*arguments: str) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, ["whatif", *arguments, FILE])
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result.exit_code, result.stdout, result.stderr

    return command


def test_it_says_through_what_and_why_not(run: Any) -> None:
    status, out, _ = run("--without", "peering/east/west", "--format", "csv")

    assert status == 1
    assert out.splitlines()[:3] == [
        "caller,callee,port,fate,through,lost,why",
        "storefront,orders,8080,partly,cluster/east → cluster/east,cluster/east → cluster/west,"
        '"from cluster/east: 10.10.64.0/18 → 10.20.128.20 is dropped: network/east and network/west are both peered'
        ' with network/machines, but peerings pass nothing on"',
        "ingress/public,storefront,8080,intact,clients at 203.0.113.0/24 → cluster/east,,",
    ]


def test_what_all_routes_survive_ends_well(run: Any) -> None:
    status, out, errors = run("--without", "gateway/east/partners")

    assert (status, out, errors) == (
        0,
        "Pulumi.shop.yaml without gateway/east/partners: of 5 routes 5 intact.\n",
        "",
    )


def test_json_has_every_route(run: Any) -> None:
    found = json.loads(run("--without", "machine/vault-db", "--format", "json")[1])

    assert [(one["caller"], one["callee"], one["fate"]) for one in found["records"]] == [
        ("orders", "orders-db", "lost"),
        ("ingress/public", "storefront", "intact"),
        ("ledger", "payments", "intact"),
        ("orders", "ledger", "intact"),
        ("storefront", "orders", "intact"),
    ]


def test_an_unknown_part_is_guessed_or_gets_the_list(run: Any) -> None:
    assert run("--without", "cluster/eats") == (
        2,
        "",
        '--without: there is no "cluster/eats". Did you mean cluster/east?\n',
    )
    assert run("--without", "xyz")[2] == (
        '--without: there is no "xyz". There are cluster/east, cluster/west, gateway/east/east-west, '
        "gateway/east/partners, gateway/east/public, gateway/west/east-west, machine/ledger-0, machine/vault-db, "
        "network/east, network/machines, network/west, peering/east/machines, peering/east/west, "
        "peering/machines/east, peering/machines/west, peering/west/east and peering/west/machines.\n"
    )
