"""Calls that proxies and networks carry to where nobody answers them."""

import changed_plans
import environments
import pytest

from mesh.access.attempts import Attempt, Request, Step
from mesh.access.judge import Judge
from mesh.access.world import World
from mesh.plan import Plan
from mesh.render import plan


@pytest.fixture(scope="module")
def lab() -> Plan:
    return plan(environments.lab_without_network_policies())


def stopping(changed: Plan, attempt: Attempt) -> set[Step | None]:
    return {way.stopped_by for way in Judge(World(changed)).verdict(attempt).ways}


def with_changed_spec(before: Plan, name: str, **fields: object) -> Plan:
    found = next(item for item in before.objects if item.name == name)
    return changed_plans.with_spec(before, found, {**found.manifest["spec"], **fields})


def without_rules(before: Plan, *groups: str) -> Plan:
    for group in before.azure:
        if group.name in groups:
            before = changed_plans.with_properties(before, group, securityRules=[])
    return before


def test_an_entry_at_an_address_that_nobody_has_meets_the_security_group_of_its_subnet(lab: Plan) -> None:
    changed = with_changed_spec(lab, "east/finance/WorkloadEntry/orders-db-orders-db-0", address="10.30.0.77")
    changed = without_rules(changed, "nsg/east/nodes", "nsg/west/nodes")

    decided = {step.by for step in stopping(changed, Attempt("orders", "orders-db", 5432)) if step}

    assert decided == {"nsg/machines/machines: deny-virtual-network-in"}


def test_nobody_answers_at_an_address_that_nobody_has(lab: Plan) -> None:
    changed = with_changed_spec(lab, "east/finance/WorkloadEntry/orders-db-orders-db-0", address="10.30.0.77")
    changed = without_rules(changed, "nsg/east/nodes", "nsg/west/nodes", "nsg/machines/machines")

    assert stopping(changed, Attempt("orders", "orders-db", 5432)) >= {
        Step(
            "application",
            "east/finance/WorkloadEntry/orders-db-orders-db-0",
            "stops",
            "nobody whom the environment knows is at 10.30.0.77",
        )
    }


def test_a_service_that_leads_to_a_port_where_nobody_listens_leads_nowhere(lab: Plan) -> None:
    ports = [{"name": "http", "port": 8080, "targetPort": 8081, "appProtocol": "http"}]
    changed = with_changed_spec(lab, "west/shop/Service/orders", ports=ports)
    changed = with_changed_spec(changed, "west/shop/AuthorizationPolicy/orders", rules=[{}])

    assert stopping(changed, Attempt("partner-api", "orders", 8080, Request("GET", "/orders/1"))) >= {
        Step(
            "application",
            "west/shop/Service/orders",
            "stops",
            "west/shop/Service/orders leads port 8080 to 8081, where orders does not listen",
        )
    }
