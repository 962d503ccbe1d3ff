"""A scene, as rectangles and lines: where everything is on the picture."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace

from mesh.graph import lettering
from mesh.graph.columns import Columns, columns
from mesh.graph.ordering import order
from mesh.graph.passages import ways
from mesh.graph.placement import LANE, placement
from mesh.graph.scenes import Area, Card, Scene
from mesh.graph.wiring import Wire, lane_counts, port_counts, wires

TITLE_SIZE, LINE_SIZE = 13.0, 11.0
SIDE = 12.0
"""Between a card's edge and its text."""
_INSET = 12.0
"""Between an area's edge and what is in it."""
_MARGIN = 10.0
_NARROWEST, _WIDEST = 96.0, 210.0

Point = tuple[float, float]


@dataclass(frozen=True)
class Rectangle:
    left: float
    top: float
    width: float
    height: float

    @property
    def right(self) -> float:
        return self.left + self.width

    @property
    def bottom(self) -> float:
        return self.top + self.height


@dataclass(frozen=True)
class Layout:
    width: float
    height: float
    cards: Mapping[str, Rectangle]
    areas: Mapping[str, Rectangle]
    arrows: tuple[tuple[Point, ...], ...]
    """Corners, for each arrow of the scene."""


def layout(scene: Scene) -> Layout:
    grid = columns(scene)
    arranged = replace(order(scene, grid), ports=port_counts(scene, grid))
    crossing = ways(scene, grid, placement(scene, grid, arranged))
    lanes = Counter(passage for way in crossing for passage in way)
    placed = placement(scene, grid, replace(arranged, lanes=lanes))
    drawn = wires(scene, grid, placed, crossing)
    across = _Across(scene, grid, lane_counts(drawn))
    cards = {}
    for id, extent in placed.cards.items():
        column = grid.of[id]
        cards[id] = Rectangle(across.left[column], extent.top, across.widths[column], extent.bottom - extent.top)
    areas = {}
    for id, extent in placed.areas.items():
        (first, last), (before, after) = grid.spans[id], across.insets(id)
        left, right = across.left[first] - before, across.left[last] + across.widths[last] + after
        areas[id] = Rectangle(left, extent.top, right - left, extent.bottom - extent.top)
    corners = tuple(
        _corners(wire, across, cards[arrow.caller], cards[arrow.callee])
        for wire, arrow in zip(drawn, scene.arrows, strict=True)
    )
    return Layout(across.total, placed.height, cards, areas, corners)


def card_width(card: Card) -> float:
    lines = (*card.lines, card.warning)
    text = max(
        lettering.width(card.title, TITLE_SIZE, bold=True), *(lettering.width(line, LINE_SIZE) for line in lines)
    )
    return min(max(text + 2 * SIDE + (18.0 if card.look != "copy" else 0.0), _NARROWEST), _WIDEST)


def _title_width(area: Area) -> float:
    title = lettering.width(f"{area.title}  ", TITLE_SIZE, bold=True)
    details = lettering.width(" ".join((area.detail, area.warning)), LINE_SIZE)
    return max(title + details, lettering.width(area.below, LINE_SIZE))


class _Across:
    """Where each column and each lane of a gutter is, from left to right."""

    def __init__(self, scene: Scene, grid: Columns, lanes: Mapping[int, int]) -> None:
        self.scene, self.grid = scene, grid
        self.widths = [_NARROWEST] * grid.count
        for card in scene.cards:
            column = grid.of[card.id]
            self.widths[column] = max(self.widths[column], card_width(card))
        for area in scene.areas:
            first, last = grid.spans[area.id]
            others = sum(self.widths[first:last])
            self.widths[last] = max(self.widths[last], min(_title_width(area), _WIDEST) - others)
        self.left: list[float] = []
        self.first_lane: dict[int, float] = {}
        x = _MARGIN
        for column in range(-1, grid.count):
            closing = max((self.insets(id)[1] for id, span in grid.spans.items() if span[1] == column), default=0.0)
            opening = max((self.insets(id)[0] for id, span in grid.spans.items() if span[0] == column + 1), default=0.0)
            self.first_lane[column] = x + closing + _MARGIN
            x = self.first_lane[column] + max(lanes.get(column, 0) - 1, 0) * LANE + _MARGIN + opening
            if column + 1 < grid.count:
                self.left.append(x)
                x += self.widths[column + 1]
        self.total = x + _MARGIN

    def insets(self, area: str) -> tuple[float, float]:
        """How far an area's edges are from the cards in it."""
        kind = self.scene.area[area].kind
        if kind == "clients":
            return 0.0, 0.0
        before, after = 0.0, 0.0
        for other in self.scene.areas:
            if other.parent == area:
                inner = self.insets(other.id)
                before = max(before, inner[0] if self.grid.spans[other.id][0] == self.grid.spans[area][0] else 0.0)
                after = max(after, inner[1] if self.grid.spans[other.id][1] == self.grid.spans[area][1] else 0.0)
        return before + _INSET, after + _INSET

    def lane(self, gutter: int, number: int) -> float:
        return self.first_lane[gutter] + LANE * number


def _corners(wire: Wire, across: _Across, caller: Rectangle, callee: Rectangle) -> tuple[Point, ...]:
    corners = [(caller.right if wire.leaves > 0 else caller.left, wire.turns[0].start)]
    for turn in wire.turns:
        x = across.lane(turn.gutter, turn.lane)
        corners += [(x, turn.start), (x, turn.end)] if turn.start != turn.end else []
    return (*corners, (callee.left if wire.arrives < 0 else callee.right, wire.turns[-1].end))
