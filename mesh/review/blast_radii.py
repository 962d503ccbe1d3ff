"""Two plans → whose blast radius changes: what an attacker reaches who owns a workload, or comes by a gateway."""

from collections.abc import Iterator
from dataclasses import dataclass

from mesh.access.blast_radius import BlastRadii
from mesh.access.world import INGRESS
from mesh.review.reading import Reading


@dataclass(frozen=True)
class RadiusChange:
    compromised: str
    """A workload, or an ingress gateway."""
    before: int
    """How many workloads are reached, step by step."""
    after: int
    more: tuple[str, ...]
    """Those that are reached now and were not."""
    fewer: tuple[str, ...]


def changes(base: Reading, head: Reading) -> tuple[RadiusChange, ...]:
    """Of whom both plans have; those that grow the most first. New ones come with their calls, which are new."""
    changed = tuple(_changes(base, head))
    return tuple(sorted(changed, key=lambda change: (change.before - change.after, change.compromised)))


def _changes(base: Reading, head: Reading) -> Iterator[RadiusChange]:
    before, after = BlastRadii(base.judge), BlastRadii(head.judge)
    for name in sorted(_starts(base) & _starts(head)):
        if before.counts[name] == after.counts[name]:
            continue
        was = {reached.workload for reached in before.of(name).reached}
        now = {reached.workload for reached in after.of(name).reached}
        if was != now:
            more, fewer = tuple(sorted(now - was)), tuple(sorted(was - now))
            yield RadiusChange(name, len(was), len(now), more, fewer)


def _starts(reading: Reading) -> set[str]:
    gateways = {name for name in reading.matrix.callers if name.startswith(INGRESS)}
    return gateways | reading.world.workloads.keys()
