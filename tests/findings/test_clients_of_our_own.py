"""Clients of an internal gateway that are in our own networks leave by their own security group too."""

from pathlib import Path

import pytest
from changed_plans import of_token, with_properties

from mesh.access.attempts import Attempt, Certificate, Request
from mesh.access.judge import Judge
from mesh.access.world import World
from mesh.files import stacks
from mesh.findings import Context
from mesh.findings.gateways import redirects
from mesh.findings.networks import security_groups
from mesh.findings.routes import broken_routes
from mesh.plan import Plan
from mesh.render import plan

CASE = Path(__file__).parents[1] / "cases" / "ingress" / "internal-ingress-for-machines" / "stack.yaml"
SOUND = plan(stacks.environment(CASE))
GROUP = "nsg/machines/machines"


def without_rule(name: str) -> Plan:
    group = next(group for group in of_token(SOUND, "network:NetworkSecurityGroup") if group.name == GROUP)
    rules = [rule for rule in group.properties["securityRules"] if rule["name"] != name]
    assert len(rules) < len(group.properties["securityRules"])
    return with_properties(SOUND, group, securityRules=rules)


def test_each_part_of_the_clients_is_judged_where_it_is() -> None:
    asked = Attempt("ingress/plants", "orders", 8080, Request("GET", "/orders/1"), Certificate(("any",)))
    verdict = Judge(World(SOUND)).verdict(asked)

    assert {way.source: way.outcome for way in verdict.ways} == {
        "clients at 10.30.0.16/28": "passes",
        "clients at 10.99.0.0/16": "partly",
    }


@pytest.mark.parametrize(
    ("rule", "code"),
    [
        ("clients-to-east-ingress-plants-out", "route-works-in-part"),
        ("clients-to-east-redirect-plants-out", "redirect-does-not-work"),
    ],
)
def test_without_the_outbound_rule_of_their_group_they_are_stopped(rule: str, code: str) -> None:
    context = Context(without_rule(rule))
    found = (*broken_routes.findings(context), *redirects.findings(context))

    assert code in {finding.code for finding in found if "deny-virtual-network-out" in finding.text}


def test_their_rules_are_not_wider_than_needed() -> None:
    assert list(security_groups.findings(Context(SOUND))) == []
