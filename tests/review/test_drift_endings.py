"""What ends soon: certificates as the clusters hold them, and acceptances of the stack file."""

import base64
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from live_environments import Behind, live_of

from mesh import model
from mesh.files import stacks
from mesh.plan import Plan
from mesh.render import plan as planned
from mesh.review.drift.endings import endings

FILE = Path(__file__).parents[2] / "stacks/Pulumi.lab.yaml"
NOW = datetime(2026, 11, 29, tzinfo=UTC)


@pytest.fixture(scope="module")
def plan() -> Plan:
    return planned(stacks.environment(FILE))


def test_a_certificate_that_a_cluster_cannot_use_breaks_calls(plan: Plan) -> None:
    behind = Behind(live_of(plan))
    for text in ("ca.crt", "tls.crt", "tls.key"):
        data = behind.object("east/istio-ingress/Secret/shop")["data"]
        data[text] = base64.b64encode(b"CANARY-of-a-key").decode()

    ended = [item for item in endings(plan, behind.live, "stacks/x", NOW) if "shop" in item.change.subject]

    assert {item.of for item in ended} == {"breaks calls"}
    assert "CANARY" not in repr(ended)


def test_an_acceptance_near_its_last_day_is_told_and_a_later_one_is_not(plan: Plan) -> None:
    near = model.Acceptance("single-zone", ("*",), "later", date(2026, 12, 10))
    far = model.Acceptance("single-node", ("*",), "later", date(2027, 6, 1))
    environment = replace(plan.environment, accepted=(near, far))

    ending = endings(replace(plan, environment=environment, objects=()), live_of(plan), "stacks/x", NOW)

    assert [(item.of, item.change.subject, item.breaks) for item in ending] == [
        ("ends soon", "accept single-zone", ("it ends on 2026-12-10: then mesh check fails again",))
    ]
