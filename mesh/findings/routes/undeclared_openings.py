"""Workloads and gateways that get through to a workload without a route."""

from collections.abc import Iterator

from mesh.access.declared import taken_for
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
HELD_BY_THE_NETWORK_ALONE = Kind(
    code="held-by-the-network-alone",
    severity="note",
    what="A call in which no sidecar takes part: security groups hold others back, by address.",
    why="Nobody checks who calls or encrypts what is sent; another program on the caller's machine, or at its address, "
    "can call too.",
    example="erp to erp-sql:1433: is open from machine/erp-vm, and no sidecar checks who calls",
    fix="Have the application ask for passwords or certificates and encrypt; or give both sides a sidecar.",
)
KINDS = (UNDECLARED_OPENING, HELD_BY_THE_NETWORK_ALONE)


def findings(context: Context) -> Iterator[Finding]:
    for cell in matrix(context.judge).cells:
        pair = (cell.caller, cell.callee, cell.port.number)
        if cell.by_network_alone:
            machines = " and ".join(f"machine/{one.name}" for one in context.world.workloads[cell.caller].machines)
            taken = None if pair in context.declared else taken_for(context.declared, context.world.workloads, pair)
            if taken or pair in context.declared:
                undeclared = f" as the network takes {cell.caller} for {taken}," if taken else ""
                text = f"is open from {machines},{undeclared} and no sidecar checks who calls"
                yield Finding(HELD_BY_THE_NETWORK_ALONE, f"{cell.caller} to {cell.callee}:{cell.port.number}", text)
                continue
        if pair not in context.declared and cell.callee not in context.observed:
            subject = f"{cell.caller} to {cell.callee}:{cell.port.number}"
            yield Finding(UNDECLARED_OPENING, subject, f"is open, by {' and '.join(cell.by)}")
