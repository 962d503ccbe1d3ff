"""The project's own stacks: what a stack file says is open is open, and nothing else, each by what really decides."""

from itertools import product
from pathlib import Path

import pytest
import yaml

from mesh.access.attempts import Attempt, Certificate, Request
from mesh.access.judge import Judge
from mesh.access.matrix import matrix
from mesh.access.world import World
from mesh.files import stacks
from mesh.render import plan

STACKS = Path(__file__).parents[2] / "stacks"
NAMES = ("lab", "dev", "prod")


@pytest.fixture(scope="module", params=NAMES)
def name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def judge(name: str) -> Judge:
    return Judge(World(plan(stacks.environment(STACKS / f"Pulumi.{name}.yaml"))))


@pytest.fixture(scope="module")
def written(name: str) -> list[dict]:
    """The routes as the file has them, read without the program."""
    content = yaml.safe_load((STACKS / f"Pulumi.{name}.yaml").read_text())
    return content["config"]["hybrid-mesh:environment"]["routes"]


def test_every_declared_route_is_allowed_on_every_way(judge: Judge, written: list[dict]):
    refused = [
        (route["from"], route["to"], method, path, way.stopped_by)
        for route in written
        for method, path in _requests(route)
        for port in _ports(judge, route["to"])
        for way in judge.verdict(_attempt(judge, route["from"], route["to"], port, method, path)).ways
        if way.outcome != "passes"
    ]

    assert refused == []


def test_nobody_calls_whom_no_route_names(judge: Judge, written: list[dict]):
    declared = {(route["from"], route["to"]) for route in written}
    spans = {(caller, "zipkin") for caller in judge.world.workloads}
    callers = [*judge.world.workloads, *(name for name in judge.world.ingress if name.count("/") == 1)]
    asked = [
        (caller, callee, port)
        for caller, callee in product(callers, judge.world.workloads)
        if caller != callee and (caller, callee) not in declared | spans
        for port in _ports(judge, callee)
    ]

    opened = [each for each in asked if judge.verdict(_attempt(judge, *each, "GET", "/")).possible]

    assert len(asked) >= 50
    assert opened == []


def test_the_matrix_holds_what_is_declared_and_the_way_of_the_spans(judge: Judge, written: list[dict]):
    found = {(cell.caller, cell.callee) for cell in matrix(judge).cells if cell.callee != "zipkin"}

    assert found == {(route["from"], route["to"]) for route in written}
    assert {cell.outcome for cell in matrix(judge).cells} == {"passes"}


def _requests(route: dict) -> list[tuple[str, str]]:
    return [
        (method, path.replace("*", "any"))
        for each in route.get("http", [{"paths": ["/"]}])
        for method, path in product(each.get("methods", ["GET", "DELETE"]), each["paths"])
    ]


def _ports(judge: Judge, workload: str) -> list[int]:
    return [port.number for port in judge.world.workloads[workload].ports]


def _attempt(judge: Judge, caller: str, callee: str, port: int, method: str, path: str) -> Attempt:
    protocol = next(each.protocol for each in judge.world.workloads[callee].ports if each.number == port)
    request = Request(method, path) if protocol in ("http", "http2", "grpc") else None
    names = ("partner.example.com", "api.wholesale.example")
    return Attempt(caller, callee, port, request, Certificate(names))


LAB = plan(stacks.environment(STACKS / "Pulumi.lab.yaml"))


@pytest.mark.parametrize(
    ("attempt", "way", "met"),
    [
        pytest.param(
            Attempt("orders", "orders-db", 5432),
            ("cluster/east", "machine/orders-db-0"),
            [
                "east/shop/Sidecar/orders",
                "east/shop/NetworkPolicy/orders: egress rule 2",
                "peering/east/machines",
                "nsg/east/nodes: cluster-east-to-machine-orders-db-0-5432-out",
                "nsg/machines/machines: cluster-east-to-machine-orders-db-0-5432-in",
                "auto mTLS: the endpoint is not registered as one that speaks it",
                "east/finance/WorkloadEntry/orders-db-orders-db-0",
            ],
            id="from a cluster to a machine without a sidecar",
        ),
        pytest.param(
            Attempt("shop-legacy", "orders", 8080, Request("GET", "/orders/7")),
            ("machine/monolith", "cluster/west"),
            [
                "west/legacy/Sidecar/shop-legacy",
                "west/shop/VirtualService/orders: http 1",
                "peering/machines/west",
                "nsg/machines/machines: machine-monolith-to-gateway-west-15443-out",
                "nsg/west/nodes: machine-monolith-to-gateway-west-15443-in",
                "west/istio-system/Gateway/cross-network: server 1",
                "network/west",
                "nsg/west/nodes: allow-pods-out",
                "nsg/west/nodes: allow-pods-in",
                "west/shop/NetworkPolicy/orders: ingress rule 1",
                "west/istio-system/PeerAuthentication/default: STRICT",
                "west/shop/AuthorizationPolicy/orders: rule 3",
            ],
            id="from a machine into a cluster",
        ),
        pytest.param(
            Attempt("cart", "orders", 8080, Request("GET", "/orders")),
            ("cluster/east", "cluster/east"),
            [
                "east/shop/Sidecar/cart",
                "east/shop/VirtualService/orders: http 1",
                "east/shop/NetworkPolicy/cart: egress rule 1",
                "network/east",
                "nsg/east/nodes: allow-pods-out",
                "nsg/east/nodes: allow-pods-in",
                "east/shop/NetworkPolicy/orders: ingress rule 1",
                "east/istio-system/PeerAuthentication/default: STRICT",
                "east/shop/AuthorizationPolicy/orders: no rule matches",
            ],
            id="by a method that the route does not name",
        ),
        pytest.param(
            Attempt("storefront", "orders-db", 5432),
            ("cluster/east", "orders-db"),
            ["east/shop/Sidecar/storefront"],
            id="by a workload that no route lets call",
        ),
        pytest.param(
            Attempt("cart", "ledger", 9000, Request("POST", "/ledger.Ledger/Book"), around_sidecar=True),
            ("cluster/east", "machine/ledger-0"),
            ["east/shop/NetworkPolicy/cart"],
            id="around the caller's sidecar, in plain text",
        ),
        pytest.param(
            Attempt("orders-db", "reports-db", 3306),
            ("machine/orders-db-0", "machine/reports-db-0"),
            ["machine/orders-db-0", "network/machines", "nsg/machines/machines: deny-virtual-network-out"],
            id="inside one subnet",
        ),
        pytest.param(
            Attempt("reports-db", "payments", 443),
            ("machine/reports-db-0", "api.payments.example"),
            ["machine/reports-db-0", "nat/machines", "nsg/machines/machines: machine-reports-db-0-to-internet-out"],
            id="out to the internet, without a sidecar",
        ),
        pytest.param(
            Attempt("ingress/partners", "partner-api", 8080, Request("GET", "/v1/stock")),
            ("clients at 10.30.0.0/16 in subnet/machines/machines", "partner-api"),
            [
                "peering/machines/west",
                "nsg/machines/machines: clients-to-west-ingress-partners-out",
                "nsg/west/nodes: ingress-partners-in",
                "west/release/ingress-partners",
                "west/istio-ingress/Gateway/ingress-partners: server 1",
            ],
            id="without a client's certificate",
        ),
    ],
)
def test_the_evidence_names_what_a_call_meets(attempt: Attempt, way: tuple[str, str], met: list[str]):
    found = {(way.source, way.destination): way for way in Judge(World(LAB)).verdict(attempt).ways}

    assert [step.by for step in found[way].steps] == met
