"""A fault that is declared is no route that does not work; anything else that stops the route still is."""

from typing import Any

import environments
from changed_plans import without

from mesh.findings import Context
from mesh.findings.routes import broken_routes
from mesh.plan import Plan
from mesh.render import plan

ROUTE = "storefront to orders:8080"


def aborted() -> Plan:
    declared: dict[str, Any] = environments.declared()
    declared["traffic"] = {"orders": {"inject": {"abort": {"status": 503}}}}
    return plan(environments.resolved(declared))


def broken(changed: Plan) -> set[str]:
    return {finding.subject for finding in broken_routes.findings(Context(changed)) if finding.severity == "error"}


def test_a_declared_abort_of_every_call_is_no_finding() -> None:
    assert broken(aborted()) == set()


def test_a_route_that_the_caller_does_not_know_is_one_all_the_same() -> None:
    assert ROUTE in broken(without(aborted(), "east/shop/Sidecar/storefront", "east/shop/Service/orders"))
