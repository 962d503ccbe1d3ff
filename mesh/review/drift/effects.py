"""A change applied to the plan, judged → the calls that it opens, and those that it breaks."""

from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property

from mesh import request_paths
from mesh.access.judge import Judge
from mesh.access.matrix import Cell, Opening, matrix
from mesh.access.world import World
from mesh.findings import Finding, of_plan
from mesh.findings.codes import NEVER_ACCEPTED
from mesh.plan import Plan
from mesh.review.drift.changes import Change, unchanged

BREAKING = frozenset(
    {
        *("route-does-not-work", "route-works-in-part", "place-is-not-called", "machine-does-not-join"),
        *("redirect-does-not-work", "platform-is-cut-off", "host-without-route"),
        *("peering-without-access", "packets-dropped-by-route", "way-of-clients-unknown", "plaintext-sent"),
    }
)
"""Codes of findings that say what no longer works."""
_OF_NO_ACCESS = frozenset(
    {
        *("single-machine", "single-node", "single-zone", "single-cluster", "single-gateway", "half-a-peering"),
        "database-near-the-internet",
        *NEVER_ACCEPTED,
    }
)
"""Codes of what opens and stops no call by itself, or follows from calls that are told already."""
_SAID_BY_THE_MATRIX = frozenset({"undeclared-opening", "wider-than-declared"})
_FOLLOWS_FROM_BREAKING = frozenset({"security-group-wider-than-needed", "network-policy-wider-than-needed"})
"""What a rule is, too, once the route that needed it no longer works: then nothing was opened."""
_NOT_FOLLOWED = (KeyError, ValueError, TypeError, AttributeError, IndexError, AssertionError, StopIteration)
"""What the judge ends with at an object of a shape that no plan has."""


@dataclass(frozen=True)
class Effect:
    opens: tuple[str, ...]
    breaks: tuple[str, ...]
    judged: bool = True


@dataclass(frozen=True)
class _Access:
    cells: Mapping[tuple[str, str, int], Cell]
    findings: Mapping[tuple[str, str], Finding]


class Effects:
    """Of changes to one plan, which is judged once."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def of(self, change: Change) -> Effect:
        if change.applied is unchanged:
            return Effect((), ())
        return self._effect(change.applied(self._plan), change.subject)

    def _effect(self, changed: Plan, subject: str) -> Effect:
        try:
            after = _access(changed)
        except _NOT_FOLLOWED:
            return Effect((), (), judged=False)
        breaks = tuple(dict.fromkeys((*_said(self._before, after, BREAKING), *_fewer(self._before, after))))
        codes = {code for code, _ in after.findings} - BREAKING - _OF_NO_ACCESS
        said = [
            text
            for code in sorted(codes)
            for text in _said(self._before, after, {code})
            if code not in _FOLLOWS_FROM_BREAKING or not breaks or text.startswith(subject)
        ]
        return Effect(tuple(dict.fromkeys((*_more(self._before, after), *said))), breaks)

    @cached_property
    def _before(self) -> _Access:
        return _access(self._plan)


def _access(plan: Plan) -> _Access:
    cells = {(cell.caller, cell.callee, cell.port.number): cell for cell in matrix(Judge(World(plan))).cells}
    return _Access(cells, {(finding.code, finding.subject): finding for finding in of_plan(plan)})


def _more(before: _Access, after: _Access) -> Iterator[str]:
    for pair, cell in after.cells.items():
        known = before.cells.get(pair)
        if known is None:
            yield _call(cell, cell.openings)
        elif new := _beyond(cell.openings, known.openings):
            yield _call(cell, new)
        elif known.outcome == "partly" and cell.outcome == "passes":
            yield f"{_call(cell, ())}, wholly"


def _fewer(before: _Access, after: _Access) -> Iterator[str]:
    """Those that no finding of the plan so changed tells with its cause."""
    told = {subject for code, subject in after.findings if code in BREAKING}
    for pair, cell in before.cells.items():
        left = after.cells.get(pair)
        if f"{cell.caller} to {cell.callee}:{cell.port.number}" in told:
            continue
        if left is None:
            yield _call(cell, cell.openings)
        elif gone := _beyond(cell.openings, left.openings):
            yield _call(cell, gone)
        elif cell.outcome == "passes" and left.outcome == "partly" and not _beyond(left.openings, cell.openings):
            yield f"{_call(cell, ())}, in part"


def _said(before: _Access, after: _Access, codes: Set[str]) -> Iterator[str]:
    """New findings, and those that name more than before."""
    gained = set(_gained(before, after))
    for key, finding in after.findings.items():
        code, subject = key
        known = before.findings.get(key)
        if code not in codes or (known is not None and set(finding.text.split()) <= set(known.text.split())):
            continue
        if code in _SAID_BY_THE_MATRIX and any(pair.startswith(subject) for pair in gained):
            continue
        yield f"{subject}: {finding.text}"


def _gained(before: _Access, after: _Access) -> Iterator[str]:
    """Pairs that the matrix tells with what they gain."""
    for pair, cell in after.cells.items():
        known = before.cells.get(pair)
        if known is None or _beyond(cell.openings, known.openings):
            yield f"{cell.caller} to {cell.callee}:{cell.port.number}"


def _beyond(openings: tuple[Opening, ...], known: tuple[Opening, ...]) -> tuple[Opening, ...]:
    return tuple(opening for opening in openings if not any(_has(one, opening) for one in known))


def _has(known: Opening, opening: Opening) -> bool:
    same_method = known.method in ("", opening.method)
    return same_method and known.host == opening.host and request_paths.covers(known.path, opening.path)


def _call(cell: Cell, openings: tuple[Opening, ...]) -> str:
    requests = f" {', '.join(map(str, openings))}" if openings else ""
    return f"{cell.caller} → {cell.callee}:{cell.port.number}{requests}"
