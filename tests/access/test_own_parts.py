"""Labels, accounts and Services that a workload's charts chose: judged as they are, and what goes wrong with them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from mesh.access.attempts import Attempt, Request
from mesh.access.judge import Judge
from mesh.access.matrix import matrix
from mesh.access.world import World
from mesh.files import stacks
from mesh.findings import of_plan
from mesh.plan import Plan
from mesh.render import plan as planned

CASES = Path(__file__).parents[1] / "cases/workloads"


def plan_of(case: str) -> Plan:
    return planned(stacks.environment(CASES / case / "stack.yaml"))


def altered(plan: Plan, name: str, spec: dict[str, Any]) -> Plan:
    """With other fields of an object's spec."""
    return replace(
        plan,
        objects=tuple(
            replace(item, manifest={**item.manifest, "spec": {**item.manifest["spec"], **spec}})
            if item.name == name
            else item
            for item in plan.objects
        ),
    )


def codes(plan: Plan) -> set[str]:
    return {finding.kind.code for finding in of_plan(plan) if finding.kind.severity == "error"}


def test_calls_to_the_service_arrive_where_the_workload_listens() -> None:
    judge = Judge(World(plan_of("service-at-another-port")))

    across = judge.verdict(Attempt("storefront", "orders", 8080, Request("GET", "/orders/7")))
    to_machine = judge.verdict(Attempt("orders", "ledger", 5433))

    assert across.allowed
    assert to_machine.allowed
    assert [(cell.caller, cell.callee, cell.port.number) for cell in matrix(judge).cells] == [
        ("orders", "ledger", 5433),
        ("storefront", "orders", 8080),
    ]


def test_a_service_that_leads_elsewhere_breaks_its_route() -> None:
    ports = [{"name": "http", "port": 80, "targetPort": 80, "appProtocol": "http"}]

    broken = altered(plan_of("service-at-another-port"), "west/shop/Service/orders", {"ports": ports})

    assert "route-does-not-work" in codes(broken)


def test_a_policy_for_the_port_of_the_service_lets_nobody_in() -> None:
    plan = plan_of("service-at-another-port")
    rule = {
        "from": [{"source": {"principals": ["shop.example/ns/shop/sa/storefront"]}}],
        "to": [{"operation": {"ports": ["80"], "paths": ["/orders/*"]}}],
    }

    at_service = altered(plan, "west/shop/AuthorizationPolicy/orders", {"rules": [rule]})

    assert "route-does-not-work" in codes(at_service)


def test_a_policy_with_labels_that_charts_do_not_use_leaves_the_pods_alone() -> None:
    plan = plan_of("chart-that-owns-its-service")

    by_name = altered(plan, "east/shop/AuthorizationPolicy/orders", {"selector": {"matchLabels": {"app": "orders"}}})

    assert codes(plan) == set()
    assert codes(by_name) != set()


def test_every_name_of_a_workload_is_known_to_its_callers() -> None:
    plan = plan_of("chart-that-owns-its-service")
    one = {"egress": [{"hosts": ["shop/shop-orders.shop.svc.cluster.local"]}]}

    assert codes(altered(plan, "east/shop/Sidecar/storefront", one)) == {"route-works-in-part"}


def test_who_has_no_ports_calls_and_is_not_called() -> None:
    judge = Judge(World(plan_of("workload-without-ports")))

    assert [(cell.caller, cell.callee) for cell in matrix(judge).cells] == [("nightly", "storefront")]
    assert codes(plan_of("workload-without-ports")) == set()
