"""An environment, as what is on its picture."""

from collections.abc import Iterable, Iterator

from mesh.declaration.spelling import listed
from mesh.graph import areas, cards, groups
from mesh.graph.groups import Fold, Group
from mesh.graph.scenes import Area, Arrow, Card, Line, Look, Scene
from mesh.model import Environment, Ingress, Protocol, Route

_LINES: dict[Protocol, Line] = {"http": "http", "http2": "http", "grpc": "grpc", "tcp": "tcp", "tls": "tls"}
_GATEWAYS: tuple[Look, ...] = ("internet", "private", "gateway", "east-west")


def scene(environment: Environment, fold: Fold, focus: str | None = None) -> Scene:
    """With a focus, only the workload of this name, who calls it and whom it calls."""
    routes = tuple(route for route in environment.routes if focus is None or focus in _ends(route))
    near = {focus, *(end for route in routes for end in _ends(route))}
    shown = tuple(each for each in environment.workloads if focus is None or each.name in near)
    found = groups.groups(shown, fold)
    placed = [card for group in found for card in cards.of_group(group, environment)]
    placed += [card for cluster in environment.clusters for card in cards.of_cluster(cluster)]
    everywhere = tuple(areas.areas(environment, found))
    if focus is not None:
        callers = [route.caller for route in routes if isinstance(route.caller, Ingress)]
        kept = {id for caller in callers for id in (_ingress(caller), cards.client_id(caller.cluster, caller.gateway))}
        placed = [card for card in placed if card.look not in _GATEWAYS or card.id in kept]
        everywhere = tuple(_holding(everywhere, placed))
    return Scene(
        title=environment.name if focus is None else f"{environment.name}: {focus}",
        summary=_summary(environment) if focus is None else "who calls it, and whom it calls",
        areas=everywhere,
        cards=tuple(placed),
        arrows=(*_from_outside(placed), *_arrows(found, routes)),
    )


def _ends(route: Route) -> tuple[str, ...]:
    caller = route.caller
    return (route.callee.name,) if isinstance(caller, Ingress) else (caller.name, route.callee.name)


def _ingress(caller: Ingress) -> str:
    return cards.ingress_id(caller.cluster, caller.gateway)


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


def _from_outside(placed: Iterable[Card]) -> Iterator[Arrow]:
    for card in placed:
        if card.look in ("internet", "private"):
            gateway = card.id.replace("client/", "ingress/", 1)
            yield Arrow(card.id, gateway, "outside", f"{card.title} → {gateway}: HTTPS")


def _arrows(found: tuple[Group, ...], routes: Iterable[Route]) -> Iterator[Arrow]:
    """One for all routes between two cards in one protocol; none for those inside a card."""
    card = {workload.name: group.id for group in found for workload in group.workloads}
    between: dict[tuple[str, str, Line], list[str]] = {}
    for route in routes:
        caller = _ingress(route.caller) if isinstance(route.caller, Ingress) else card[route.caller.name]
        if caller != card[route.callee.name]:
            key = (caller, card[route.callee.name], _LINES[route.port.protocol])
            between.setdefault(key, []).append(_about(route))
    for (caller, callee, line), about in sorted(between.items()):
        yield Arrow(caller, callee, line, "\n".join(about), len(about))


def _about(route: Route) -> str:
    caller = route.caller
    name = f"ingress/{caller.gateway.name}" if isinstance(caller, Ingress) else caller.name
    requests = (f"{', '.join(each.methods) or 'any method'} {', '.join(each.paths)}" for each in route.requests)
    return f"{name} → {route.callee.name}:{route.port.number} {'; '.join(requests) or route.port.protocol}"
