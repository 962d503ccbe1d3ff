"""Managed clusters, each with a real API server: what Azure fills in, and what comes and goes with one."""

import base64
import hashlib
import re
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Protocol

from mesh.lab.arm import identity, ids, regions
from mesh.lab.arm.containers import add_ons, agent_pools, cluster_networks, kubernetes_versions
from mesh.lab.arm.containers import managed_cluster_rules as rules
from mesh.lab.arm.containers.agent_pool_rules import ClusterContext
from mesh.lab.arm.defaults import filled
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.refusals import properties, properties_before, validation
from mesh.lab.arm.resource_types import Body, Changes, Resources, ResourceType, Write
from mesh.lab.processes import ServerFailed

CLUSTER_TYPE = "Microsoft.ContainerService/managedClusters"
CLUSTER_SECONDS = 1.0
REPLACED_WHEN_CHANGED = (
    *("diskEncryptionSetID", "dnsPrefix", "fqdnSubdomain", "linuxProfile", "nodeResourceGroup", "windowsProfile"),
    *("networkProfile.serviceCidr", "networkProfile.serviceCidrs", "networkProfile.dnsServiceIP"),
    *("networkProfile.networkMode", "networkProfile.networkPlugin", "networkProfile.networkPluginMode"),
    *("networkProfile.podCidr", "networkProfile.networkDataplane", "networkProfile.networkPolicy"),
    "networkProfile.outboundType",
)
_USER, _ADMINISTRATOR = "clusterUser", "clusterAdmin"
_NODE_GROUP_MAX = 80
_SERVERS_NAME = re.compile(r"[a-z0-9]([a-z0-9_-]{0,61}[a-z0-9])?")


class Servers(Protocol):
    """What stands behind a simulated cluster (mesh/lab/servers.py)."""

    def start(self, cluster: str, service_cidr: str) -> str:
        """Makes them run, whatever their state, and returns the kubeconfig."""

    def stop(self, cluster: str) -> None: ...

    def define(self, cluster: str, kinds: Sequence[Body]) -> None:
        """Gives a running cluster kinds, as CustomResourceDefinitions; those that it has already are kept."""


def managed_clusters(servers: Servers) -> ResourceType:
    def start(cluster: Body) -> str:
        with _refused_where_servers_fail():
            return servers.start(servers_name(cluster["id"]), cluster["properties"]["networkProfile"]["serviceCidr"])

    def stop(cluster: Body) -> None:
        with _refused_where_servers_fail():
            servers.stop(servers_name(cluster["id"]))

    def credentials(user: str) -> Callable[[Body, Body, Resources], Body]:
        def answer(cluster: Body, _request: Body, _resources: Resources) -> Body:
            _refuse_unless_ready(cluster)
            if user == _ADMINISTRATOR and cluster["properties"]["disableLocalAccounts"]:
                raise Rejection(
                    "BadRequest",
                    "Getting static credential is not allowed because this cluster is set to disable local accounts.",
                )
            return {"kubeconfigs": [{"name": user, "value": base64.b64encode(start(cluster).encode()).decode()}]}

        return answer

    def started(cluster: Body) -> None:
        start(cluster)
        with _refused_where_servers_fail():
            servers.define(servers_name(cluster["id"]), add_ons.kinds(cluster))

    return ResourceType(
        CLUSTER_TYPE,
        validate=validation(
            rules.name_refusals,
            rules.profile_refusals,
            rules.version_refusals,
            _node_group_refusals,
            rules.identity_refusals,
            rules.change_refusals,
            add_ons.refusals,
            _pool_refusals,
        ),
        completed=_completed,
        seconds=CLUSTER_SECONDS,
        actions={
            "listClusterUserCredential": credentials(_USER),
            "listClusterAdminCredential": credentials(_ADMINISTRATOR),
        },
        after_write=started,
        after_delete=stop,
        shown=_shown,
        consequences=_consequences,
        busy_code="OperationNotAllowed",
        replaced_when_changed=REPLACED_WHEN_CHANGED,
    )


@contextmanager
def _refused_where_servers_fail() -> Iterator[None]:
    """With what the server itself said last."""
    try:
        yield
    except ServerFailed as failed:
        raise Rejection("InternalServerError", str(failed), 500) from failed


def servers_name(cluster_id: str) -> str:
    """`group_name` where that is unmistakable and short enough, else the name with a hash of the id."""
    group, name = ids.name(ids.group_id(cluster_id) or "").lower(), ids.name(cluster_id).lower()
    plain = f"{group}_{name}"
    if "_" not in group and _SERVERS_NAME.fullmatch(plain):
        return plain
    return f"{name[:54]}-{_hash(cluster_id)}"


def _hash(cluster_id: str) -> str:
    return hashlib.sha256(ids.folded(cluster_id).encode()).hexdigest()[:8]


def _refuse_unless_ready(cluster: Body) -> None:
    if cluster["properties"]["provisioningState"] in ("Creating", "Deleting"):
        raise Rejection("ControlPlaneNotFound", f"The control plane of {cluster['name']} is not ready yet.", 404)


def _node_group_id(write: Write) -> str:
    group = ids.group_id(write.id) or ""
    location = regions.normalized(write.body["location"])
    default = f"MC_{ids.name(group)}_{write.name}_{location}"[:_NODE_GROUP_MAX]
    name = properties(write).get("nodeResourceGroup") or properties_before(write).get("nodeResourceGroup") or default
    return f"{ids.parent(group)}/resourceGroups/{name}"


def _node_group_refusals(write: Write) -> Iterator[Rejection]:
    yield from rules.node_group_refusals(write, _node_group_id(write))


def _network(write: Write) -> Body:
    sent = properties(write).get("networkProfile") or {}
    before: Body = properties_before(write).get("networkProfile") or {}
    # An update that leaves something out leaves it as it is; the load balancer's profile goes with its outbound type.
    if sent.get("outboundType", before.get("outboundType")) != before.get("outboundType"):
        before = {key: value for key, value in before.items() if key != "loadBalancerProfile"}
    return cluster_networks.completed(filled(sent, before), write.id, _node_group_id(write))


def _version(write: Write) -> str:
    """What is asked for, what runs, or AKS's default."""
    before = properties_before(write)
    return properties(write).get("kubernetesVersion") or before.get("kubernetesVersion") or kubernetes_versions.DEFAULT


def _running_version(write: Write) -> str:
    version = _version(write)
    return kubernetes_versions.resolved(version) or version


def _cluster_context(write: Write) -> ClusterContext:
    location = regions.normalized(write.body["location"])
    return ClusterContext(write.id, location, _running_version(write), _network(write), write.body.get("identity"))


def _pool_refusals(write: Write) -> Iterator[Rejection]:
    before = agent_pools.pools(write.id, write.resources)
    context = _cluster_context(write)
    yield from rules.pool_refusals(write, context.network, before, context)


def _completed(write: Write) -> Body:
    sent, before = properties(write), properties_before(write)
    location = regions.normalized(write.body["location"])
    node_group_id = _node_group_id(write)
    prefix = sent.get("dnsPrefix") or sent.get("fqdnSubdomain") or before.get("dnsPrefix")
    host = f"{prefix}-{_hash(write.id)}"
    pools = {pool["name"]: pool for pool in agent_pools.pools(write.id, write.resources)}
    context = _cluster_context(write)
    defaults: Body = {
        "kubernetesVersion": _version(write),
        "dnsPrefix": prefix,
        "enableRBAC": True,
        "supportPlan": "KubernetesOfficial",
        "servicePrincipalProfile": {"clientId": "msi"},
        "disableLocalAccounts": False,
        "autoUpgradeProfile": {"nodeOSUpgradeChannel": "NodeImage"},
        "securityProfile": {},
        "storageProfile": {
            driver: {"enabled": True} for driver in ("diskCSIDriver", "fileCSIDriver", "snapshotController")
        },
        "oidcIssuerProfile": {"enabled": bool((before.get("oidcIssuerProfile") or {}).get("enabled"))},
        "workloadAutoScalerProfile": {},
        "metricsProfile": {"costAnalysis": {"enabled": False}},
        "nodeProvisioningProfile": {"mode": "Manual", "defaultNodePools": "Auto"},
        "bootstrapProfile": {"artifactSource": "Direct"},
        "identityProfile": before.get("identityProfile")
        or {"kubeletidentity": _kubelet_identity(node_group_id, write.name)},
    }
    server = {
        "currentKubernetesVersion": context.version,
        "nodeResourceGroup": ids.name(node_group_id),
        "networkProfile": context.network,
        "agentPoolProfiles": [
            {"name": pool["name"]} | agent_pools.completed(pool, pools.get(pool["name"]), context)
            for pool in sent.get("agentPoolProfiles") or []
        ],
        "fqdn": f"{host}.hcp.{location}.azmk8s.io",
        "azurePortalFQDN": f"{host}.portal.hcp.{location}.azmk8s.io",
        "maxAgentPools": 100,
        "powerState": {"code": "Running"},
        "resourceUID": hashlib.sha256(f"{ids.folded(write.id)}/uid".encode()).hexdigest()[:24],
    }
    completed = filled(sent, defaults) | server
    if profiles := add_ons.completed(write, node_group_id):
        completed["addonProfiles"] = profiles
    if completed["oidcIssuerProfile"]["enabled"]:
        # The last part stands for the cluster, as in Azure.
        own = uuid.uuid5(uuid.NAMESPACE_URL, ids.folded(write.id))
        completed["oidcIssuerProfile"]["issuerURL"] = (
            f"https://{location}.oic.prod-aks.azure.com/{identity.TENANT}/{own}/"
        )
    if completed.get("aadProfile"):
        completed["aadProfile"] = {"tenantID": identity.TENANT} | completed["aadProfile"]
    kubelet = completed["identityProfile"]["kubeletidentity"]
    completed["identityProfile"]["kubeletidentity"] = _described(kubelet["resourceId"])
    block = identity.assigned(write.body.get("identity"), write.id)
    return (
        write.body
        | {
            "sku": filled(write.body.get("sku"), {"name": "Base", "tier": "Free"}),
            "kind": write.body.get("kind") or "Base",
        }
        | ({"identity": block} if block else {})
        | {"properties": completed}
    )


def _kubelet_identity(node_group_id: str, name: str) -> Body:
    return {"resourceId": f"{node_group_id}/providers/{identity.IDENTITY_TYPE}/{name}-agentpool"}


def _described(identity_id: str) -> Body:
    return {
        "resourceId": identity_id,
        "clientId": identity.client_id(identity_id),
        "objectId": identity.principal_id(identity_id),
    }


def _shown(cluster: Body, resources: Resources) -> Body:
    """Pools that were added or changed by themselves are in the profile, too."""
    pools = agent_pools.pools(cluster["id"], resources)
    return cluster | {"properties": cluster["properties"] | {"agentPoolProfiles": pools}}


def _consequences(before: Body | None, after: Body | None, _resources: Resources) -> Changes:
    """Its pools by themselves, and the node resource group with what AKS puts there."""
    cluster = after or before
    if cluster is None:
        return {}
    group = ids.group_id(cluster["id"]) or ""
    node_group_id = f"{ids.parent(group)}/resourceGroups/{cluster['properties']['nodeResourceGroup']}"
    if after is None:
        return {node_group_id: None}
    location = cluster["location"]
    changes: dict[str, Body | None] = {
        agent_pools.pool_id(cluster["id"], pool["name"]): {
            "properties": {key: value for key, value in pool.items() if key != "name"}
        }
        for pool in cluster["properties"]["agentPoolProfiles"]
    }
    if before is None:
        changes[node_group_id] = {"location": location, "managedBy": cluster["id"], "properties": {}}
        kubelet_id = cluster["properties"]["identityProfile"]["kubeletidentity"]["resourceId"]
        if ids.folded(kubelet_id).startswith(ids.folded(node_group_id) + "/"):
            changes[kubelet_id] = {
                "location": location,
                "properties": {
                    "tenantId": identity.TENANT,
                    "principalId": identity.principal_id(kubelet_id),
                    "clientId": identity.client_id(kubelet_id),
                },
            }
    return changes
