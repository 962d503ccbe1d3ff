"""Orders cards in their columns so that arrows are short."""

from collections.abc import Mapping
from dataclasses import replace
from statistics import fmean

from mesh.graph.columns import Columns
from mesh.graph.placement import Order, Placement, placement
from mesh.graph.scenes import Scene

_ROUNDS = 8
_LAST = float("inf")
_ABOVE = 60.0
"""From the top of an area to the middle of its first card."""

Neighbours = Mapping[str, list[str]]


def order(scene: Scene, columns: Columns) -> Order:
    """The best of some rounds, in each of which everything moves to the mean of its neighbours.

    What stands in columns without clusters then takes its place beside them.
    """
    neighbours: dict[str, list[str]] = {card.id: [] for card in scene.cards}
    for arrow in scene.arrows:
        neighbours[arrow.caller].append(arrow.callee)
        neighbours[arrow.callee].append(arrow.caller)
    current = best = Order()
    least = float("inf")
    for _ in range(_ROUNDS):
        placed = placement(scene, columns, current)
        if (length := _length(scene, placed)) < least:
            best, least = current, length
        current = replace(best, ranks=_ranks(scene, placed, neighbours))
    return _beside_ends(scene, columns, _beside_machines(scene, columns, best, neighbours), neighbours)


def _length(scene: Scene, placed: Placement) -> float:
    return sum(abs(placed.cards[arrow.caller].middle - placed.cards[arrow.callee].middle) for arrow in scene.arrows)


def _ranks(scene: Scene, placed: Placement, neighbours: Neighbours) -> dict[str, float]:
    ranks: dict[str, float] = {}
    for card in scene.cards:
        near = [placed.cards[each].middle for each in neighbours[card.id]]
        last = card.look in ("copy", "east-west")
        ranks[card.id] = _LAST if last else fmean(near) if near else placed.cards[card.id].middle
    for area in reversed(scene.areas):
        known = [ranks[each] for each in scene.inside(area.id) if ranks[each] != _LAST]
        ranks[area.id] = fmean(known) if known else _LAST
    return ranks


def _beside_machines(scene: Scene, columns: Columns, order: Order, neighbours: Neighbours) -> Order:
    """Networks of machines, as far down as those from other networks who call what is in them."""
    placed = placement(scene, columns, order)
    clusters = {area.parent for area in scene.areas if area.kind == "cluster"}
    ranks, wanted = dict(order.ranks), dict(order.wanted)
    for area in scene.areas:
        own = [card.id for card in scene.cards if scene.outermost(card.area) == area.id]
        near = [placed.cards[each].middle for id in own for each in neighbours[id] if each not in own]
        if area.kind == "network" and area.id not in clusters and near:
            ranks[area.id] = fmean(near)
            wanted[area.id] = ranks[area.id] - (placed.areas[area.id].bottom - placed.areas[area.id].top) / 2
    return replace(order, ranks=ranks, wanted=wanted)


def _beside_ends(scene: Scene, columns: Columns, order: Order, neighbours: Neighbours) -> Order:
    """Clients, and what is outside, each as far down as whom it calls or who calls it."""
    placed = placement(scene, columns, order)
    means = {
        card.id: fmean(placed.cards[each].middle for each in neighbours[card.id])
        for card in scene.cards
        if scene.area[card.area].kind in ("clients", "outside") and neighbours[card.id]
    }
    tops = {scene.card[id].area: mean - _ABOVE for id, mean in sorted(means.items(), key=lambda each: -each[1])}
    return replace(order, ranks={**order.ranks, **means}, wanted={**order.wanted, **means, **tops})
