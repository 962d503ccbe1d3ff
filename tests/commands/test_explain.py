"""`mesh explain`: a call as a person would trace it."""

import json
import re
from pathlib import Path

import pytest
from environments import TEXT
from typer.testing import CliRunner

from mesh.commands import app

FILE = "Pulumi.shop.yaml"
ALLOWED = """\
ledger → payments, 443 https: allowed

  from machine/ledger-0 to a.payments.example
    ✓ caller's sidecar: east/finance/Sidecar/ledger
        the sidecar knows a.payments.example:443, of east/finance/ServiceEntry/payments, which it is to know as finance/a.payments.example
    ✓ caller's sidecar: east/finance/VirtualService/payments-https: tls 1
        east/finance/VirtualService/payments-https: tls 1 leads to a.payments.example:443
    ✓ network: nat/machines
        10.30.0.10 → the internet leaves by nat/machines
    ✓ security group: nsg/machines/machines: AllowInternetOutBound
        10.30.0.10 → the internet:443 is allowed by AllowInternetOutBound (priority 65001)
"""  # noqa: E501 as it is printed


@pytest.fixture(autouse=True)
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path(FILE)
    path.write_bytes(TEXT)
    return path


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["explain", *arguments, "--file", FILE])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_what_is_allowed_is_traced_from_the_sidecar_to_the_end() -> None:
    status, out, _ = run("ledger", "payments")

    assert status == 0
    assert out[: len(ALLOWED)] == ALLOWED
    assert out.endswith("\nJudged from the plan of Pulumi.shop.yaml.\n")


def test_of_many_requests_one_that_gets_through_is_traced() -> None:
    status, out, _ = run("storefront", "orders", "--port", "http")

    assert status == 0
    assert out.startswith(
        "storefront → orders, 8080 http, GET /orders: allowed\n"
        "These requests get through: GET, POST /orders, /orders/*. The trace of the first:\n"
    )


def test_a_request_that_is_not_declared_is_stopped_by_the_callees_policy() -> None:
    status, out, _ = run("storefront", "orders", "--port", "8080", "--method", "DELETE", "--path", "/orders")

    assert status == 1
    assert out.startswith("storefront → orders, 8080 http, DELETE /orders: denied\n")
    assert "    ✗ authorization: east/shop/AuthorizationPolicy/orders: no rule matches\n" in out
    assert "Behind that" not in out


def test_all_ports_are_explained_where_none_is_named() -> None:
    status, out, _ = run("storefront", "orders")

    assert status == 0
    assert re.findall(r"^storefront → orders, (.*)$", out, re.MULTILINE) == [
        "9090 grpc-admin, GET /: denied",
        "8080 http, GET /orders: allowed",
    ]


def test_behind_the_callers_sidecar_stands_the_network() -> None:
    status, out, _ = run("ledger", "orders-db")

    assert status == 1
    assert (
        "    ✗ caller's sidecar: east/finance/Sidecar/ledger\n"
        "        orders-db.finance.svc.cluster.local:5432 is unknown to the sidecar: it is dropped (REGISTRY_ONLY)\n"
        "\n"
        "Without that, it would still be stopped by\n"
        "    ✗ security group: nsg/machines/machines: deny-virtual-network-out\n" in out
    )


def test_what_only_the_callers_own_sidecar_stops_is_said_so() -> None:
    status, out, _ = run("storefront", "orders-db")

    assert status == 1
    assert "Only the caller's own sidecar stops it: a caller that bypasses it reaches machine/vault-db.\n" in out


def test_around_the_sidecar_it_does_get_through() -> None:
    status, out, _ = run("storefront", "orders-db", "--around-sidecar")

    assert status == 0
    assert out.startswith("storefront → orders-db, 5432 sql, around the caller's sidecar: allowed\n")


@pytest.mark.parametrize(
    ("arguments", "status", "words"),
    [
        ([], 0, "GET shop.example.com/any, with a certificate for client: allowed"),
        (["--no-cert"], 1, "asks for a client's certificate (MUTUAL), and there is none"),
        (["--address", "198.51.100.7"], 1, "198.51.100.7/32"),
        (["--host", "other.example"], 1, "other.example"),
    ],
)
def test_a_client_of_a_gateway_has_an_address_a_certificate_and_a_host(
    arguments: list[str], status: int, words: str
) -> None:
    found, out, _ = run("ingress/public", "storefront", *arguments)

    assert (found, words in out) == (status, True)


@pytest.mark.parametrize(
    "host", ["orders.shop:8080", "orders.shop.svc.cluster.local.", "orders.shop.svc.cluster.local.:8080"]
)
def test_a_host_is_known_with_its_port_and_with_its_final_dot(host: str) -> None:
    status, out, _ = run("storefront", "orders", "--port", "http", "--path", "/orders", "--host", host)

    assert status == 0, out


def test_json_has_every_step() -> None:
    status, out, _ = run("storefront", "orders-db", "--format", "json")
    (found,) = json.loads(out)["ports"]

    assert status == 1
    assert (found["allowed"], found["possible"], found["possible_around_sidecar"]) == (False, False, True)
    assert found["behind"] == []
    assert [(way["from"], way["to"], [step["layer"] for step in way["steps"]]) for way in found["ways"]] == [
        ("cluster/east", "orders-db", ["caller's sidecar"])
    ]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ("storfront orders", 'There is no caller "storfront". Did you mean storefront?'),
        ("orders ordrs", 'There is no callee "ordrs". Did you mean orders?'),
        ("orders orders-db --path /x", "orders-db speaks no HTTP at sql: leave out what the call says."),
        ("orders ledger --port 80", '--port: ledger has no port "80". It has 9000 grpc.'),
        ("orders ledger --path x", '--path: "x" does not begin with /. Write /x.'),
        ("orders ledger --header x", "--header: \"x\" is no header. Write it as 'x-team: red'."),
        (
            "orders ledger --cert x",
            "--cert says something of an ingress gateway's client, and the caller is none.",
        ),
        (
            "ingress/public storefront --cert x --no-cert",
            "--cert and --no-cert say opposite things: leave one out.",
        ),
        (
            "ingress/public storefront --address 10.0.0.300",
            "--address: Octet 300 (> 255) not permitted in '10.0.0.300'. Write it as 203.0.113.7 or 203.0.113.0/24.",
        ),
    ],
)
def test_wrong_use_is_told_with_the_way_out(arguments: str, words: str) -> None:
    assert run(*arguments.split()) == (2, "", f"{words}\n")
