"""A plan, judged, as what on its picture is not as declared: routes that it stops, and calls that it opens besides."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from mesh import model
from mesh.access.attempts import Attempt, Request
from mesh.access.connections import Place
from mesh.access.declared import Allowance, Pair, client
from mesh.access.instances import Instance
from mesh.access.istio.meshes import Proxy
from mesh.access.judge import Judge
from mesh.access.matrix import matrix
from mesh.findings import Context
from mesh.findings.gateways import clients, requests
from mesh.findings.routes import broken_routes
from mesh.graph import cards
from mesh.plan import Plan

_STOPPED = (broken_routes.ROUTE_DOES_NOT_WORK, broken_routes.ROUTE_WORKS_IN_PART, broken_routes.PLACE_IS_NOT_CALLED)
_OPEN_AT_GATEWAYS = (
    clients.GATEWAY_OPEN_TO_OTHERS,
    requests.GATEWAY_WIDER_THAN_DECLARED,
    clients.CLIENT_CERTIFICATE_NOT_ASKED,
    clients.CLIENT_NAME_NOT_ASKED,
)
_INTERNET = Place("the internet", None)


@dataclass(frozen=True)
class Opened:
    """A call that gets through, although no route declares it, or not all of it."""

    caller: str
    """A workload by its name, all else by its card."""
    callee: str
    about: str


@dataclass(frozen=True)
class Verdicts:
    stopped: Mapping[Pair, str]
    """Caller, callee and port of each route that does not fully work → what stops it."""
    opened: tuple[Opened, ...]


AS_DECLARED = Verdicts({}, ())


def verdicts(plan: Plan) -> Verdicts:
    context = Context(plan)
    world, judge, declared = context.world, context.judge, context.declared
    ingress = {
        client(world, model.Ingress(cluster, gateway)): (cluster, gateway)
        for cluster in plan.environment.clusters
        for gateway in cluster.ingress
    }
    card = {name: cards.ingress_id(*found) for name, found in ingress.items()}
    opened = (
        *_between(judge, declared, card),
        *from_the_internet(judge),
        *_at_gateways(context, ingress),
    )
    return Verdicts(_stopped(context, card), tuple(dict.fromkeys(opened)))


def _stopped(context: Context, card: Mapping[str, str]) -> Mapping[Pair, str]:
    pairs = {
        str(each): (card.get(each.caller, each.caller), each.callee.name, each.port.number)
        for each in context.declared.values()
    }
    findings = broken_routes.findings(context)
    return {pairs[finding.subject]: finding.text for finding in findings if finding.kind in _STOPPED}


def _between(judge: Judge, declared: Mapping[Pair, Allowance], card: Mapping[str, str]) -> Iterator[Opened]:
    """Only sidecars tell requests from each other: to a callee without, a declared call may say what it likes."""
    observed = {workload.name for workload in judge.world.plan.environment.observed}
    for cell in matrix(judge).cells:
        allowance = declared.get((cell.caller, cell.callee, cell.port.number))
        more = [
            opening
            for opening in cell.openings
            if not (allowance and allowance.has(opening.method, opening.path, opening.host))
        ]
        wider = more and judge.world.workloads[cell.callee].sidecar
        if cell.callee not in observed and (wider or allowance is None):
            what = ", ".join(map(str, more)) or cell.port.protocol
            about = f"{cell.caller} → {cell.callee}:{cell.port.number} {what}, by {' and '.join(cell.by)}"
            yield Opened(card.get(cell.caller, cell.caller), cell.callee, about)


def from_the_internet(judge: Judge) -> Iterator[Opened]:
    """To what is not meant for it: whatever runs on nodes and machines, and the gateways between the clusters."""
    proxy = Proxy(next(iter(judge.world.meshes), ""), "", {}, "")
    anybody = Instance(cards.ANYBODY, _INTERNET.name, proxy, False, None, _INTERNET, _INTERNET)
    for workload in judge.world.workloads.values():
        for port in workload.ports if workload.outside is None else ():
            request = Request() if port.is_http else None
            for way in judge.ways(anybody, Attempt(cards.ANYBODY, workload.name, port.number, request)):
                if way.outcome != "stops":
                    about = f"anybody → {way.destination}:{port.number}, by {way.steps[-1].by}"
                    yield Opened(cards.ANYBODY, workload.name, about)
    for gateway in judge.world.gateways:
        for number in sorted(gateway.ports) if gateway.network else ():
            step = judge.world.networks.passage(_INTERNET, gateway.frontend, number)[-1]
            if step.outcome != "stops":
                about = f"anybody → {gateway.frontend.name}:{number}, by {step.by}"
                yield Opened(cards.ANYBODY, cards.east_west_id(gateway.release.cluster), about)


def _at_gateways(
    context: Context,
    ingress: Mapping[str, tuple[model.Cluster, model.IngressGateway]],
) -> Iterator[Opened]:
    """Calls at ingress gateways that are open although they are not declared."""
    hosts = {f"{name} {host}": found for name, found in ingress.items() for host in found[1].hosts}
    for finding in (*clients.findings(context), *requests.findings(context)):
        if finding.kind in _OPEN_AT_GATEWAYS:
            cluster, gateway = {**ingress, **hosts}[finding.subject]
            others = finding.kind is clients.GATEWAY_OPEN_TO_OTHERS and gateway.address is None
            caller = cards.ANYBODY if others else cards.client_id(cluster, gateway)
            yield Opened(caller, cards.ingress_id(cluster, gateway), f"{finding.subject}: {finding.text}")
