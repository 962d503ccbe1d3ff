"""Where VirtualServices lead the calls of sidecars, or copies of them, held against what is declared."""

from collections.abc import Iterator

from mesh import names
from mesh.access.istio import hosts, route_rules
from mesh.access.istio.route_rules import Share, VirtualService
from mesh.access.world import World
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.model import Workload

CALLS_LED_ELSEWHERE = Kind(
    code="calls-led-elsewhere",
    severity="error",
    what="A VirtualService leads calls of a workload to another, or copies them to it, and nothing declares that.",
    why="A workload then gets calls that were not meant for it, by a way that the routes do not show.",
    example="east/shop/VirtualService/orders: http 1: leads calls of orders to cart.shop.svc.cluster.local",
    fix="Lead them to the workload that is called, or declare it in traffic: a move under strangler, a copy as mirror.",
)
KINDS = (CALLS_LED_ELSEWHERE,)


def findings(context: Context) -> Iterator[Finding]:
    world = context.world
    moved, copied = ({name: set(names.hosts(called)) for name, called in world.workloads.items()} for _ in range(2))
    for traffic in world.plan.environment.traffic:
        moved[traffic.callee.name].update(host for move in traffic.strangler for host in names.hosts(move.to))
        if traffic.mirror and isinstance(traffic.mirror.to, Workload):
            copied[traffic.callee.name].update(names.hosts(traffic.mirror.to))
    for mesh in world.meshes.values():
        for virtual_service in route_rules.of(mesh).of_sidecars:
            for called in _called(world, virtual_service):
                for by, share, verb in _diversions(virtual_service, moved[called.name], copied[called.name]):
                    yield Finding(CALLS_LED_ELSEWHERE, by, f"{verb} calls of {called.name} to {share.host}")


def _called(world: World, virtual_service: VirtualService) -> Iterator[Workload]:
    for workload in world.workloads.values():
        if any(hosts.covers(name, host) for name in virtual_service.hosts for host in names.hosts(workload)):
            yield workload


def _diversions(virtual_service: VirtualService, moved: set[str], copied: set[str]) -> Iterator[tuple[str, Share, str]]:
    for rule in (*virtual_service.http, *virtual_service.tls, *virtual_service.tcp):
        yield from ((rule.by, share, "leads") for share in rule.shares if share.host not in moved)
        yield from ((rule.by, share, "copies") for share in rule.mirrors if share.host not in copied)
