"""Workloads, and whole meshes, that no ALLOW policy guards."""

from collections.abc import Iterator

from mesh.access.attempts import Request
from mesh.access.istio.authorization import Call, Source
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.findings.policies.governed import governed

WORKLOAD_WITHOUT_POLICY = Kind(
    code="workload-without-policy",
    severity="error",
    what="No ALLOW policy holds for a workload with a sidecar.",
    why="Without one, Istio lets every call in.",
    example="orders: cluster/east lets every call in",
    fix="Have a policy select it, and keep the one that denies everything by default.",
)
NO_DENY_BY_DEFAULT = Kind(
    code="no-deny-by-default",
    severity="error",
    what="Nothing denies calls in a cluster to what no policy selects.",
    why="Anything deployed there without a policy of its own can be called by everybody.",
    example="cluster/east: a workload that no policy selects is open to everybody",
    fix="Keep an ALLOW policy without rules and without a selector in the root namespace.",
)
KINDS = (WORKLOAD_WITHOUT_POLICY, NO_DENY_BY_DEFAULT)

_STRANGER, _STRANGE_PORT = "a-namespace-of-nobody", 1


def findings(context: Context) -> Iterator[Finding]:
    for policies in governed(context):
        if not policies.observed and not policies.allowing:
            text = f"{policies.instance.place} lets every call in"
            yield Finding(WORKLOAD_WITHOUT_POLICY, policies.workload.name, text)
    for cluster, of_mesh in context.world.policies.items():
        decision = of_mesh.applying_to(_STRANGER, {}).decide(Call(Source(None), _STRANGE_PORT, Request()))
        if decision.outcome != "stops":
            text = "a workload that no policy selects is open to everybody"
            yield Finding(NO_DENY_BY_DEFAULT, f"cluster/{cluster}", text)
