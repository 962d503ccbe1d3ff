"""The node pools of managed clusters, with what Azure fills in."""

from collections.abc import Iterator

from mesh.lab.arm import ids, regions
from mesh.lab.arm.containers import agent_pool_rules, cluster_subnets, kubernetes_versions
from mesh.lab.arm.containers.agent_pool_rules import ClusterContext
from mesh.lab.arm.defaults import filled
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.refusals import properties, properties_before, validation
from mesh.lab.arm.resource_types import Body, Resources, ResourceType, Write

POOL_TYPE = "Microsoft.ContainerService/managedClusters/agentPools"
POOL_SECONDS = 0.5


def pool_id(cluster_id: str, name: str) -> str:
    return f"{cluster_id}/agentPools/{name}"


def pools(cluster_id: str, resources: Resources) -> list[Body]:
    """The pools of a cluster as its profile lists them, those it was created with first."""
    pools_ = [pool["properties"] | {"name": pool["name"]} for pool in resources.of_type(POOL_TYPE, cluster_id)]
    return sorted(pools_, key=lambda pool: (pool["mode"] != "System", pool["name"]))


def cluster_context(cluster: Body) -> ClusterContext:
    cluster_properties = cluster["properties"]
    return ClusterContext(
        cluster_id=cluster["id"],
        location=regions.normalized(cluster["location"]),
        version=cluster_properties["currentKubernetesVersion"],
        network=cluster_properties["networkProfile"],
        identity=cluster.get("identity"),
    )


def completed(pool: Body, before: Body | None, context: ClusterContext) -> Body:
    """A pool's properties as Azure stores them."""
    wanted = pool.get("orchestratorVersion") or (before or {}).get("orchestratorVersion") or context.version
    scales = bool(pool.get("enableAutoScaling"))
    count = pool.get("count")
    if count is None:
        count = (before or {}).get("count") or (pool["minCount"] if scales else 1)
    defaults: Body = {
        "count": count,
        "osDiskSizeGB": 128,
        "osDiskType": "Managed",
        "kubeletDiskType": "OS",
        "maxPods": _default_max_pods(context.network),
        "type": "VirtualMachineScaleSets",
        "enableAutoScaling": False,
        "scaleDownMode": "Delete",
        "powerState": {"code": "Running"},
        "orchestratorVersion": wanted,
        "enableNodePublicIP": False,
        "mode": "User",
        "osType": "Linux",
        "osSKU": "Windows2022" if pool.get("osType") == "Windows" else "Ubuntu",
        "enableEncryptionAtHost": False,
        "enableUltraSSD": False,
        "enableFIPS": False,
        "upgradeSettings": {"maxSurge": "10%", "maxUnavailable": "0"},
        "securityProfile": {"enableVTPM": False, "enableSecureBoot": False},
    }
    server = {
        "currentOrchestratorVersion": kubernetes_versions.resolved(wanted),
        "nodeImageVersion": "AKSUbuntu-2204gen2containerd-202611.03.0",
        "provisioningState": "Succeeded",
    }
    return {key: value for key, value in filled(pool, defaults).items() if key != "name"} | server


def _default_max_pods(network: Body) -> int:
    if network.get("networkPlugin") == "azure":
        return 250 if network.get("networkPluginMode") == "overlay" else 30
    return 110


def _pool_refusals(write: Write) -> Iterator[Rejection]:
    cluster = write.resources.get(ids.parent(write.id))
    if cluster is None:
        return  # The core has refused already: the parent must exist.
    context = cluster_context(cluster)
    pool = properties(write) | {"name": write.name}
    before = properties_before(write) or None
    if cluster["properties"]["provisioningState"] in ("Creating", "Updating"):
        yield Rejection(
            "OperationNotAllowed",
            "Operation is not allowed because there's an in progress operation on the managed cluster.",
            409,
            retry_after=1,
        )
    yield from agent_pool_rules.refusals(pool, before, context)
    others = [other for other in pools(context.cluster_id, write.resources) if other["name"] != write.name]
    if pool.get("mode") != "System" and not any(other["mode"] == "System" for other in others):
        yield _without_system_pool()
    yield from cluster_subnets.refusals(
        [*others, pool], context.cluster_id, context.location, context.network, context.identity, write.resources
    )


def _without_system_pool() -> Rejection:
    return Rejection(
        "MustDefineAtLeastOneSystemPool",
        "There has to be at least one system agent pool.",
        target="agentPoolProfile.mode",
    )


def _refuse_to_delete_the_last_system_pool(pool: Body, resources: Resources) -> None:
    others = [other for other in pools(ids.parent(pool["id"]), resources) if other["name"] != pool["name"]]
    if not any(other["mode"] == "System" for other in others):
        raise _without_system_pool()


def _completed_pool(write: Write) -> Body:
    cluster = write.resources.get(ids.parent(write.id))
    if cluster is None:
        raise LookupError(f"{write.id} has no cluster")
    return {"properties": completed(properties(write), properties_before(write) or None, cluster_context(cluster))}


TYPES = (
    ResourceType(
        POOL_TYPE,
        validate=validation(_pool_refusals),
        completed=_completed_pool,
        validate_delete=_refuse_to_delete_the_last_system_pool,
        seconds=POOL_SECONDS,
        location="none",
        busy_code="OperationNotAllowed",
        replaced_when_changed=("gpuInstanceProfile", "vmSize", "vnetSubnetID", "osType"),
    ),
)
