"""Services that a team's chart makes: where they are not what the stack file says of them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from live_environments import Behind, live_of

from mesh.files import stacks
from mesh.plan import Plan
from mesh.render import plan as planned
from mesh.review.drift import repairs
from mesh.review.drift.report import Drift, drift

CASE = Path(__file__).parents[1] / "cases/workloads/chart-that-owns-its-service/stack.yaml"
SERVICE = "east/shop/Service/shop-orders"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned(stacks.environment(CASE))


def looked(plan: Plan, change: Callable[[Any], Any]) -> Drift:
    behind = Behind(live_of(plan))
    change(behind.object(SERVICE))
    return drift("dev", plan, behind.live, {})


def test_a_chart_may_spell_its_service_in_other_ways_and_add_to_it(plan: Plan) -> None:
    def as_charts_write_it(service: Any) -> None:
        service["metadata"]["labels"] = {"app.kubernetes.io/managed-by": "Helm", "helm.sh/chart": "orders-1.4.0"}
        service["metadata"]["annotations"] = {"meta.helm.sh/release-name": "orders"}
        service["spec"]["ports"] = [
            {"name": "metrics", "port": 9090, "targetPort": "metrics", "protocol": "TCP"},
            {"name": "http", "port": 80, "targetPort": "http", "protocol": "TCP"},
        ]

    assert looked(plan, as_charts_write_it).found == ()


@pytest.mark.parametrize(
    ("change", "path", "of"),
    [
        (lambda service: service["spec"].update(selector={"app": "admin"}), "spec.selector", "breaks calls"),
        (lambda service: service["spec"]["ports"][0].update(targetPort=9999), "targetPort", "widens access"),
        (
            lambda service: service["spec"].update(ports=[{"name": "web", "port": 80, "targetPort": 8080}]),
            "appProtocol",
            "cosmetic",
        ),
        (lambda service: service["spec"].update(type="LoadBalancer"), "spec.type", "widens access"),
    ],
)
def test_what_calls_are_judged_by_is_told(plan: Plan, change: Callable[[Any], Any], path: str, of: str) -> None:
    first = looked(plan, change).found[0]

    assert (first.change.subject, first.of, first.change.owner) == (SERVICE, of, "others")
    assert any(path in said for said in first.change.paths)


def test_a_chart_that_is_not_installed_is_told_and_made_by_nobody_here(plan: Plan) -> None:
    behind = Behind(live_of(plan))
    behind.delete(SERVICE)
    report = drift("dev", plan, behind.live, {})

    [repair] = repairs.repairs(plan, behind.live, report, ())

    assert (repair.change.subject, repair.change.what) == (SERVICE, "missing")
    assert (repair.means, repair.text) == (
        "nobody",
        "others make it: install what makes it, or say in the stack file what it is",
    )
