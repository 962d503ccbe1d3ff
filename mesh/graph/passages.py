"""Between which cards an arrow passes on its way over the columns that lie between its ends."""

from collections import Counter
from collections.abc import Mapping

from mesh.graph.columns import Columns
from mesh.graph.placement import Extent, Passage, Placement
from mesh.graph.scenes import Scene

_CROWDED = 3.0
"""What each arrow that is there already costs, in points of a detour."""
_TIGHT = 200.0
"""What a gap costs that is hardly one, such as over a card in its machine."""
_COMFORTABLE = 1.0

Ways = tuple[tuple[Passage, ...], ...]
"""For each arrow of the scene, from its caller to its callee."""


def ways(scene: Scene, columns: Columns, placed: Placement) -> Ways:
    by_column: dict[int, list[tuple[Passage, Extent]]] = {}
    for passage, extent in placed.passages.items():
        by_column.setdefault(passage[0], []).append((passage, extent))
    used: Counter[Passage] = Counter()
    by_arrow = []
    for arrow in scene.arrows:
        first, last = columns.of[arrow.caller], columns.of[arrow.callee]
        step = 1 if last > first else -1
        between = [by_column[column] for column in range(first + step, last, step)]
        way = _cheapest(between, placed.cards[arrow.caller].middle, placed.cards[arrow.callee].middle, used)
        used.update(way)
        by_arrow.append(way)
    return tuple(by_arrow)


def _cheapest(
    between: list[list[tuple[Passage, Extent]]], start: float, end: float, used: Mapping[Passage, int]
) -> tuple[Passage, ...]:
    """By dynamic programming over the columns; at each, an arrow keeps as near to its straight line as the gap lets."""
    reached: list[tuple[float, float, tuple[Passage, ...]]] = [(0.0, start, ())]
    for number, gaps in enumerate(between, 1):
        ideal = start + (end - start) * number / (len(between) + 1)
        following = []
        for passage, extent in gaps:
            y = extent.nearest(ideal)
            price = _CROWDED * used.get(passage, 0) + (_TIGHT if extent.bottom - extent.top < _COMFORTABLE else 0.0)
            cost, _, way = min((cost + abs(y - before), before, way) for cost, before, way in reached)
            following.append((cost + price, y, (*way, passage)))
        reached = following
    return min((cost + abs(end - y), y, way) for cost, y, way in reached)[2]
