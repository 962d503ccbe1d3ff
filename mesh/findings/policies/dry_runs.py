"""Policies that enforce nothing: by a dry run, or because their namespace is declared to observe."""

from collections.abc import Iterator

from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.findings.policies.governed import governed

POLICY_IN_DRY_RUN = Kind(
    code="policy-in-dry-run",
    severity="error",
    what="A policy is in dry run in a namespace that is not declared to observe.",
    why="A dry run reports what it would do and enforces nothing.",
    example="east/shop/AuthorizationPolicy/orders: enforces nothing",
    fix="Remove the annotation istio.io/dry-run, or declare the namespace with enforcement: observe.",
)
CALLS_ARE_OBSERVED = Kind(
    code="calls-are-observed",
    severity="warning",
    what="A namespace is declared with enforcement: observe.",
    why="Every call to its workloads gets through, declared or not, and is only reported.",
    example="namespace shop: every call to its workloads gets through",
    fix="Declare the routes that the reports name, then set enforcement: enforce.",
)
KINDS = (POLICY_IN_DRY_RUN, CALLS_ARE_OBSERVED)


def findings(context: Context) -> Iterator[Finding]:
    for policies in governed(context):
        for policy in () if policies.observed else policies.applied.policies:
            if policy.dry_run:
                yield Finding(POLICY_IN_DRY_RUN, policy.name, "enforces nothing")
    for namespace in context.plan.environment.observing:
        yield Finding(CALLS_ARE_OBSERVED, f"namespace {namespace}", "every call to its workloads gets through")
