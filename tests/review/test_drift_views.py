"""What is said of drift: never a value that may be a secret, and what truly repairs."""

import base64
import json
from pathlib import Path

import pytest
from live_environments import Behind, live_of

from mesh.files import stacks
from mesh.render import plan as planned
from mesh.review.drift.report import Drift, drift
from mesh.views import drift as views

FILE = Path(__file__).parents[2] / "stacks/Pulumi.lab.yaml"


@pytest.fixture(scope="module")
def found() -> Drift:
    plan = planned(stacks.environment(FILE))
    behind = Behind(live_of(plan))
    secret = behind.object("east/istio-system/Secret/cacerts")
    secret["data"]["root-cert.pem"] = base64.b64encode(b"CANARY-1").decode()
    secret["metadata"]["annotations"] = {"somebodys.example/copy": "CANARY-2"}
    behind.object("east/shop/Service/cart")["metadata"]["annotations"] = {"password": "CANARY-3"}
    behind.object("east/shop/AuthorizationPolicy/cart")["spec"]["rules"].append(
        {"when": [{"key": "request.headers[x-key]", "values": ["CANARY-4"]}]}
    )
    behind.azure["machine/ledger-0"] = {**behind.azure["machine/ledger-0"], "userData": "CANARY-5"}
    return drift("lab", plan, behind.live, {})


def test_no_value_that_may_be_a_secret_is_shown(found: Drift) -> None:
    shown = views.markdown(found) + json.dumps(views.data(found)) + "\n".join(views.lines(found))

    assert "east/istio-system/Secret/cacerts" in shown
    assert "CANARY" not in shown
    assert base64.b64encode(b"CANARY-1").decode() not in shown


def test_the_verdict_comes_first_and_what_repairs_last(found: Drift) -> None:
    text = views.markdown(found)

    assert text.startswith("**Stack lab has drifted: ")
    assert "`mesh drift --repair --stack lab`" in text
