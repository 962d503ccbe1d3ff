"""An environment, as what is on its picture."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from mesh.access.findings.declared import Pair
from mesh.declaration.spelling import listed
from mesh.graph import areas, cards, groups
from mesh.graph.groups import FOLDS, Fold, Group
from mesh.graph.scenes import Area, Arrow, Card, Line, Look, Scene
from mesh.graph.verdicts import AS_DECLARED, Opened, Verdicts
from mesh.model import Environment, Ingress, Protocol, Route

_LINES: dict[Protocol, Line] = {"http": "http", "http2": "http", "grpc": "grpc", "tcp": "tcp", "tls": "tls"}
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
    """With a focus, only the workload of this name, who calls it and whom it calls."""
    routes = tuple(route for route in environment.routes if focus is None or focus in _ends(route))
    opened = tuple(each for each in verdicts.opened if focus is None or focus in (each.caller, each.callee))
    near = {focus, *(end for route in routes for end in _ends(route))}
    near |= {end for each in opened for end in (each.caller, each.callee)}
    shown = tuple(each for each in environment.workloads if focus is None or each.name in near)
    found = groups.groups(shown, fold)
    placed = [card for group in found for card in cards.of_group(group, environment)]
    placed += [card for cluster in environment.clusters for card in cards.of_cluster(cluster)]
    if focus is not None:
        placed = [card for card in placed if card.look not in _GATEWAYS or _gateway(card.id) in near]
    if any(each.caller == cards.ANYBODY for each in opened):
        placed.append(cards.anybody())
    clients = any(card.area == areas.CLIENTS for card in placed)
    everywhere = tuple(areas.areas(environment, found, clients=clients))
    if focus is not None:
        everywhere = tuple(_holding(everywhere, placed))
    arrows = (*_from_outside(placed), *_arrows(found, routes, verdicts.stopped, opened))
    inside = _counts_inside(found, routes)
    return Scene(
        title=environment.name if focus is None else f"{environment.name}: {focus}",
        summary=_summary(environment) if focus is None else "who calls it, and whom it calls",
        areas=everywhere,
        cards=tuple(replace(card, lines=(*card.lines, *inside.get(card.id, ()))) for card in placed),
        arrows=arrows,
        warning=_warning(arrows),
    )


def _ends(route: Route) -> tuple[str, str]:
    caller = route.caller
    name = cards.ingress_id(caller.cluster, caller.gateway) if isinstance(caller, Ingress) else caller.name
    return name, route.callee.name


def _gateway(card: str) -> str:
    """By which a client comes; of a gateway, itself."""
    return card.replace("client/", "ingress/", 1)


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


def _warning(arrows: Iterable[Arrow]) -> str:
    counts = Counter[Line]()
    for arrow in arrows:
        counts[arrow.line] += arrow.count
    stopped = f"{cards.counted(counts['stopped'], 'route')} stopped" if counts["stopped"] else ""
    opened = f"{cards.counted(counts['open'], 'call')} open that no route declares" if counts["open"] else ""
    return " and ".join(filter(None, (stopped, opened)))


def _from_outside(placed: Iterable[Card]) -> Iterator[Arrow]:
    for card in placed:
        if card.area == areas.CLIENTS and card.id != cards.ANYBODY:
            gateway = _gateway(card.id)
            yield Arrow(card.id, gateway, "outside", f"{card.title} → {gateway}: HTTPS")


def _counts_inside(found: tuple[Group, ...], routes: Iterable[Route]) -> dict[str, tuple[str]]:
    """By card, a line about the routes that need no arrow."""
    card = {workload.name: group.id for group in found for workload in group.workloads}
    counts = Counter(
        card[route.callee.name] for route in routes if card.get(_ends(route)[0]) == card[route.callee.name]
    )
    return {id: (f"{cards.counted(count, 'route')} inside",) for id, count in counts.items()}


def _arrows(
    found: tuple[Group, ...], routes: Iterable[Route], stopped: Mapping[Pair, str], opened: Iterable[Opened]
) -> Iterator[Arrow]:
    """One for all routes between two cards in one protocol; none for those inside a card that are as declared."""
    card = {workload.name: group.id for group in found for workload in group.workloads}
    between: dict[tuple[str, str, Line], list[str]] = {}
    for route in routes:
        caller, callee = (card.get(end, end) for end in _ends(route))
        if why := stopped.get((*_ends(route), route.port.number)):
            between.setdefault((caller, callee, "stopped"), []).append(f"{_about(route)}: {why}")
        elif caller != callee:
            between.setdefault((caller, callee, _LINES[route.port.protocol]), []).append(_about(route))
    for each in opened:
        caller, callee = (card.get(end, end) for end in (each.caller, each.callee))
        between.setdefault((caller, callee, "open"), []).append(each.about)
    for (caller, callee, line), about in sorted(between.items()):
        yield Arrow(caller, callee, line, "\n".join(about), len(about))


def _about(route: Route) -> str:
    caller = route.caller
    name = f"ingress/{caller.gateway.name}" if isinstance(caller, Ingress) else caller.name
    requests = (f"{', '.join(each.methods) or 'any method'} {', '.join(each.paths)}" for each in route.requests)
    return f"{name} → {route.callee.name}:{route.port.number} {'; '.join(requests) or route.port.protocol}"
