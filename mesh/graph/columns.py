"""Which column each card stands in: clients, gateways, workloads by who calls whom, machines, what is outside."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mesh.graph.scenes import Area, Card, Scene

_MOST_IN_CLUSTERS = 4
"""Columns; who is called still later shares the last."""
_BLOCKS = ("clients", "gateways", "clusters", "data", "outside")


@dataclass(frozen=True)
class Columns:
    of: Mapping[str, int]
    """By card."""
    spans: Mapping[str, tuple[int, int]]
    """By area: the first and the last column that it covers."""
    count: int


def columns(scene: Scene) -> Columns:
    with_cluster = {area.parent for area in scene.areas if area.kind == "cluster"}
    blocks = {card.id: _block(scene, card, with_cluster) for card in scene.cards}
    within: dict[str, int] = {}
    for block in _BLOCKS:
        within |= _within(block, [card for card in scene.cards if blocks[card.id] == block], scene)
    widths = {
        block: 1 + max((within[id] for id, other in blocks.items() if other == block), default=-1) for block in _BLOCKS
    }
    widths["clusters"] = max(widths["clusters"], 1 if with_cluster else 0)
    widths["data"] = max(widths["data"], 1 if any(_is_data(area, with_cluster) for area in scene.areas) else 0)
    starts = {block: sum(widths[before] for before in _BLOCKS[:place]) for place, block in enumerate(_BLOCKS)}
    column_of = {id: starts[blocks[id]] + column for id, column in within.items()}
    return Columns(column_of, _spans(scene, column_of, starts, widths, with_cluster), max(sum(widths.values()), 1))


def _is_data(area: Area, with_cluster: set[str | None]) -> bool:
    return area.kind == "network" and area.id not in with_cluster


def _block(scene: Scene, card: Card, with_cluster: set[str | None]) -> str:
    if card.look in ("gateway", "east-west"):
        return "gateways"
    outermost = scene.area[scene.outermost(card.area)]
    if outermost.kind != "network":
        return outermost.kind
    return "clusters" if outermost.id in with_cluster else "data"


def _within(block: str, cards: list[Card], scene: Scene) -> dict[str, int]:
    if block == "data":
        return _callers_first(cards, scene)
    if block != "clusters":
        return {card.id: 0 for card in cards}
    depths = _depths({card.id for card in cards if card.look != "copy"}, scene)
    last = max(depths.values(), default=0)
    heights: dict[tuple[str, int], int] = {}
    for card in cards:
        if card.look == "copy":
            best = min(range(last + 1), key=lambda column: (heights.get((card.area, column), 0), column))
            depths[card.id] = best
        heights[card.area, depths[card.id]] = heights.get((card.area, depths[card.id]), 0) + 1
    return depths


def _callers_first(cards: list[Card], scene: Scene) -> dict[str, int]:
    """Two columns: who calls somebody, and who is only called. What runs on the same machine stays together."""
    callers = {arrow.caller for arrow in scene.arrows}
    left = {card.area for card in cards if card.id in callers or card.look == "copy"}
    if not left:
        return {card.id: 0 for card in cards}
    machines = {area.id for area in scene.areas if area.kind == "machines"}
    return {
        card.id: 0 if card.id in callers or card.look == "copy" or (card.area in left & machines) else 1
        for card in cards
    }


def _depths(cards: set[str], scene: Scene) -> dict[str, int]:
    """The longest way of arrows to each, where an arrow that closes a circle does not count."""
    callees: dict[str, list[str]] = {card: [] for card in sorted(cards)}
    for arrow in scene.arrows:
        if arrow.caller in cards and arrow.callee in cards:
            callees[arrow.caller].append(arrow.callee)
    order = _in_order(callees)
    depth = dict.fromkeys(order, 0)
    place = {card: number for number, card in enumerate(order)}
    for card in order:
        for callee in callees[card]:
            if place[callee] > place[card]:
                depth[callee] = min(max(depth[callee], depth[card] + 1), _MOST_IN_CLUSTERS - 1)
    called = {callee for each in callees.values() for callee in each}
    for card in order:
        if card not in called and callees[card]:
            depth[card] = max(0, min(depth[callee] for callee in callees[card]) - 1)
    return depth


def _in_order(callees: Mapping[str, list[str]]) -> list[str]:
    """Callers before whom they call, as far as there are no circles."""
    order: list[str] = []
    seen: set[str] = set()
    called = {callee for each in callees.values() for callee in each}
    for root in sorted(callees, key=lambda card: (card in called, card)):
        ways = [(root, iter(callees[root]))] if root not in seen else []
        seen.add(root)
        while ways:
            callee = next((each for each in ways[-1][1] if each not in seen), None)
            if callee is None:
                order.append(ways.pop()[0])
            else:
                seen.add(callee)
                ways.append((callee, iter(callees[callee])))
    return order[::-1]


def _spans(
    scene: Scene,
    column: Mapping[str, int],
    starts: Mapping[str, int],
    widths: Mapping[str, int],
    with_cluster: set[str | None],
) -> dict[str, tuple[int, int]]:
    def block(first: str, last: str) -> tuple[int, int]:
        return starts[first], max(starts[last] + widths[last] - 1, starts[first])

    spans: dict[str, tuple[int, int]] = {}
    for area in scene.areas:
        match area.kind:
            case "clients" | "outside":
                spans[area.id] = block(area.kind, area.kind)
            case "cluster":
                spans[area.id] = block("gateways", "clusters")
            case "namespace":
                spans[area.id] = block("clusters", "clusters")
            case "network":
                spans[area.id] = block("gateways", "clusters") if area.id in with_cluster else block("data", "data")
            case "machines":
                here = [column[card.id] for card in scene.cards if card.area == area.id]
                first, _ = block("clusters", "clusters") if area.parent in with_cluster else block("data", "data")
                spans[area.id] = _covered(here) if here else (first, first)
    return spans


def _covered(found: Iterable[int]) -> tuple[int, int]:
    numbers = list(found)
    return min(numbers), max(numbers)
