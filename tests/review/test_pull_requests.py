"""Pull requests as they happen, each with its comment: what a reviewer reads, and how the gate ends.

A folder of pull_requests/ holds the stack file after the change, what the real engine said of it in the lab
(events.json, without values), and the comment. UPDATE=1 writes what is found; the difference is for a reader to judge.
"""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from mesh.declaration import problems
from mesh.declaration.problems import Invalid
from mesh.engine.replacements import Losses
from mesh.files import stacks
from mesh.findings import CertificateFiles, assess
from mesh.plan import Plan
from mesh.render import plan
from mesh.review import comment, comparison
from mesh.review.comment import About
from mesh.review.comparison import Consent, Engine, Side
from mesh.review.horizon import Expiry, Horizon
from mesh.review.steps import steps

PULL_REQUESTS = Path(__file__).parent / "pull_requests"
NOW = datetime(2026, 11, 29, tzinfo=UTC)
ABOUT = About("hybrid-mesh", "shop", "origin/main at 1a2b3c4d5e", "mesh preview --stack shop --format json", NOW.date())
HORIZON = Horizon((Expiry("certificates/shop/tls.crt", datetime(2027, 1, 20, tzinfo=UTC)),), NOW)
Events = list[dict[str, Any]]


def side(contents: bytes) -> Side:
    found = plan(stacks.environment_of(contents, "shop"))
    return Side(found, assess(found, CertificateFiles({}, "stacks/Pulumi.shop.yaml", NOW)))


BASE = side((PULL_REQUESTS / "base.yaml").read_bytes())


def comment_on(head: bytes, events: Events) -> tuple[str, bool]:
    """With whether it stops the change."""
    after, losses = side(head), Losses()
    for event in events:
        losses.see(event)
    access = comparison.access(BASE.plan, after.plan)
    engine = Engine(steps(events), losses.found)
    found = comparison.comparison(BASE, after, access, engine, Consent((), (), NOW.date()))
    return comment.comment(ABOUT, found, HORIZON), found.stops


def assert_reads_as(expected: Path, text: str) -> None:
    if os.environ.get("UPDATE"):
        expected.write_text(text, encoding="utf-8")
    assert text == expected.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "stops"),
    [
        ("new-route", True),
        ("widened-path", False),  # approved, in its stack file
        ("removed-caller", False),
        ("machine-replaced", False),
        ("istio-upgrade", False),
        ("cidr-changed", True),
        ("comment-changed", False),
        ("cluster-replaced", True),
        ("pools-of-another-size", True),
        ("gateway-opened", True),
        ("namespace-emptied", False),
    ],
)
def test_the_comment_reads_so(name: str, stops: bool) -> None:
    folder = PULL_REQUESTS / name
    text, found = comment_on((folder / "head.yaml").read_bytes(), json.loads((folder / "events.json").read_text()))

    assert_reads_as(folder / "comment.md", text)
    assert found is stops


@pytest.mark.parametrize("name", ["new-route", "widened-path", "removed-caller", "machine-replaced", "gateway-opened"])
def test_what_the_engine_said_of_them_still_holds(name: str) -> None:
    """Where the plan of the base has become another one, the lab has to be asked again."""
    folder = PULL_REQUESTS / name
    before, after = _contents(BASE.plan), _contents(side((folder / "head.yaml").read_bytes()).plan)
    told = {step.name for step in steps(json.loads((folder / "events.json").read_text())) if step.operation == "update"}

    assert told <= {subject for subject, content in after.items() if content != before.get(subject)}


def _contents(plan: Plan) -> dict[str, Any]:
    resources = {resource.name: resource.properties for resource in plan.azure}
    releases = {release.name: release.values for release in plan.releases}
    return {**resources, **releases, **{item.name: item.manifest for item in plan.objects}}


def test_a_renamed_namespace_is_another_identity() -> None:
    base = (PULL_REQUESTS / "base.yaml").read_bytes()

    text, _ = comment_on(base.replace(b"namespace: finance", b"namespace: money"), [])

    assert "**Other identities and host names**" in text
    assert (
        "| `ledger` | `shop.example/ns/finance/sa/ledger`<br>`ledger.finance.svc.cluster.local` "
        "| `shop.example/ns/money/sa/ledger`<br>`ledger.money.svc.cluster.local` |"
    ) in text


def test_a_broken_file_is_no_change_that_nothing_is_known_of() -> None:
    folder = PULL_REQUESTS / "broken-file"
    with pytest.raises(Invalid) as raised:
        side((folder / "head.yaml").read_bytes())

    text = comment.failed(ABOUT, problems.report(raised.value.problems, "stacks/Pulumi.shop.yaml"))

    assert_reads_as(folder / "comment.md", text)
    assert "nothing changes" not in text


def update(number: int) -> dict[str, Any]:
    kind = "azure-native:network:NetworkSecurityGroup"
    urn = f"urn:pulumi:shop::hybrid-mesh::{kind}::nsg/network-{number:03}/nodes"
    paths = {f"securityRules[{rule}].sourceAddressPrefixes[0]": {"diffKind": "UPDATE"} for rule in range(9)}
    metadata = {"op": "update", "urn": urn, "type": kind, "detailedDiff": paths, "new": {"custom": True}}
    return {"resourcePreEvent": {"metadata": metadata}}


def test_whole_rows_of_400_resources_are_left_out_and_counted() -> None:
    head = (PULL_REQUESTS / "new-route" / "head.yaml").read_bytes()

    text, stops = comment_on(head, [update(number) for number in range(400)])

    assert stops
    assert len(text) <= 60_000
    assert text.splitlines()[1] == (
        "### ❌ shop: access widens, and nobody has approved it (call: 1 new; resources: 400 to update)"
    )
    assert "| ❌ **new** | `cart` → `ledger:9000` | `POST /ledger.Ledger/Quote` |" in text
    shown = text.count("| update | `nsg/network-")
    assert 100 < shown < 400
    assert f"… and {400 - shown} more, left out to keep this short enough." in text
    assert text.rstrip().endswith("</sub>"), "what follows the table is whole"


def test_azure_devops_takes_more() -> None:
    head = (PULL_REQUESTS / "new-route" / "head.yaml").read_bytes()
    after = side(head)
    found = comparison.comparison(
        BASE,
        after,
        comparison.access(BASE.plan, after.plan),
        Engine(steps([update(number) for number in range(250)]), {}),
        Consent((), (), NOW.date()),
    )

    text = comment.comment(ABOUT, found, HORIZON, "azure-devops")

    assert 60_000 < len(text) <= 140_000
    assert "::: mermaid" in text
    assert text.count("| update | `nsg/network-") == 250
