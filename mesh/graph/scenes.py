"""The content of a picture, without positions: nested areas, cards, arrows."""

from dataclasses import dataclass
from functools import cached_property
from typing import Literal

AreaKind = Literal["clients", "network", "cluster", "namespace", "machines", "outside"]
Look = Literal["internet", "private", "gateway", "east-west", "workload", "database", "function", "external", "copy"]
Line = Literal["outside", "http", "grpc", "tcp", "tls", "stopped", "open"]
"""A protocol; or `stopped`, a route that the plan stops; or `open`, a call that no route declares."""


@dataclass(frozen=True)
class Area:
    id: str
    parent: str | None
    kind: AreaKind
    title: str
    detail: str = ""
    below: str = ""
    """In a line of its own."""
    warning: str = ""


@dataclass(frozen=True)
class Card:
    id: str
    area: str
    look: Look
    title: str
    lines: tuple[str, ...]
    about: str
    """Everything of it, for who points at it."""
    warning: str = ""
    """A last line that must not be overlooked."""
    sidecar: bool = True
    """Whether a sidecar enforces there what the mesh lets through."""


@dataclass(frozen=True)
class Arrow:
    caller: str
    callee: str
    line: Line
    about: str
    count: int = 1
    """The number of routes or calls that it stands for."""


@dataclass(frozen=True)
class Scene:
    title: str
    summary: str
    areas: tuple[Area, ...]
    """Each after its parent."""
    cards: tuple[Card, ...]
    arrows: tuple[Arrow, ...]
    warning: str = ""
    """A warning about stopped and open calls."""

    @cached_property
    def area(self) -> dict[str, Area]:
        return {area.id: area for area in self.areas}

    @cached_property
    def card(self) -> dict[str, Card]:
        return {card.id: card for card in self.cards}

    def outermost(self, area: str) -> str:
        """The area that stands in no other and holds this one."""
        parent = self.area[area].parent
        return area if parent is None else self.outermost(parent)

    def inside(self, area: str) -> list[str]:
        """The cards and areas that stand in an area itself."""
        return [each.id for each in self.cards if each.area == area] + [
            each.id for each in self.areas if each.parent == area
        ]
