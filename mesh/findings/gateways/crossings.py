"""East-west gateways that carry more than the routes between networks."""

from collections.abc import Iterator, Mapping

from mesh import names
from mesh.access.declared import Allowance, Pair
from mesh.access.gateways import Gateway
from mesh.access.istio import chart_services, gateway_servers, gateways, route_rules
from mesh.access.istio.authorization import Call, Source
from mesh.access.transport import ISTIOD_PORT
from mesh.access.world import INGRESS, World
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.plan.resources import Release

CROSSING_WIDER_THAN_DECLARED = Kind(
    code="crossing-wider-than-declared",
    severity="error",
    what="An east-west gateway carries calls from other networks to a workload that has no caller there.",
    why="Then only the callee's policy keeps callers in the other networks from it.",
    example="west/release/istio-eastwestgateway to ledger:9000: west/istio-system/Gateway/cross-network lets "
    "ledger.finance.svc.cluster.local through",
    fix="List only the hosts in its Gateway that are called from other networks.",
)
EAST_WEST_GATEWAY_OPEN = Kind(
    code="east-west-gateway-open",
    severity="error",
    what="An east-west gateway is open for more than calls between networks, and machines on their way to istiod.",
    why="It stands in every network: what it leads on from another port is reached from all of them, whatever the "
    "security groups of the callee say.",
    example="east/istio-system/Gateway/more: server 1: leads db.example to orders-db.finance.svc.cluster.local",
    fix="Remove the server, or the VirtualService that is bound to it.",
)
KINDS = (CROSSING_WIDER_THAN_DECLARED, EAST_WEST_GATEWAY_OPEN)

_ANY_CALL = Call(Source(None), 1)
"""At a port that no gateway has."""
_STRANGE_NAME = "a-name-of-nobody.example"


def findings(context: Context) -> Iterator[Finding]:
    world = context.world
    needed = _needed(world, context.declared)
    observed = {host for workload in world.plan.environment.observed for host in names.hosts(workload)}
    for gateway in world.gateways:
        if gateway.network:
            yield from _of_gateway(world, gateway, needed.get(gateway.release.cluster, set()) | observed)


def _of_gateway(world: World, gateway: Gateway, needed: set[str]) -> Iterator[Finding]:
    mesh, proxy = world.meshes[gateway.release.cluster], gateway.instance.proxy
    decision = world.policies[mesh.cluster].applying_to(proxy.namespace, proxy.labels).decide(_ANY_CALL)
    if decision.outcome != "stops":
        text = f"{decision.by} lets everybody in at any port"
        yield Finding(CROSSING_WIDER_THAN_DECLARED, gateway.release.name, text)
    yield from _of_servers(world, gateway)
    for workload in world.workloads.values():
        for host in sorted(set(names.hosts(workload)) - needed):
            for port in workload.ports:
                step = gateways.crosses(mesh, world.registry, proxy, host, port.service)
                if step.outcome != "stops":
                    subject = f"{gateway.release.name} to {workload.name}:{port.number}"
                    yield Finding(CROSSING_WIDER_THAN_DECLARED, subject, step.text)


def _of_servers(world: World, gateway: Gateway) -> Iterator[Finding]:
    """One for calls between networks, and one by which machines reach an istiod; what is bound to it leads there."""
    mesh, proxy = world.meshes[gateway.release.cluster], gateway.instance.proxy
    istiods = {service for release in mesh.releases if release.chart == "istiod" for service in _names(release)}
    for server in gateway_servers.every(mesh, proxy):
        crosses = server.port == gateways.CROSS_NETWORK_PORT and server.mode == "AUTO_PASSTHROUGH"
        joins = server.port == ISTIOD_PORT and server.mode == "PASSTHROUGH"
        if not server.is_tls or not (crosses or joins):
            text = f"opens port {server.port} for {server.protocol} ({server.mode})"
            yield Finding(EAST_WEST_GATEWAY_OPEN, server.by, text)
        elif joins and (more := sorted(server.names - istiods)):
            yield Finding(EAST_WEST_GATEWAY_OPEN, server.by, f"passes {', '.join(more)} on, which is no istiod")
        for virtual_service in route_rules.of(mesh).at(server.gateway, proxy.namespace):
            for rule in (*virtual_service.http, *virtual_service.tls, *virtual_service.tcp):
                for share in (*rule.shares, *rule.mirrors):
                    if share.host.removesuffix(".cluster.local") not in istiods or share.port != ISTIOD_PORT:
                        text = f"leads {' and '.join(virtual_service.hosts)} to {share.host}:{share.port}"
                        yield Finding(EAST_WEST_GATEWAY_OPEN, rule.by, text)
    applied = world.policies[mesh.cluster].applying_to(proxy.namespace, proxy.labels)
    decision = applied.decide(Call(Source(None), ISTIOD_PORT, None, sni=_STRANGE_NAME))
    if decision.outcome != "stops":
        text = f"lets every server name in at port {ISTIOD_PORT} of {gateway.release.name}"
        yield Finding(EAST_WEST_GATEWAY_OPEN, decision.by, text)


def _names(release: Release) -> Iterator[str]:
    """As machines call an istiod."""
    if service := chart_services.service(release):
        yield f"{service.manifest['metadata']['name']}.{release.namespace}.svc"


def _needed(world: World, declared: Mapping[Pair, Allowance]) -> Mapping[str, set[str]]:
    """By cluster, the hosts that are called there from other networks."""
    by_gateway: dict[str, set[str]] = {}
    for allowance in declared.values():
        networks = _networks(world, allowance.caller)
        for cluster in allowance.callee.clusters:
            mesh = world.meshes.get(cluster.name)
            if mesh and networks - {mesh.settings.network}:
                by_gateway.setdefault(cluster.name, set()).update(names.hosts(allowance.callee))
    return by_gateway


def _networks(world: World, caller: str) -> set[str]:
    """The Istio networks in which a caller is."""
    gateway = world.ingress.get(caller) if caller.startswith(INGRESS) else None
    instances = (gateway.instance,) if gateway else world.callers.get(caller, ())
    return {instance.proxy.network for instance in instances}
