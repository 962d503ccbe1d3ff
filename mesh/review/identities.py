"""Two plans → the workloads of both whose identity or whose host names change, as with another namespace."""

from collections.abc import Iterator
from dataclasses import dataclass

from mesh.review.reading import Reading


@dataclass(frozen=True)
class IdentityChange:
    name: str
    before: tuple[str, ...]
    """Principals, then hosts."""
    after: tuple[str, ...]


def changes(base: Reading, head: Reading) -> tuple[IdentityChange, ...]:
    before, after = dict(_known(base)), dict(_known(head))
    return tuple(
        IdentityChange(name, before[name], after[name])
        for name in sorted(before.keys() & after.keys())
        if before[name] != after[name]
    )


def _known(reading: Reading) -> Iterator[tuple[str, tuple[str, ...]]]:
    identities, hosts = reading.matrix.identities, reading.matrix.hosts
    for name in {*identities, *hosts}:
        yield name, (*identities.get(name, ()), *hosts.get(name, ()))
