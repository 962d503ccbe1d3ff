"""Clients by service tags: the declared tag alone gets in, and by Front Door only with the declared ID."""

from dataclasses import replace
from ipaddress import IPv4Network
from pathlib import Path
from typing import Any

import pytest

from mesh.access.attempts import Attempt, Request, Way
from mesh.access.judge import Judge
from mesh.access.world import World
from mesh.files import stacks
from mesh.findings import of_plan
from mesh.plan import Plan
from mesh.render import plan
from tests.changed_plans import with_object, with_properties

CASE = Path(__file__).parents[1] / "cases" / "ingress" / "ingress-behind-front-door" / "stack.yaml"
PLAN = plan(stacks.environment(CASE))
POLICY = "east/istio-ingress/AuthorizationPolicy/ingress-public"
CALL = Attempt("ingress/public", "storefront", 8080, Request("GET", "/", "shop.example.com"))


def ways(plan: Plan = PLAN, **asked: Any) -> dict[str, Way]:
    return {way.source: way for way in Judge(World(plan)).verdict(replace(CALL, **asked)).ways}


def with_policy(*rules: dict[str, Any]) -> Plan:
    policy = next(item for item in PLAN.objects if item.name == POLICY)
    spec = {**policy.manifest["spec"], "rules": list(rules)}
    return with_object(PLAN, replace(policy, manifest={**policy.manifest, "spec": spec}))


def new_findings(changed: Plan) -> set[tuple[str, str]]:
    before = set(of_plan(PLAN))
    return {(finding.code, finding.subject) for finding in of_plan(changed) if finding not in before}


def test_the_range_and_the_front_door_get_in() -> None:
    found = ways()

    assert {source: way.outcome for source, way in found.items()} == {
        "clients at 203.0.113.0/24": "passes",
        "clients of AzureFrontDoor.Backend": "passes",
    }


def test_a_front_door_of_another_customer_is_held_by_the_policy() -> None:
    rules = next(item for item in PLAN.objects if item.name == POLICY).manifest["spec"]["rules"]
    only = with_policy(*(rule for rule in rules if "when" in rule))
    another = Request("GET", "/", "shop.example.com", (("x-azure-fdid", "another"),))

    way = ways(only, request=another)["clients of AzureFrontDoor.Backend"]

    assert way.outcome == "stops"
    assert way.stopped_by is not None
    assert way.stopped_by.by == f"{POLICY}: no rule matches"


@pytest.mark.parametrize("block", ["192.0.2.0/24", "10.10.64.0/18"])
def test_nobody_else_gets_in(block: str) -> None:
    assert {way.outcome for way in ways(address=IPv4Network(block)).values()} == {"stops"}


def test_a_load_balancer_for_a_tag_alone_lets_nobody_else_in() -> None:
    ranges = "service.beta.kubernetes.io/azure-allowed-ip-ranges"
    release = next(item for item in PLAN.releases if item.release == "ingress-public")
    service = release.values["service"]
    annotations = {name: value for name, value in service["annotations"].items() if name != ranges}
    alone = replace(release, values={**release.values, "service": {**service, "annotations": annotations}})
    changed = replace(PLAN, releases=tuple(alone if item is release else item for item in PLAN.releases))

    gateway = World(changed).ingress["ingress/public"]

    assert not gateway.admits_everybody
    assert str(gateway.admitted_addresses) == "the service tag azurefrontdoor.backend"


def test_an_address_that_the_tag_may_hold_needs_the_header_too() -> None:
    (way,) = ways(address=IPv4Network("20.0.0.0/24")).values()

    assert way.outcome == "stops"
    assert [step.by for step in way.steps if step.outcome == "partly"] == [
        "nsg/east/nodes: ingress-public-AzureFrontDoor.Backend-in",
        "east/release/ingress-public",
    ]


def test_a_policy_that_asks_for_no_id_is_found() -> None:
    rules = next(item for item in PLAN.objects if item.name == POLICY).manifest["spec"]["rules"]
    changed = with_policy(*({key: value for key, value in rule.items() if key != "when"} for rule in rules))

    assert ("gateway-open-to-others", "ingress/public") in new_findings(changed)


def test_a_rule_for_another_tag_is_found() -> None:
    group = next(item for item in PLAN.azure if item.name == "nsg/east/nodes")
    rules = [
        {**rule, "sourceAddressPrefix": "AzureCloud"} if rule["name"].startswith("ingress-public-Azure") else rule
        for rule in group.properties["securityRules"]
    ]

    found = new_findings(with_properties(PLAN, group, securityRules=rules))

    assert ("security-group-wider-than-needed", "nsg/east/nodes: ingress-public-AzureFrontDoor.Backend-in") in found
