"""Single points of failure: one machine, node, datacenter, cluster or gateway."""

from collections.abc import Iterator, Mapping
from typing import Any

from mesh.access.world import INGRESS
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.model import Workload
from mesh.plan import Plan

SINGLE_MACHINE = Kind(
    code="single-machine",
    severity="warning",
    what="A workload that others call runs on one machine only.",
    why="When the machine is patched or fails, every call to it fails.",
    example="ledger: it runs on machine ledger-0 only",
    fix="Run it on a second machine, in another zone, or in a cluster too.",
)
SINGLE_NODE = Kind(
    code="single-node",
    severity="warning",
    what="A pool of nodes may shrink to one node.",
    why="When that node is upgraded or fails, everything on the pool stops.",
    example="cluster/east, pool apps: it has 1 node at times",
    fix="Let the pool have two nodes at least, three for the system pool.",
)
SINGLE_ZONE = Kind(
    code="single-zone",
    severity="note",
    what="The nodes of a pool are not spread over availability zones.",
    why="When a datacenter of the region fails, the whole pool may fail with it.",
    example="cluster/east, pool apps: its nodes are where Azure puts them",
    fix="List zones for the pool, where the region has them.",
)
SINGLE_CLUSTER = Kind(
    code="single-cluster",
    severity="note",
    what="A workload that others call runs in one cluster only.",
    why="While that cluster is upgraded or down, every call to it fails.",
    example="orders: it runs in cluster east only",
    fix="Run it in a second cluster, if it must not fail with the first.",
)
SINGLE_GATEWAY = Kind(
    code="single-gateway",
    severity="note",
    what="Clients from outside reach a workload by one gateway only.",
    why="When the cluster of that gateway is down, they no longer reach it.",
    example="storefront: clients reach it by ingress/public only",
    fix="Declare a gateway on a second cluster, and have DNS or a front door choose.",
)
KINDS = (SINGLE_MACHINE, SINGLE_NODE, SINGLE_ZONE, SINGLE_CLUSTER, SINGLE_GATEWAY)

_FEWEST_NODES = 2


def findings(context: Context) -> Iterator[Finding]:
    for name in sorted({allowance.callee.name for allowance in context.declared.values()}):
        yield from _of_callee(context.world.workloads[name])
    gateways: dict[str, list[str]] = {}
    for allowance in context.declared.values():
        if allowance.caller.startswith(INGRESS):
            gateways.setdefault(allowance.callee.name, []).append(allowance.caller)
    for callee, callers in gateways.items():
        if len(callers) == 1:
            yield Finding(SINGLE_GATEWAY, callee, f"clients reach it by {callers[0]} only")
    yield from _pools(context.plan)


def _of_callee(callee: Workload) -> Iterator[Finding]:
    machines = sum((machine.created and machine.created.instances) or 1 for machine in callee.machines)
    if not callee.clusters and machines == 1:
        yield Finding(SINGLE_MACHINE, callee.name, f"it runs on machine {callee.machines[0].name} only")
    elif len(callee.clusters) == 1 and not machines:
        yield Finding(SINGLE_CLUSTER, callee.name, f"it runs in cluster {callee.clusters[0].name} only")


def _pools(plan: Plan) -> Iterator[Finding]:
    for resource in plan.azure:
        if resource.existing:
            continue  # its pools are its owner's, and not known
        if resource.token.endswith(":containerservice:ManagedCluster"):
            for profile in resource.properties["agentPoolProfiles"]:
                yield from _of_pool(f"{resource.name}, pool {profile['name']}", profile)
        elif resource.token.endswith(":containerservice:AgentPool"):
            cluster, name = resource.properties["resourceName"], resource.properties["agentPoolName"]
            yield from _of_pool(f"cluster/{cluster}, pool {name}", resource.properties)


def _of_pool(name: str, pool: Mapping[str, Any]) -> Iterator[Finding]:
    fewest = pool["minCount"] if pool.get("enableAutoScaling") else pool["count"]
    if 0 < fewest < _FEWEST_NODES:
        yield Finding(SINGLE_NODE, name, f"it has {fewest} node at times")
    if len(pool.get("availabilityZones") or ()) < _FEWEST_NODES:
        yield Finding(SINGLE_ZONE, name, "its nodes are where Azure puts them")
