"""Databases that an attacker reaches in two steps from a workload that the internet reaches."""

from collections.abc import Iterator, Mapping

from mesh.access.blast_radius import BlastRadii, Reached
from mesh.access.judge import Judge
from mesh.access.matrix import Asking
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind

DATABASE_NEAR_THE_INTERNET = Kind(
    code="database-near-the-internet",
    severity="note",
    what="A workload that clients reach from the internet stands within two steps of a database.",
    why="An attacker who takes over that workload has its certificate and its place, and the data after two steps.",
    example="storefront to orders-db: clients of ingress/public reach storefront, and an attacker who owns it "
    "reaches orders-db:5432 in 1 step; the last step is held by address",
    fix="Look at the steps with mesh access --compromised; put a workload between, or close what the network opens.",
)
KINDS = (DATABASE_NEAR_THE_INTERNET,)
_NEAR = 2
"""In steps."""


def findings(context: Context) -> Iterator[Finding]:
    radii = BlastRadii(context.judge)
    for workload, gateways in _exposed(context.judge).items():
        for reached in radii.of(workload, within=_NEAR).reached:
            if reached.database:
                subject = f"{workload} to {reached.workload}"
                yield Finding(DATABASE_NEAR_THE_INTERNET, subject, _text(workload, gateways, reached))


def _exposed(judge: Judge) -> Mapping[str, list[str]]:
    """Workloads that the internet reaches, with their gateways."""
    asking, found = Asking(judge), dict[str, list[str]]()
    for workload in judge.world.workloads.values():
        named = set(asking.named(workload))
        for gateway in asking.gateways:
            declared = judge.world.ingress[gateway].declared
            public = declared is not None and declared.address is None
            if public and gateway in named and any(asking.cell(gateway, workload, port) for port in workload.ports):
                found.setdefault(workload.name, []).append(gateway)
    return found


def _text(workload: str, gateways: list[str], reached: Reached) -> str:
    way = f"in {reached.steps} steps, by {reached.source}" if reached.steps > 1 else "in 1 step"
    return (
        f"clients of {' and '.join(gateways)} reach {workload}, and an attacker who owns it reaches "
        f"{reached.workload}:{reached.port} {way}; the last step is held by {reached.held}"
    )
