"""Where exactly the arrows run: at which height they leave, pass and arrive, and where in the gutters they turn."""

from collections.abc import Mapping
from dataclasses import dataclass

from mesh.graph.columns import Columns
from mesh.graph.passages import Ways
from mesh.graph.placement import LANE, Extent, Passage, Placement, pitch
from mesh.graph.scenes import Scene

_LEFT, _RIGHT = -1, 1
_CORNER = 8.0
"""Of a card, where no arrow ends."""
_TOGETHER = 2.0
"""Two lines that are nearer than this look like one."""


@dataclass(frozen=True)
class Turn:
    """A part of an arrow in the gutter between two columns, from one height to another."""

    gutter: int
    """The number of the column to the left of it."""
    start: float
    end: float
    lane: int
    """Counted from the left."""


@dataclass(frozen=True)
class Wire:
    turns: tuple[Turn, ...]
    leaves: int
    """-1 from the left side of its caller's card, 1 from the right."""
    arrives: int
    """-1 at the left side of its callee's card, 1 at the right."""


def port_counts(scene: Scene, columns: Columns) -> dict[str, int]:
    """How many arrows each card has at the side that has more."""
    sides: dict[tuple[str, int], int] = {}
    for arrow in scene.arrows:
        leaves, arrives = _sides(columns, arrow.caller, arrow.callee)
        for side in ((arrow.caller, leaves), (arrow.callee, arrives)):
            sides[side] = sides.get(side, 0) + 1
    return {card.id: max(sides.get((card.id, _LEFT), 0), sides.get((card.id, _RIGHT), 0)) for card in scene.cards}


def wires(scene: Scene, columns: Columns, placed: Placement, ways: Ways) -> tuple[Wire, ...]:
    runs = [_Run.of(columns, arrow.caller, arrow.callee) for arrow in scene.arrows]
    heights = _heights(scene, columns, placed, ways)
    heights |= _moved_apart(runs, ways, heights)
    turns = [
        [(run.gutter(stop), heights[number, stop], heights[number, stop + 1]) for stop in range(len(way) + 1)]
        for number, (run, way) in enumerate(zip(runs, ways, strict=True))
    ]
    lanes = _lanes(runs, turns)
    return tuple(
        Wire(
            tuple(Turn(gutter, start, end, lanes[number, stop]) for stop, (gutter, start, end) in enumerate(each)),
            *_sides(columns, scene.arrows[number].caller, scene.arrows[number].callee),
        )
        for number, each in enumerate(turns)
    )


@dataclass(frozen=True)
class _Run:
    """Over which columns an arrow goes."""

    first: int
    last: int

    @staticmethod
    def of(columns: Columns, caller: str, callee: str) -> "_Run":
        return _Run(columns.of[caller], columns.of[callee])

    @property
    def rightward(self) -> bool:
        return self.last >= self.first

    def gutter(self, stop: int) -> int:
        """The one between a stop and the next."""
        return self.first + stop if self.rightward else self.first - 1 - stop


def _moved_apart(
    runs: list[_Run], ways: Ways, heights: Mapping[tuple[int, int], float]
) -> dict[tuple[int, int], float]:
    """New heights for passing arrows that would meet another in a line, one from the left and one from the right."""
    facing: dict[tuple[int, bool], list[tuple[float, int]]] = {}
    for number, (run, way) in enumerate(zip(runs, ways, strict=True)):
        for stop in range(len(way) + 1):
            facing.setdefault((run.gutter(stop), run.rightward), []).append((heights[number, stop], number))
            facing.setdefault((run.gutter(stop), not run.rightward), []).append((heights[number, stop + 1], number))
    found = {}
    for number, (run, way) in enumerate(zip(runs, ways, strict=True)):
        for stop in range(1, len(way) + 1):
            opposite = [
                *facing.get((run.gutter(stop - 1), run.rightward), ()),
                *facing.get((run.gutter(stop), not run.rightward), ()),
            ]
            y = heights[number, stop]
            if any(abs(y - other) < _TOGETHER and number > arrow for other, arrow in opposite):
                found[number, stop] = y + LANE / 2
    return found


def _sides(columns: Columns, caller: str, callee: str) -> tuple[int, int]:
    first, last = columns.of[caller], columns.of[callee]
    return (_LEFT, _RIGHT) if last < first else (_RIGHT, _LEFT if last > first else _RIGHT)


def _heights(scene: Scene, columns: Columns, placed: Placement, ways: Ways) -> dict[tuple[int, int], float]:
    """By arrow and stop: 0 where it leaves, then its passages, then where it arrives. No two of a spot are the same."""
    found = _ports(scene, columns, placed, ways)
    wishes: dict[Passage, list[tuple[float, float, int, int]]] = {}
    for number, way in enumerate(ways):
        y, end = found[number, 0], found[number, len(way) + 1]
        for stop, passage in enumerate(way, 1):
            y = placed.passages[passage].nearest(y)
            wishes.setdefault(passage, []).append((y, end, number, stop))
    for passage, each in wishes.items():
        each.sort()
        spread = _spread([y for y, *_ in each], placed.passages[passage])
        found |= {(number, stop): y for (_, _, number, stop), y in zip(each, spread, strict=True)}
    return found


def _ports(scene: Scene, columns: Columns, placed: Placement, ways: Ways) -> dict[tuple[int, int], float]:
    """Where arrows leave and arrive. One that is alone at a side is level with its other end, if the card is."""
    stops: dict[tuple[str, int], list[tuple[float, int, int]]] = {}
    for number, (arrow, way) in enumerate(zip(scene.arrows, ways, strict=True)):
        leaves, arrives = _sides(columns, arrow.caller, arrow.callee)
        spans = [placed.cards[arrow.caller], *(placed.passages[gap] for gap in way), placed.cards[arrow.callee]]
        caller, callee = spans[0].middle, spans[-1].middle
        stops.setdefault((arrow.caller, leaves), []).append((spans[1].nearest(callee) if way else callee, number, 0))
        stops.setdefault((arrow.callee, arrives), []).append(
            (spans[-2].nearest(caller) if way else caller, number, len(way) + 1)
        )
    found: dict[tuple[int, int], float] = {}
    for (card, _), each in stops.items():
        each.sort()
        ys = _evenly(len(each), placed.cards[card], pitch(scene))
        found |= {(number, stop): y for (_, number, stop), y in zip(each, ys, strict=True)}
    for (card, _), each in stops.items():
        ((_, number, stop), *others) = each
        if not others and not ways[number]:
            found[number, stop] = placed.cards[card].within(_CORNER).nearest(found[number, 1 - stop])
    return found


def _evenly(count: int, extent: Extent, step: float) -> list[float]:
    """Around the middle of a card's side."""
    first = extent.middle - step * (count - 1) / 2
    return [first + step * number for number in range(count)]


def _spread(wishes: list[float], extent: Extent) -> list[float]:
    """Each as near to what it wishes as its neighbours and the passage let it; wishes ascend."""
    step = min(LANE, (extent.bottom - extent.top) / max(len(wishes) - 1, 1))
    found: list[float] = []
    for wish in wishes:
        y = extent.nearest(wish)
        found.append(max(y, found[-1] + step) if found else y)
    bottom = extent.bottom
    for number in reversed(range(len(found))):
        found[number] = min(found[number], bottom)
        bottom = found[number] - step
    return found


def _lanes(runs: list[_Run], turns: list[list[tuple[int, float, float]]]) -> dict[tuple[int, int], int]:
    """By arrow and stop, in an order in which arrows that turn in one gutter cross each other least."""
    by_gutter: dict[int, list[tuple[tuple[int, float], float, float, tuple[int, int]]]] = {}
    for number, run in enumerate(runs):
        for stop, (gutter, start, end) in enumerate(turns[number]):
            left, right = (start, end) if run.rightward else (end, start)
            top, bottom = min(start, end), max(start, end)
            if run.first == run.last:
                key = (0, bottom - top)
            elif right >= left:
                key = (1, -left)
            else:
                key = (2, left)
            by_gutter.setdefault(gutter, []).append((key, top, bottom, (number, stop)))
    found: dict[tuple[int, int], int] = {}
    for each in by_gutter.values():
        taken: list[tuple[float, float, int]] = []
        for _, top, bottom, id in sorted(each):
            if top == bottom:
                found[id] = 0
                continue
            lane = 1 + max((lane for a, b, lane in taken if a <= bottom + 2 and b >= top - 2), default=-1)
            taken.append((top, bottom, lane))
            found[id] = lane
    return found


def lane_counts(wires: tuple[Wire, ...]) -> Mapping[int, int]:
    """By gutter."""
    found: dict[int, int] = {}
    for wire in wires:
        for turn in wire.turns:
            found[turn.gutter] = max(found.get(turn.gutter, 0), turn.lane + 1)
    return found
