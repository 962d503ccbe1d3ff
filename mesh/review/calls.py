"""Two plans → the calls that are new, removed, widened, narrowed or go between other places."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from mesh import model, request_paths
from mesh.access import matrix
from mesh.access.declared import Pair
from mesh.access.matrix import Cell, Opening
from mesh.access.world import INGRESS
from mesh.review.enforcement import kept_out
from mesh.review.reading import Place, Reading

Kind = Literal["new", "widened", "moved", "narrowed", "removed"]
KINDS: tuple[Kind, ...] = ("new", "widened", "moved", "narrowed", "removed")
"""In the order in which a reviewer needs them. `moved`: the same requests, between other places."""


@dataclass(frozen=True)
class CallChange:
    kind: Kind
    caller: str
    callee: str
    port: model.Port
    before: tuple[str, ...]
    """The requests that got through; empty where none did."""
    after: tuple[str, ...]
    opened: tuple[str, ...]
    """What gets through now and did not."""
    closed: tuple[str, ...]
    by: tuple[str, ...]
    """What lets it through; of a removed call, what did."""
    places: tuple[Place, ...]
    """Between which it goes; of a moved call, only the new ones."""
    kept_out: str
    """What keeps others out of it, in words; empty of a removed call."""
    needs_approval: bool

    @property
    def subject(self) -> str:
        return f"{self.caller} to {self.callee}:{self.port.number}"


def changes(base: Reading, head: Reading) -> tuple[CallChange, ...]:
    """The gravest first."""
    pairs = sorted({*base.calls, *head.calls})
    changed = (change for pair in pairs if (change := _change(base, head, pair)))
    return tuple(sorted(changed, key=lambda change: KINDS.index(change.kind)))


def _change(base: Reading, head: Reading, pair: Pair) -> CallChange | None:
    before, after = base.calls.get(pair), head.calls.get(pair)
    cell = after or before
    assert cell is not None, "a pair is of one of the two"
    opened = tuple(_more(after, before))
    closed = tuple(_more(before, after))
    places = _new_places(base, head, pair)
    kind: Kind | None = (
        "new" if before is None
        else "removed" if after is None
        else "widened" if opened
        else "narrowed" if closed
        else "moved" if places
        else None
    )  # fmt: skip
    if kind is None:
        return None
    reading = base if kind == "removed" else head
    return CallChange(
        kind=kind,
        caller=cell.caller,
        callee=cell.callee,
        port=cell.port,
        before=requests(before),
        after=requests(after),
        opened=opened,
        closed=closed,
        by=cell.by,
        places=tuple(sorted(places if kind == "moved" else reading.places[pair])),
        kept_out=kept_out(head.enforcement[pair]) if after else "",
        needs_approval=kind in ("new", "widened") and not _carries_spans(base, head, pair),
    )


def _new_places(base: Reading, head: Reading, pair: Pair) -> frozenset[Place]:
    """At an ingress gateway other clients are no other place, but another exposure."""
    before, after = (reading.places.get(pair, frozenset[Place]()) for reading in (base, head))
    if pair[0].startswith(INGRESS):
        known = {end for _, end in before}
        return frozenset(place for place in after if place[1] not in known)
    return after - before


def requests(cell: Cell | None) -> tuple[str, ...]:
    """What may be asked, in words; `everything` where no sidecar reads the requests."""
    return () if cell is None else matrix.requests(cell.openings) or ("everything",)


def _more(cell: Cell | None, than: Cell | None) -> Iterator[str]:
    """What one cell lets through and the other does not."""
    if cell is None:
        return
    if than is None or (than.openings and not cell.openings):
        yield from requests(cell)
        return
    if than.openings:
        yield from matrix.requests(opening for opening in cell.openings if not _is_covered(opening, than.openings))
    if cell.outcome == "passes" and than.outcome == "partly":
        yield "on every way; before, on some"


def _is_covered(opening: Opening, by: Iterable[Opening]) -> bool:
    return any(
        other.method in ("", opening.method)
        and other.host == opening.host
        and request_paths.covers(other.path, opening.path)
        for other in by
    )


def _carries_spans(base: Reading, head: Reading, pair: Pair) -> bool:
    """Whether it is no more than the way of the spans to a Zipkin that the base has too."""
    known, tracing = base.plan.environment.tracing, head.plan.environment.tracing
    if known is None or tracing is None or known.zipkin.name != tracing.zipkin.name or pair[1] != tracing.zipkin.name:
        return False
    spans = {
        Opening(method, path, "")
        for route in tracing.routes
        for request in route.requests
        for path in request.paths
        for method in request.methods
    }
    return set(head.calls[pair].openings) <= spans
