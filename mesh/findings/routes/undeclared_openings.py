"""Workloads and gateways that get through to a workload without a route."""

from collections.abc import Iterator

from mesh.access.matrix import matrix
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind

UNDECLARED_OPENING = Kind(
    code="undeclared-opening",
    severity="error",
    what="A workload or gateway can call a workload at a port, and no route declares it.",
    why="The routes say who may call whom; anything else that is open is open to an intruder too.",
    example="cart to orders:8080: is open, by west/shop/AuthorizationPolicy/orders: rule 2",
    fix="Close what lets it through, or declare a route.",
)
KINDS = (UNDECLARED_OPENING,)


def findings(context: Context) -> Iterator[Finding]:
    for cell in matrix(context.judge).cells:
        pair = (cell.caller, cell.callee, cell.port.number)
        if pair not in context.declared and cell.callee not in context.observed:
            subject = f"{cell.caller} to {cell.callee}:{cell.port.number}"
            yield Finding(UNDECLARED_OPENING, subject, f"is open, by {' and '.join(cell.by)}")
