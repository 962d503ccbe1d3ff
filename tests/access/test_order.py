"""What is found does not depend on what was asked before, nor on the order of the checks."""

import random
from collections.abc import Iterator
from pathlib import Path

import environments
import pytest
from changed_plans import of_token, with_properties

from mesh.access.attempts import Attempt, Request, Verdict
from mesh.access.judge import Judge
from mesh.access.matrix import matrix
from mesh.access.world import World
from mesh.files import stacks
from mesh.findings import Context, Finding, catalogue
from mesh.plan import Plan
from mesh.render import plan

STACKS = Path(__file__).parents[2] / "stacks"


def opened() -> Plan:
    """With all that workloads listen at open to calls that nobody declares, so that there is something to find."""
    sound = plan(environments.resolved(environments.declared()))
    ports = sorted({str(port.number) for workload in sound.environment.workloads for port in workload.ports})
    for group in of_token(sound, "network:NetworkSecurityGroup"):
        added = [
            {
                "name": f"added-{direction}",
                "priority": 90 + position,
                "direction": direction,
                "access": "Allow",
                "protocol": "Tcp",
                "sourceAddressPrefix": "10.0.0.0/8",
                "sourcePortRange": "*",
                "destinationAddressPrefix": "10.0.0.0/8",
                "destinationPortRanges": ports,
            }
            for position, direction in enumerate(("Inbound", "Outbound"))
        ]
        sound = with_properties(sound, group, securityRules=[*added, *group.properties["securityRules"]])
    return sound


PLANS = {"opened": opened(), "lab": plan(stacks.environment(STACKS / "Pulumi.lab.yaml"))}


def attempts(world: World) -> Iterator[Attempt]:
    """Of everybody with everybody, whether anybody declared it or not."""
    for caller in (*world.callers, *world.ingress):
        for callee in world.workloads.values():
            for port in callee.ports:
                for around in (False, True):
                    request = Request("GET", "/any") if port.is_http else None
                    yield Attempt(caller, callee.name, port.number, request, around_sidecar=around)


def found(context: Context, order: random.Random) -> frozenset[Finding]:
    checks = list(catalogue.CHECKS)
    order.shuffle(checks)
    return frozenset(finding for check in checks for finding in check.findings(context))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", PLANS)
def test_findings_are_the_same_whatever_was_asked_before(name: str, seed: int) -> None:
    order, undisturbed, asked = random.Random(seed), Context(PLANS[name]), Context(PLANS[name])
    before = list(attempts(asked.world))
    order.shuffle(before)
    for attempt in before[:200]:
        asked.judge.verdict(attempt)
    matrix(asked.judge)

    expected = frozenset(finding for check in catalogue.CHECKS for finding in check.findings(undisturbed))

    assert expected
    assert found(asked, order) == expected


@pytest.mark.parametrize("seed", range(3))
def test_verdicts_are_the_same_in_any_order(seed: int) -> None:
    order, judge, other = random.Random(seed), Judge(World(PLANS["opened"])), Judge(World(PLANS["opened"]))
    asked = list(attempts(judge.world))
    shuffled = order.sample(asked, len(asked))

    def verdicts(judge: Judge, attempts: list[Attempt]) -> dict[Attempt, tuple[Verdict, frozenset[object]]]:
        return {attempt: ((verdict := judge.verdict(attempt)), verdict.connections) for attempt in attempts}

    first, second = verdicts(judge, asked), verdicts(other, shuffled)

    assert len(first) > 100
    assert first == second
