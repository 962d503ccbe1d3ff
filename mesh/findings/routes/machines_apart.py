"""Machines with a sidecar that do not reach their istiod."""

from collections.abc import Iterator

from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind

MACHINE_DOES_NOT_JOIN = Kind(
    code="machine-does-not-join",
    severity="error",
    what="A machine with a sidecar does not reach its istiod, or may not register there.",
    why="Its sidecar gets no configuration and no certificate: it neither calls nor answers.",
    example="machine/ledger-0: no WorkloadGroup lets machine/ledger-0 register itself, so its sidecar gets no "
    "configuration",
    fix="Open port 15012 from the machine to the east-west gateway of its cluster, and keep its WorkloadGroup.",
)
KINDS = (MACHINE_DOES_NOT_JOIN,)


def findings(context: Context) -> Iterator[Finding]:
    for instances in context.world.instances.values():
        for instance in instances:
            if steps := context.judge.joining(instance).stops:
                yield Finding(MACHINE_DOES_NOT_JOIN, instance.place, steps[-1].text)
