"""The vertical position of each card and area, and the gaps for arrows."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mesh.graph.columns import Columns
from mesh.graph.scenes import Card, Scene

Passage = tuple[int, int]
"""A column, and which of its gaps, counted from the top."""

LANE = 7.0
"""Between two arrows that run side by side."""
LINE_HEIGHT = 14.0
_GAP = 16.0
_UNDER_HEADER = 6.0
_PADDING = 12.0
_HEADERS = {"clients": 0.0, "network": 42.0, "cluster": 26.0, "namespace": 24.0, "machines": 24.0, "outside": 26.0}


@dataclass(frozen=True)
class Extent:
    """From top to bottom."""

    top: float
    bottom: float

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2

    def within(self, margin: float) -> "Extent":
        return Extent(self.top + margin, self.bottom - margin)

    def nearest(self, y: float) -> float:
        return min(max(y, self.top), self.bottom)


@dataclass(frozen=True)
class Placement:
    cards: Mapping[str, Extent]
    areas: Mapping[str, Extent]
    passages: Mapping[Passage, Extent]
    height: float


@dataclass(frozen=True)
class Order:
    """What stands above what; by card and by area, the smaller above."""

    ranks: Mapping[str, float] = field(default_factory=dict)
    wanted: Mapping[str, float] = field(default_factory=dict)
    """How far down the middle of a card, or the top of an area, would like to be."""
    lanes: Mapping[Passage, int] = field(default_factory=dict)
    """How many arrows pass there."""
    ports: Mapping[str, int] = field(default_factory=dict)
    """How many arrows a card has at the side that has more."""


def placement(scene: Scene, columns: Columns, order: Order) -> Placement:
    return _Stacks(scene, columns, order).placement()


def pitch(scene: Scene) -> float:
    """Between two arrows at a card; wider where they carry numbers."""
    return 2 * LANE if any(arrow.count > 1 for arrow in scene.arrows) else LANE


def _card_height(card: Card, ports: int, pitch: float) -> float:
    lines = len(card.lines) + bool(card.warning)
    return max(26.0 + LINE_HEIGHT * lines + (2.0 if lines else 0.0), (ports + 1) * pitch)


class _Stacks:
    """A stack for each column; an area that covers several begins below the highest of theirs."""

    def __init__(self, scene: Scene, columns: Columns, order: Order) -> None:
        self.scene, self.columns, self.order = scene, columns, order
        self.free = [0.0] * columns.count
        self.gaps = [0] * columns.count
        self.begun = [True] * columns.count
        """Whether nothing stands yet under the last header."""
        self.cards: dict[str, Extent] = {}
        self.areas: dict[str, Extent] = {}
        self.passages: dict[Passage, Extent] = {}

    def placement(self) -> Placement:
        for area in self._sorted([area.id for area in self.scene.areas if area.parent is None]):
            self._add_area(area)
        height = max(self.free) + _GAP
        for column in range(self.columns.count):
            self._close(column, height)
        return Placement(self.cards, self.areas, self.passages, height)

    def _sorted(self, ids: list[str]) -> list[str]:
        return sorted(ids, key=lambda id: self.order.ranks.get(id, 0.0))

    def _add_area(self, id: str) -> None:
        kind = self.scene.area[id].kind
        first, last = self.columns.spans[id]
        covered = range(first, last + 1)
        top = max(self.free[column] + self._room(column) for column in covered)
        top = max(top, self.order.wanted.get(id, 0.0))
        for column in covered:
            self._close(column, top)
            self.free[column] = top + _HEADERS[kind]
            self.begun[column] = True
        for each in self._sorted(self.scene.inside(id)):
            if each in self.columns.of:
                self._add_card(each)
            else:
                self._add_area(each)
        bottom = max(self.free[column] + self._room(column, _PADDING) for column in covered)
        for column in covered:
            self._close(column, bottom)
            self.free[column] = bottom
            self.begun[column] = False
        self.areas[id] = Extent(top, bottom)

    def _add_card(self, id: str) -> None:
        column = self.columns.of[id]
        card = self.scene.card[id]
        height = _card_height(card, self.order.ports.get(id, 0), pitch(self.scene))
        top = max(self.free[column] + self._room(column), self.order.wanted.get(id, 0.0) - height / 2)
        self._close(column, top)
        self.cards[id] = Extent(top, top + height)
        self.free[column] = top + height
        self.begun[column] = False

    def _room(self, column: int, least: float | None = None) -> float:
        if least is None:
            least = _UNDER_HEADER if self.begun[column] else _GAP
        lanes = self.order.lanes.get((column, self.gaps[column]), 0)
        return max(least, (lanes + 1) * LANE)

    def _close(self, column: int, bottom: float) -> None:
        """What was free down to there is a passage."""
        margin = min(LANE, (bottom - self.free[column]) / 2)
        self.passages[column, self.gaps[column]] = Extent(self.free[column] + margin, bottom - margin)
        self.gaps[column] += 1
