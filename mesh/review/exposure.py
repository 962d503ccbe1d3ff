"""Two plans → what of each is exposed to the internet and to other clients, and what of that changes.

Four ways lead in or out past the mesh's own identities: ingress gateways, API servers of clusters, whatever the
networks let in directly, and machines that call out.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from mesh.access import exposure
from mesh.access.azure.address_sets import EVERYTHING, AddressSet
from mesh.access.connections import Place
from mesh.access.transport import stopped
from mesh.access.world import INGRESS
from mesh.graph import verdicts
from mesh.review.reading import Reading

Kind = Literal["new", "widened", "narrowed", "removed"]
_INTERNET = Place("the internet", None)
_HTTPS = 443
_OUTBOUND = " to internet"
_UNCHECKED = frozenset({"any name"})


@dataclass(frozen=True)
class Exposure:
    """Who gets to something, and what is asked of them."""

    subject: str
    """Such as `clients to ingress/public`, `internet to api-server/east`."""
    addresses: AddressSet
    asks: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    """Those of clients' certificates that are let in."""
    part_of: str | None = None
    """What it comes with, such as machine/ledger-0: where that is new, nobody has to approve the exposure besides."""

    def __str__(self) -> str:
        if self.subject.endswith(_OUTBOUND):
            return "any address"
        where = "everybody" if self.addresses == EVERYTHING else f"clients at {self.addresses}"
        names = self.names - _UNCHECKED
        asked = [*sorted(self.asks), *([f"named {', '.join(sorted(names))}"] if names else [])]
        return f"{where}, {' '.join(asked)}" if asked else where

    def is_within(self, other: "Exposure") -> bool:
        names = self.names <= other.names or other.names >= _UNCHECKED
        return self.addresses <= other.addresses and self.asks >= other.asks and names


@dataclass(frozen=True)
class ExposureChange:
    kind: Kind
    subject: str
    before: str
    after: str
    needs_approval: bool


def changes(base: Reading, head: Reading) -> tuple[ExposureChange, ...]:
    before, after = _by_subject(base), _by_subject(head)
    known = {f"machine/{machine.name}" for machine in base.plan.environment.machines}
    changed = (_change(before.get(subject), after.get(subject), known) for subject in sorted({*before, *after}))
    return tuple(change for change in changed if change)


def _change(before: Exposure | None, after: Exposure | None, known: Collection[str]) -> ExposureChange | None:
    if after is None:
        assert before is not None, "a subject is of one of the two"
        return ExposureChange("removed", before.subject, str(before), "", needs_approval=False)
    if before is None:
        alone = after.part_of is None or after.part_of in known
        return ExposureChange("new", after.subject, "", str(after), needs_approval=alone)
    if after.is_within(before):
        narrowed = not before.is_within(after)
        return ExposureChange("narrowed", after.subject, str(before), str(after), False) if narrowed else None
    return ExposureChange("widened", after.subject, str(before), str(after), needs_approval=True)


def _by_subject(reading: Reading) -> Mapping[str, Exposure]:
    found = (*_gateways(reading), *_api_servers(reading), *_direct(reading), *_outbound(reading))
    return {exposed.subject: exposed for exposed in found}


def _gateways(reading: Reading) -> Iterator[Exposure]:
    """As the judge finds them open; the calls behind a new one are new themselves."""
    for name in reading.matrix.callers:
        judged = [reading.enforcement[pair] for pair in reading.calls if pair[0] == name]
        if not name.startswith(INGRESS) or not judged:
            continue
        declared = reading.world.ingress[name].declared
        everybody = any(one.network == ("everybody",) for one in judged)
        ranges = reading.world.ingress[name].declared_addresses
        asks = frozenset.intersection(*(frozenset(one.asks) for one in judged))
        named = declared.tls.client_names if declared and declared.tls and "its name" in asks else ()
        yield Exposure(
            f"clients to {name}",
            EVERYTHING if everybody else ranges,
            frozenset({"with a certificate"} if "certificate" in asks else ()),
            frozenset(named) or _UNCHECKED,
            part_of=name,
        )


def _api_servers(reading: Reading) -> Iterator[Exposure]:
    for exposed in exposure.api_servers(reading.plan):
        yield Exposure(f"internet to {exposed.subject}", exposed.addresses)


def _direct(reading: Reading) -> Iterator[Exposure]:
    """What the networks let in that is behind no ingress gateway."""
    for opened in verdicts.from_the_internet(reading.judge):
        yield Exposure(f"internet to {opened.about.partition(' → ')[2].partition(', by ')[0]}", EVERYTHING)


def _outbound(reading: Reading) -> Iterator[Exposure]:
    world = reading.world
    for machine in reading.plan.environment.machines:
        steps = world.networks.passage(world.places.of_machine(machine), _INTERNET, _HTTPS)
        if not stopped(steps):
            name = f"machine/{machine.name}"
            yield Exposure(f"{name}{_OUTBOUND}", EVERYTHING, part_of=name)
