"""What fails with one machine, one node, one datacenter, one cluster or one gateway."""

from collections.abc import Iterator, Mapping
from typing import Any

from mesh.access.declared import Allowance, Pair
from mesh.access.world import INGRESS, World
from mesh.findings import catalogue as kinds
from mesh.findings.finding import Finding
from mesh.model import Workload
from mesh.plan import Plan

_FEWEST_NODES = 2


def findings(world: World, declared: Mapping[Pair, Allowance]) -> Iterator[Finding]:
    called = {allowance.callee.name for allowance in declared.values()}
    for name in sorted(called):
        yield from _of_callee(world.workloads[name])
    gateways: dict[str, list[str]] = {}
    for allowance in declared.values():
        if allowance.caller.startswith(INGRESS):
            gateways.setdefault(allowance.callee.name, []).append(allowance.caller)
    for callee, callers in gateways.items():
        if len(callers) == 1:
            yield Finding(kinds.SINGLE_GATEWAY, callee, f"clients reach it by {callers[0]} only")
    yield from _pools(world.plan)


def _of_callee(callee: Workload) -> Iterator[Finding]:
    machines = sum((machine.created and machine.created.instances) or 1 for machine in callee.machines)
    if not callee.clusters and machines == 1:
        yield Finding(kinds.SINGLE_MACHINE, callee.name, f"it runs on machine {callee.machines[0].name} only")
    elif len(callee.clusters) == 1 and not machines:
        yield Finding(kinds.SINGLE_CLUSTER, callee.name, f"it runs in cluster {callee.clusters[0].name} only")


def _pools(plan: Plan) -> Iterator[Finding]:
    for resource in plan.azure:
        if resource.token.endswith(":containerservice:ManagedCluster"):
            for profile in resource.properties["agentPoolProfiles"]:
                yield from _of_pool(f"{resource.name}, pool {profile['name']}", profile)
        elif resource.token.endswith(":containerservice:AgentPool"):
            cluster, name = resource.properties["resourceName"], resource.properties["agentPoolName"]
            yield from _of_pool(f"cluster/{cluster}, pool {name}", resource.properties)


def _of_pool(name: str, pool: Mapping[str, Any]) -> Iterator[Finding]:
    fewest = pool["minCount"] if pool.get("enableAutoScaling") else pool["count"]
    if 0 < fewest < _FEWEST_NODES:
        yield Finding(kinds.SINGLE_NODE, name, f"it has {fewest} node at times")
    if len(pool.get("availabilityZones") or ()) < _FEWEST_NODES:
        yield Finding(kinds.SINGLE_ZONE, name, "its nodes are where Azure puts them")
