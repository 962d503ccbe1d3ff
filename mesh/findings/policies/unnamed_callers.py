"""Rules that let callers in without naming them."""

from collections.abc import Iterator

from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.findings.policies.governed import governed

CALLERS_NOT_NAMED = Kind(
    code="callers-not-named",
    severity="error",
    what="A rule lets callers in without naming their principals exactly: a wildcard, a namespace, addresses, or "
    "nobody.",
    why="It lets in everybody who fits today and tomorrow, also callers that nobody has thought of.",
    example="west/shop/AuthorizationPolicy/orders: rule 1: lets in callers of orders without naming them",
    fix="Name the principals of the declared callers.",
)
KINDS = (CALLERS_NOT_NAMED,)


def findings(context: Context) -> Iterator[Finding]:
    for policies in governed(context):
        for policy in () if policies.observed else policies.allowing:
            for rule in policy.rules:
                if rule.principals is None:
                    text = f"lets in callers of {policies.workload.name} without naming them"
                    yield Finding(CALLERS_NOT_NAMED, rule.by, text)
