"""Where VirtualServices lead the calls of sidecars, held against the moves that are declared."""

from collections.abc import Iterator

from mesh import names
from mesh.access.istio import hosts, route_rules
from mesh.access.istio.route_rules import VirtualService
from mesh.access.world import World
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.model import Workload

CALLS_LED_ELSEWHERE = Kind(
    code="calls-led-elsewhere",
    severity="error",
    what="A VirtualService leads calls of a workload to another, and no move is declared.",
    why="Callers then speak with a workload that they did not mean, by a way that the routes do not show.",
    example="east/shop/VirtualService/orders: http route 1: leads calls of orders to cart.shop.svc.cluster.local",
    fix="Lead them to the workload that is called, or declare the move in traffic, under strangler.",
)
KINDS = (CALLS_LED_ELSEWHERE,)


def findings(context: Context) -> Iterator[Finding]:
    world = context.world
    meant = {workload.name: set(names.hosts(workload)) for workload in world.workloads.values()}
    for traffic in world.plan.environment.traffic:
        meant[traffic.callee.name].update(host for move in traffic.strangler for host in names.hosts(move.to))
    for mesh in world.meshes.values():
        for virtual_service in route_rules.of(mesh).of_sidecars:
            for called in _called(world, virtual_service):
                yield from _of_callee(virtual_service, called, meant[called.name])


def _called(world: World, virtual_service: VirtualService) -> Iterator[Workload]:
    for workload in world.workloads.values():
        if any(hosts.covers(name, host) for name in virtual_service.hosts for host in names.hosts(workload)):
            yield workload


def _of_callee(virtual_service: VirtualService, called: Workload, meant: set[str]) -> Iterator[Finding]:
    for rule in (*virtual_service.http, *virtual_service.tls, *virtual_service.tcp):
        for share in (*rule.shares, *rule.mirrors):
            if share.host not in meant:
                yield Finding(CALLS_LED_ELSEWHERE, rule.by, f"leads calls of {called.name} to {share.host}")
