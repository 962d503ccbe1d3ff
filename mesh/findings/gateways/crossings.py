"""East-west gateways that carry more than the routes between networks."""

from collections.abc import Iterator, Mapping

from mesh import names
from mesh.access.declared import Allowance, Pair
from mesh.access.istio import gateways
from mesh.access.istio.authorization import Call, Source
from mesh.access.world import INGRESS, Gateway, World
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind

CROSSING_WIDER_THAN_DECLARED = Kind(
    code="crossing-wider-than-declared",
    severity="error",
    what="An east-west gateway carries calls from other networks to a workload that has no caller there.",
    why="Then only the callee's policy keeps callers in the other networks from it.",
    example="west/release/istio-eastwestgateway to ledger:9000: west/istio-system/Gateway/cross-network lets "
    "ledger.finance.svc.cluster.local through",
    fix="List only the hosts in its Gateway that are called from other networks.",
)
KINDS = (CROSSING_WIDER_THAN_DECLARED,)

_ANY_CALL = Call(Source(None), 1)
"""At a port that no gateway has."""


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
    for workload in world.workloads.values():
        for host in sorted(set(names.hosts(workload)) - needed):
            for port in workload.ports:
                step = gateways.crosses(mesh, world.registry, proxy, host, port.number)
                if step.outcome != "stops":
                    subject = f"{gateway.release.name} to {workload.name}:{port.number}"
                    yield Finding(CROSSING_WIDER_THAN_DECLARED, subject, step.text)


def _needed(world: World, declared: Mapping[Pair, Allowance]) -> Mapping[str, set[str]]:
    """By cluster, the hosts that are called there from other networks."""
    found: dict[str, set[str]] = {}
    for allowance in declared.values():
        networks = _networks(world, allowance.caller)
        for cluster in allowance.callee.clusters:
            mesh = world.meshes.get(cluster.name)
            if mesh and networks - {mesh.settings.network}:
                found.setdefault(cluster.name, set()).update(names.hosts(allowance.callee))
    return found


def _networks(world: World, caller: str) -> set[str]:
    """The Istio networks in which a caller is."""
    gateway = world.ingress.get(caller) if caller.startswith(INGRESS) else None
    instances = (gateway.instance,) if gateway else world.callers.get(caller, ())
    return {instance.proxy.network for instance in instances}
