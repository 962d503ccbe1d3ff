"""Lines that Istio's own sidecars, gateways and machines wrote for calls to the workloads of stack lab.

Recorded with Envoy and istiod 1.30 from pods that are called as their workloads: text of cluster east, JSON of cluster
west, connections of both, the lines of `observe`, and the log of a machine. The routes are removed, and come back.
"""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from mesh.commands.cli import app

LAB = Path(__file__).parents[2] / "stacks" / "Pulumi.lab.yaml"
RECORDED = Path(__file__).parent / "recorded"
Route = tuple[str, str, str, set[tuple[str | None, str | None]]]


@pytest.fixture
def bare(tmp_path: Path) -> Path:
    """Stack lab without its routes."""
    document = yaml.safe_load(LAB.read_text())
    document["config"]["hybrid-mesh:environment"] |= {"routes": [], "traffic": {}}
    file = tmp_path / LAB.name
    file.write_text(yaml.safe_dump(document))
    return file


def learned(stack: Path, *logs: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, ["learn", *logs, "-f", str(stack), "--format", "json"])
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


def routes(found: dict[str, Any]) -> list[Route]:
    return [
        (route["from"], route["to"], route["port"], {(seen["method"], seen["path"]) for seen in route["seen"]})
        for route in found["routes"]
    ]


def test_text(bare: Path) -> None:
    found = learned(bare, f"east={RECORDED / 'text.log'}")

    assert routes(found) == [
        ("ingress/public", "storefront", "http", {("GET", "/abc"), ("POST", "/abc"), ("DELETE", "/abc")}),
        (
            "storefront",
            "cart",
            "http",
            {
                ("GET", "/x/abc"),
                ("DELETE", "/cart"),
                ("GET", "/cart/abc"),
                ("DELETE", "/cart/abc"),
                ("GET", "/cart"),
            },
        ),
    ]
    assert (found["lines"]["passed_on"], found["lines"]["unnamed"]) == (1, 3)
    assert [(item["from"], item["reason"]) for item in found["apart"]] == [
        ("<pod stranger>", "the caller is not a declared workload")
    ]


def test_json(bare: Path) -> None:
    assert routes(learned(bare, f"west={RECORDED / 'json.log'}")) == [
        ("ingress/partners", "partner-api", "http", {("GET", "/v1/abc")}),
        ("orders", "cart", "http", {("GET", "/cart"), ("GET", "/probe")}),
        ("orders", "ledger", "grpc", {("POST", "/ledger.Ledger/abc")}),
        ("partner-api", "cart", "http", {("GET", "/probe"), ("GET", "/cart")}),
        ("partner-api", "orders", "http", {("GET", "/orders/abc")}),
    ]


def test_connections(bare: Path) -> None:
    found = learned(bare, str(RECORDED / "tcp.log"))

    assert routes(found) == [
        ("orders", "orders-db", "sql", {(None, None)}),
        ("partner-api", "reports-db", "sql", {(None, None)}),
        ("storefront", "thumbnails", "https", {(None, None)}),
    ]
    assert [(flow["from"], flow["to"], flow["port"]) for flow in found["network"]] == [
        ("cluster-east", "machine-orders-db-0", 5432),
        ("cluster-west", "machine-orders-db-0", 5432),
        ("cluster-west", "machine-reports-db-0", 3306),
    ]


def test_observe(bare: Path) -> None:
    found = learned(bare, str(RECORDED / "observe.log"))

    requests = {("GET", "/undeclared"), ("GET", "/x/abc"), ("GET", "/"), ("GET", "/admin"), ("GET", "/abc")}
    assert routes(found) == [("storefront", "cart", "http", requests)]
    assert [(item["path"], item["reason"]) for item in found["apart"]] == [
        ("/admin;/cart", "looks like an attack: its path")
    ]


def test_a_machine(bare: Path) -> None:
    """Its calls; of those to it only the callers' sidecars know the caller."""
    found = learned(bare, f"ledger-0={RECORDED / 'machine.log'}")

    assert routes(found) == [("ledger", "invoices-db", "sql", {(None, None)})]
    assert found["lines"]["unnamed"] == 5


def test_the_declared_ones_are_not_proposed_again() -> None:
    """Except what stack lab does not declare: what was tried and let through while it was observed."""
    found = learned(LAB, f"east={RECORDED / 'text.log'}", f"west={RECORDED / 'json.log'}", str(RECORDED / "tcp.log"))

    assert routes(found) == [
        ("orders", "cart", "http", {("GET", "/cart"), ("GET", "/probe")}),
        ("partner-api", "cart", "http", {("GET", "/probe"), ("GET", "/cart")}),
        ("storefront", "cart", "http", {("GET", "/x/abc")}),
    ]
    assert [route["declared"] for route in found["routes"]] == [False, False, True]
