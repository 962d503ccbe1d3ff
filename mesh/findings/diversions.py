"""Where VirtualServices lead the calls of sidecars, held against the moves that are declared; whoever calls today."""

from collections.abc import Iterator

from mesh import names
from mesh.access.istio import hosts, route_rules
from mesh.access.istio.route_rules import VirtualService
from mesh.access.world import World
from mesh.findings import catalogue as kinds
from mesh.findings.finding import Finding
from mesh.model import Workload


def findings(world: World) -> Iterator[Finding]:
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
                yield Finding(kinds.CALLS_LED_ELSEWHERE, rule.by, f"leads calls of {called.name} to {share.host}")
