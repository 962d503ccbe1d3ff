"""What changes by itself on a sound environment: each with the reason why it is no drift."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from mesh.plan import Plan
from mesh.review.drift import theirs
from mesh.review.drift.changes import Change
from mesh.review.drift.differences import Difference
from mesh.review.drift.live import Properties

_GROUP_OF_ENTRY = "istio.io/autoRegistrationGroup"


@dataclass(frozen=True)
class Expectation:
    kinds: frozenset[str]
    """Empty: all of them."""
    path: re.Pattern[str]
    reason: str
    holds: Callable[[Difference], bool] = lambda difference: True


def _expectation(
    kinds: str, path: str, reason: str, holds: Callable[[Difference], bool] = lambda difference: True
) -> Expectation:
    return Expectation(frozenset(kinds.split()), re.compile(path), reason, holds)


_WEBHOOKS = "MutatingWebhookConfiguration ValidatingWebhookConfiguration"

EXPECTED: tuple[Expectation, ...] = (
    _expectation(
        _WEBHOOKS, r"webhooks.*\.clientConfig\.caBundle", "istiod writes the certificate of its authority there"
    ),
    _expectation(
        "ValidatingWebhookConfiguration",
        r"webhooks.*\.failurePolicy",
        "istiod sets it to Fail once it answers",
        lambda difference: difference.live == "Fail",
    ),
    _expectation("Deployment", r"spec\.replicas", "the autoscaler chooses how many"),
    _expectation(
        "Deployment",
        r'spec\.template\.metadata\.annotations(\["kubectl\.kubernetes\.io/restartedAt"\])?',
        "somebody restarted the pods, which runs the same again",
        lambda difference: "restartedAt" in f"{difference.path} {difference.live}",
    ),
    _expectation("AgentPool ManagedCluster", r"(.*\.)?count", "the autoscaler chooses how many nodes there are"),
    _expectation(
        "AgentPool ManagedCluster",
        r"(.*\.)?(nodeImageVersion|currentOrchestratorVersion|currentKubernetesVersion|powerState.*)",
        "AKS keeps the images of its nodes up to date",
    ),
    _expectation("", r"(.*\.)?(etag|provisioningState|resourceGuid)", "Azure writes it at every change of its own"),
)


def reason(change: Change, difference: Difference, plan: Plan) -> str | None:
    """Why a difference is no drift; None where it is."""
    for expectation in EXPECTED:
        if expectation.kinds and change.kind not in expectation.kinds:
            continue
        if expectation.path.fullmatch(difference.path) and expectation.holds(difference):
            return expectation.reason
    resource = next((item for item in plan.azure if item.name == change.subject), None)
    is_theirs = theirs.reason(change, difference.path, plan.environment) is not None
    if resource and not is_theirs and any(_covers(path, difference.path) for path in resource.ignore_changes):
        return "Azure changes it by itself, and the program leaves it"
    return None


def of_object(item: Properties, plan: Plan) -> str | None:
    """Why an object that nobody declared is no drift."""
    if item["kind"] != "WorkloadEntry" or _GROUP_OF_ENTRY not in (item["metadata"].get("annotations") or {}):
        return None
    address = str((item.get("spec") or {}).get("address", ""))
    machines = [str(machine.address) for machine in plan.environment.machines if machine.address]
    scaled = [machine for machine in plan.environment.machines if not machine.address]
    ranges = [block for machine in scaled for block in machine.network.space]
    if address in machines or _is_in(address, ranges):
        return "a machine of the environment has registered itself"
    return None


def _is_in(address: str, ranges: list[IPv4Network]) -> bool:
    try:
        parsed = IPv4Address(address)
    except ValueError:
        return False
    return any(parsed in space for space in ranges)


def _covers(ignored: str, path: str) -> bool:
    """As the engine reads ignoreChanges: a path and all below it, `*` for any step, elements by their places."""
    pattern = re.escape(ignored).replace(r"\[\*\]", r"\[[^\]]+\]").replace(r"\*", r"[^.\[]+")
    by_place = re.sub(r"\\\[\d+\\\]", r"\\[[^\\]]+\\]", pattern)
    return re.match(rf"{by_place}(?=$|[.\[])", path) is not None
