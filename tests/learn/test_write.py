"""`mesh learn --write`: lines that are added to a stack file and to the files that it includes."""

import difflib
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mesh.commands import app

HEAD = """# The environment of the shop.
config:
  azure-native:subscriptionId: 11111111-2222-4333-8444-555555555555
  hybrid-mesh:environment:
    location: westeurope   # near to our customers
    istio: {version: 1.30.4, trust_domain: shop.example}
    networks: {east: {space: 10.10.0.0/16}}
    clusters: {east: {network: east, kubernetes: "1.34", pools: {system: {size: Standard_D4s_v5, nodes: 3}}}}
"""
WORKLOADS = """    workloads:
      cart:   {cluster: east, namespace: shop, ports: {http: 8080}}
      orders: {cluster: east, namespace: shop, ports: {http: 8080}}   # of the team next door
      ledger: {cluster: east, namespace: shop, ports: {grpc: 9000}}
"""
FLOW = f"""{HEAD}{WORKLOADS}
    # Who calls whom.
    routes:
      - {{from: cart, to: orders, http: [{{methods: [GET], paths: [/orders]}}]}}   # kept

    access_logs: all
"""
BLOCK = f"""{HEAD}{WORKLOADS}
    routes:
      # of the cart
      - from: cart
        to: orders
        http:
          - methods:
              - GET
            paths:
              - /orders   # all of them
      # the end

    access_logs: all
"""
INDENTLESS = f"""{HEAD}{WORKLOADS}
    routes:
    - from: cart
      to: orders
      http:
      - methods: [GET]
        paths:
        - /orders
    access_logs: all   # for a week
"""
ROUTE = "- {from: cart, to: ledger, http: [{methods: [POST], paths: [/ledger.Ledger/Add]}]}"
REQUEST = '{methods: [GET], paths: ["/orders/{*}"]}'
EXPECTED = {
    "flow": (
        FLOW,
        [
            "-      - {from: cart, to: orders, http: [{methods: [GET], paths: [/orders]}]}   # kept",
            f"+      - {{from: cart, to: orders, http: [{{methods: [GET], paths: [/orders]}}, {REQUEST}]}}   # kept",
            f"+      {ROUTE}",
        ],
    ),
    "block": (BLOCK, [f"+          - {REQUEST}", f"+      {ROUTE}"]),
    "indentless": (INDENTLESS, [f"+      - {REQUEST}", f"+    {ROUTE}"]),
}


def line(caller: str, callee: str, port: int, request: str) -> str:
    return (
        f'[pod/{caller}-7d9c5b7f44-x2x9z/istio-proxy] [2026-11-28T10:00:00.000Z] "{request} HTTP/2" 200 - via_upstream '
        f'- "-" 120 340 3 2 "-" "go" "a1" "{callee}:{port}" "10.244.0.9:{port}" '
        f"outbound|{port}||{callee}.shop.svc.cluster.local 10.244.0.7:41000 172.16.0.9:{port} 10.244.0.7:4 - default"
    )


LINES = [
    line("cart", "orders", 8080, "GET /orders/17"),
    line("cart", "orders", 8080, "GET /orders/18"),
    line("cart", "ledger", 9000, "POST /ledger.Ledger/Add"),
]


def written(stack: Path, lines: list[str]) -> tuple[int, str]:
    log = stack.parent / "log"
    log.write_text("\n".join(lines))
    done = CliRunner().invoke(app, ["learn", str(log), "-f", str(stack), "--write"])
    return done.exit_code, done.output


def changes(before: str, after: str) -> list[str]:
    compared = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return [change for change in compared if change[:3] not in ("---", "+++") and change[:2] != "@@"]


@pytest.mark.parametrize("style", EXPECTED)
def test_only_the_proposed_lines_change_and_the_file_stays_sound(style: str, tmp_path: Path) -> None:
    before, expected = EXPECTED[style]
    stack = tmp_path / "Pulumi.shop.yaml"
    stack.write_text(before)
    stack.chmod(0o640)

    status, said = written(stack, LINES)

    assert status == 0, said
    assert changes(before, stack.read_text()) == expected
    assert CliRunner().invoke(app, ["check", str(stack)]).exit_code == 0
    assert stack.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["Pulumi.shop.yaml", "log"]


def test_a_second_run_adds_nothing(tmp_path: Path) -> None:
    stack = tmp_path / "Pulumi.shop.yaml"
    stack.write_text(FLOW)
    written(stack, LINES)
    once = stack.read_text()

    status, said = written(stack, LINES)

    assert (status, stack.read_text()) == (0, once)
    assert "nothing to add" in said


def test_the_file_of_the_caller_gets_the_route_and_that_of_an_owner_who_reviews(tmp_path: Path) -> None:
    stack = tmp_path / "Pulumi.shop.yaml"
    stack.write_text(
        f"{HEAD}    namespaces: {{shop: {{team: shop}}, money: {{team: money}}}}\n    include: [teams/*.yaml]\n"
    )
    (tmp_path / "teams").mkdir()
    shop, money = tmp_path / "teams" / "shop.yaml", tmp_path / "teams" / "money.yaml"
    shop.write_text(
        "# of team shop\nworkloads:\n"
        "  cart: {cluster: east, namespace: shop, ports: {http: 8080}}\n"
        "  orders: {cluster: east, namespace: shop, ports: {http: 8080}}\n"
    )
    money.write_text(
        "workloads:\n  ledger: {cluster: east, namespace: money, accepts: review, ports: {grpc: 9000}}\n# the end\n"
    )
    before = (stack.read_text(), shop.read_text(), money.read_text())

    status, said = written(stack, [LINES[0], LINES[2].replace("ledger.shop.svc", "ledger.money.svc")])

    assert status == 0, said
    assert stack.read_text() == before[0]
    assert changes(before[1], shop.read_text()) == [
        "+routes:",
        "+  - {from: cart, to: orders, http: [{methods: [GET], paths: [/orders/17]}]}",
    ]
    assert changes(before[2], money.read_text()) == ["+routes:", f"+  {ROUTE}"]
    assert CliRunner().invoke(app, ["check", str(stack)]).exit_code == 0


def test_a_route_for_several_calls_is_not_widened_and_this_is_said(tmp_path: Path) -> None:
    stack = tmp_path / "Pulumi.shop.yaml"
    before = FLOW.replace("from: cart, to: orders", "from: [cart, ledger], to: orders")
    stack.write_text(before)

    status, said = written(stack, LINES[:2])

    assert (status, stack.read_text()) == (1, before)
    assert "not written: cart to orders:8080: its route stands for several calls" in said
