"""An environment, as what is on its picture."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from mesh.declaration.spelling import listed
from mesh.graph import areas, arrows, cards, groups
from mesh.graph.groups import FOLDS, Fold
from mesh.graph.scenes import Area, Arrow, Card, Line, Look, Scene
from mesh.graph.verdicts import AS_DECLARED, Verdicts
from mesh.model import Environment

_MOST_CARDS, _MOST_ARROWS = 40, 100
_GATEWAYS: tuple[Look, ...] = ("internet", "private", "gateway", "east-west")


def legible(environment: Environment, focus: str | None, verdicts: Verdicts) -> tuple[Scene, ...]:
    """From the one that shows the most to the one that shows the least, which is there in any case."""
    *larger, least = (scene(environment, fold, focus, verdicts) for fold in FOLDS)
    return (*filter(_is_legible, larger), least)


def _is_legible(scene: Scene) -> bool:
    shown = [card for card in scene.cards if card.look not in (*_GATEWAYS, "copy")]
    return len(shown) <= _MOST_CARDS and len(scene.arrows) <= _MOST_ARROWS


def scene(environment: Environment, fold: Fold, focus: str | None = None, verdicts: Verdicts = AS_DECLARED) -> Scene:
    """The picture's content. With a focus: only this workload, its callers and its callees."""
    routes = tuple(route for route in environment.routes if focus is None or focus in arrows.ends(route))
    opened = tuple(each for each in verdicts.opened if focus is None or focus in (each.caller, each.callee))
    near = {focus, *(end for route in routes for end in arrows.ends(route))}
    near |= {end for each in opened for end in (each.caller, each.callee)}
    shown = tuple(each for each in environment.workloads if focus is None or each.name in near)
    card_groups = groups.groups(shown, fold)
    placed = [card for group in card_groups for card in cards.of_group(group, environment)]
    placed += [card for cluster in environment.clusters for card in cards.of_cluster(cluster)]
    if focus is not None:
        placed = [card for card in placed if card.look not in _GATEWAYS or arrows.gateway(card.id) in near]
    if any(each.caller == cards.ANYBODY for each in opened):
        placed.append(cards.anybody())
    clients = any(card.area == areas.CLIENTS for card in placed)
    everywhere = tuple(areas.areas(environment, card_groups, clients=clients))
    if focus is not None:
        everywhere = tuple(_holding(everywhere, placed))
    card_of = {workload.name: group.id for group in card_groups for workload in group.workloads}
    drawn = (*arrows.of_clients(placed), *arrows.between(card_of, routes, verdicts.stopped, opened))
    inside = arrows.counts_inside(card_of, routes)
    return Scene(
        title=environment.name if focus is None else f"{environment.name}: {focus}",
        summary=_summary(environment) if focus is None else "who calls it, and whom it calls",
        areas=everywhere,
        cards=tuple(_with_count(card, inside[card.id]) for card in placed),
        arrows=drawn,
        warning=_warning(drawn),
    )


def _with_count(card: Card, inside: int) -> Card:
    return replace(card, lines=(*card.lines, f"{cards.counted(inside, 'route')} inside")) if inside else card


def _holding(everywhere: Iterable[Area], placed: Iterable[Card]) -> Iterator[Area]:
    """The areas in which there is a card, themselves or in an area of theirs."""
    by_id = {area.id: area for area in everywhere}
    needed = set()
    for card in placed:
        area: str | None = card.area
        while area is not None:
            needed.add(area)
            area = by_id[area].parent
    return (area for id, area in by_id.items() if id in needed)


def _summary(environment: Environment) -> str:
    counts = {
        "network": len(environment.networks),
        "cluster": len(environment.clusters),
        "machine": len(environment.machines),
        "workload": len(environment.workloads),
        "route": len(environment.routes),
    }
    return listed(cards.counted(count, noun) for noun, count in counts.items() if count) or "nothing yet"


def _warning(drawn: Iterable[Arrow]) -> str:
    counts = Counter[Line]()
    for arrow in drawn:
        counts[arrow.line] += arrow.count
    stopped = f"{cards.counted(counts['stopped'], 'route')} stopped" if counts["stopped"] else ""
    opened = f"{cards.counted(counts['open'], 'call')} open that no route declares" if counts["open"] else ""
    return " and ".join(filter(None, (stopped, opened)))
