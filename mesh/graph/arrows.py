"""Routes, and what is not as declared, as arrows between cards."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from mesh.access.declared import Pair
from mesh.graph import areas, cards
from mesh.graph.scenes import Arrow, Card, Line
from mesh.graph.verdicts import Opened
from mesh.model import Ingress, Protocol, Route

_LINES: dict[Protocol, Line] = {"http": "http", "http2": "http", "grpc": "grpc", "tcp": "tcp", "tls": "tls"}


def ends(route: Route) -> tuple[str, str]:
    """Workloads by their names, a gateway by its card."""
    caller = route.caller
    name = cards.ingress_id(caller.cluster, caller.gateway) if isinstance(caller, Ingress) else caller.name
    return name, route.callee.name


def gateway(card: str) -> str:
    """The gateway of a client's card; a gateway's own card stays."""
    return card.replace("client/", "ingress/", 1)


def of_clients(placed: Iterable[Card]) -> Iterator[Arrow]:
    for card in placed:
        if card.area == areas.CLIENTS and card.id != cards.ANYBODY:
            yield Arrow(card.id, gateway(card.id), "outside", f"{card.title} → {gateway(card.id)}: HTTPS")


def between(
    card_of: Mapping[str, str], routes: Iterable[Route], stopped: Mapping[Pair, str], opened: Iterable[Opened]
) -> Iterator[Arrow]:
    """One for all routes between two cards in one protocol; none for those inside a card that are as declared."""
    about: dict[tuple[str, str, Line], list[str]] = {}
    for route in routes:
        caller, callee = (card_of.get(end, end) for end in ends(route))
        if why := stopped.get((*ends(route), route.port.number)):
            about.setdefault((caller, callee, "stopped"), []).append(f"{_about(route)}: {why}")
        elif caller != callee:
            about.setdefault((caller, callee, _LINES[route.port.protocol]), []).append(_about(route))
    for call in opened:
        caller, callee = (card_of.get(end, end) for end in (call.caller, call.callee))
        about.setdefault((caller, callee, "open"), []).append(call.about)
    for (caller, callee, line), lines in sorted(about.items()):
        yield Arrow(caller, callee, line, "\n".join(lines), len(lines))


def counts_inside(card_of: Mapping[str, str], routes: Iterable[Route]) -> Counter[str]:
    """The number of routes inside each card."""
    routes_by_card = ([card_of.get(end) for end in ends(route)] for route in routes)
    return Counter(callee for caller, callee in routes_by_card if callee and caller == callee)


def _about(route: Route) -> str:
    caller = route.caller
    name = f"ingress/{caller.gateway.name}" if isinstance(caller, Ingress) else caller.name
    requests = (
        f"{', '.join(request.methods) or 'any method'} {', '.join(request.paths)}" for request in route.requests
    )
    return f"{name} → {route.callee.name}:{route.port.number} {'; '.join(requests) or route.port.protocol}"
