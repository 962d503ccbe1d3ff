"""What an attacker reaches who owns a workload: by which way, in how many steps, and by what each is held."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import environments
import pytest
from changed_plans import with_spec

from mesh.access.blast_radius import BlastRadii, Counts
from mesh.access.judge import Judge
from mesh.access.world import World
from mesh.files import stacks
from mesh.plan import Plan
from mesh.render import plan

PROD = Path(__file__).parents[2] / "stacks" / "Pulumi.prod.yaml"
LEDGER_OF_ORDERS = ("ledger", 1, "orders", "identity", "east/finance/AuthorizationPolicy/ledger: rule 1")
FROM_EAST = "nsg/machines/machines: cluster-east-to-machine-vault-db-5432-in"
OUT_OF_EAST = "nsg/east/nodes: AllowInternetOutBound"
OUT_OF_MACHINES = "nsg/machines/machines: AllowInternetOutBound"


def radii(of: Plan) -> BlastRadii:
    return BlastRadii(Judge(World(of)))


def reached(of: Plan, compromised: str) -> list[tuple[str, int, str, str, str]]:
    return [(one.workload, one.steps, one.source, one.held, one.by) for one in radii(of).of(compromised).reached]


def planned(*changes: tuple[str, str, dict[str, Any]]) -> Plan:
    declared = environments.declared()
    for section, name, value in changes:
        declared[section][name] = {**declared[section].get(name, {}), **value}
    return plan(environments.resolved(declared))


@pytest.fixture(scope="module")
def sound() -> Plan:
    return planned()


def test_each_step_says_from_where_it_is_taken_and_by_what_it_is_held(sound: Plan) -> None:
    assert reached(sound, "storefront") == [
        ("orders", 1, "storefront", "identity", "east/shop/AuthorizationPolicy/orders: rule 1"),
        ("orders-db", 1, "storefront", "address", FROM_EAST),
        ("payments", 1, "storefront", "nothing", OUT_OF_EAST),
        ("thumbnails", 1, "storefront", "nothing", OUT_OF_EAST),
        ("ledger", 2, *LEDGER_OF_ORDERS[2:]),
        ("legacy", 2, "orders-db", "nothing", "machine/vault-db"),
    ]


def test_a_machine_reaches_what_the_network_opens_to_it_and_no_more(sound: Plan) -> None:
    assert reached(sound, "ledger") == [
        ("payments", 1, "ledger", "nothing", OUT_OF_MACHINES),
        ("thumbnails", 1, "ledger", "nothing", OUT_OF_MACHINES),
    ]


def test_who_shares_a_machine_is_reached_by_whoever_owns_it(sound: Plan) -> None:
    assert reached(sound, "orders-db")[0] == ("legacy", 1, "orders-db", "nothing", "machine/vault-db")


def test_nothing_of_ours_is_known_behind_what_runs_elsewhere(sound: Plan) -> None:
    assert reached(sound, "payments") == []


def test_an_ingress_gateway_can_be_owned_too(sound: Plan) -> None:
    assert [one.workload for one in radii(sound).of("ingress/public", within=1).reached] == [
        *("orders-db", "payments", "storefront", "thumbnails"),
    ]


def test_the_own_sidecar_holds_nobody_who_owns_the_workload(sound: Plan) -> None:
    """With a VirtualService and a Sidecar of its own it would not even know the host."""
    without = replace(sound, objects=tuple(item for item in sound.objects if item.manifest["kind"] != "ServiceEntry"))

    assert LEDGER_OF_ORDERS in reached(without, "orders")


def test_a_policy_that_does_not_name_the_caller_stops_its_certificate(sound: Plan) -> None:
    policy = next(item for item in sound.objects if item.name == "east/finance/AuthorizationPolicy/ledger")
    other = {"principals": ["shop.example/ns/shop/sa/storefront"]}
    spec = {**policy.manifest["spec"], "rules": [{"from": [{"source": other}]}]}

    found = {name for name, steps, *_ in reached(with_spec(sound, policy, spec), "orders") if steps == 1}

    assert "ledger" not in found


def test_a_sidecar_that_takes_plain_text_is_reached_by_address(sound: Plan) -> None:
    kinds = ("AuthorizationPolicy", "PeerAuthentication")
    without = replace(sound, objects=tuple(item for item in sound.objects if item.manifest["kind"] not in kinds))

    assert ("orders", 1, "legacy", "address", "nsg/east/nodes: allow-pods-in") in reached(without, "legacy")


def test_a_security_group_that_everybody_passes_holds_by_nothing(sound: Plan) -> None:
    def opened(rule: dict[str, Any]) -> dict[str, Any]:
        return {**rule, "access": "Allow"} if rule["name"].startswith("deny-virtual-network") else rule

    azure = tuple(
        replace(
            item, properties={**item.properties, "securityRules": list(map(opened, item.properties["securityRules"]))}
        )
        if "securityRules" in item.properties
        else item
        for item in sound.azure
    )

    held = {name: held for name, _, _, held, _ in reached(replace(sound, azure=azure), "ledger")}

    assert held["orders-db"] == "nothing"


def test_an_internal_gateway_without_certificates_is_a_way() -> None:
    declared = environments.declared()
    declared["clusters"]["west"]["ingress"] = {
        "staff": {
            "hosts": ["staff.example.com"],
            "internal": True,
            "tls": {"mode": "simple", "certificate": "staff"},
            "allow_from": ["10.30.0.0/16"],
        }
    }
    declared["routes"].append({"from": "ingress/staff", "to": "orders", "port": "http", "http": [{"paths": ["/*"]}]})
    opened = ("orders", 1, "ledger", "address", "west/release/ingress-staff")

    assert opened in reached(plan(environments.resolved(declared)), "ledger")

    declared["clusters"]["west"]["ingress"]["staff"]["tls"]["mode"] = "mutual"

    assert opened not in reached(plan(environments.resolved(declared)), "ledger")


def test_counts_are_by_steps_by_what_holds_and_of_databases(sound: Plan) -> None:
    held = {"identity": 2, "pod": 0, "address": 1, "nothing": 3}

    counts = Counts("storefront", (4, 2), held, databases=1, nearest_database=1)

    assert radii(sound).of("storefront").counts == counts
    assert radii(sound).counts["storefront"] == counts


def test_the_widest_come_first_and_each_workload_is_counted(sound: Plan) -> None:
    assert [(counts.compromised, counts.reached) for counts in radii(sound).widest_first()] == [
        *(("storefront", 6), ("orders", 5), ("legacy", 3), ("orders-db", 3), ("ledger", 2)),
        *(("invoices-db", 0), ("payments", 0), ("thumbnails", 0)),
    ]


def test_counts_of_a_large_stack_are_those_of_its_steps() -> None:
    found = radii(plan(stacks.environment(PROD)))

    assert {"storefront", "ingress/staff"} < found.counts.keys()
    for counts in found.counts.values():
        assert found.of(counts.compromised).counts == counts
