"""Clusters, as AKS: identity and its rights, the managed cluster, its pools, the public IPs of its ingress gateways."""

from collections.abc import Iterator
from typing import Any

from mesh import names
from mesh.model import Cluster, Environment, Existing, Network, Pool, SubnetRole
from mesh.plan.resources import AzureResource, Output
from mesh.render import azure, key_vault
from mesh.render.network import standard_static_address, subnet_id

SYSTEM_POOL = "system"
_ENGINE = ("networkProfile.networkDataplane", "networkProfile.networkPolicy")
"""AKS changes these in place, but the azure-native plugin would replace the cluster (docs/adr/0026)."""


def resources(environment: Environment) -> tuple[AzureResource, ...]:
    return tuple(item for cluster in environment.clusters for item in _cluster(environment, cluster))


def _cluster(environment: Environment, cluster: Cluster) -> Iterator[AzureResource]:
    component = f"cluster/{cluster.name}"
    if cluster.existing:
        yield _fact(environment, cluster, cluster.existing)
        return
    envelope = azure.tracked(environment, cluster.network.location)
    identity = azure.resource(
        environment,
        "managedidentity:UserAssignedIdentity",
        f"identity/{names.cluster_identity(cluster)}",
        component,
        {"resourceName": names.cluster_identity(cluster)},
        envelope,
    )
    addresses = [
        azure.resource(
            environment,
            "network:PublicIPAddress",
            f"public-ip/{names.ingress_public_ip(cluster, gateway)}",
            component,
            {"publicIpAddressName": names.ingress_public_ip(cluster, gateway)},
            {**envelope, **standard_static_address()},
        )
        for gateway in cluster.ingress
        if gateway.address is None
    ]
    # AKS joins its nodes and load balancers to what is ours by this right, and needs it before the cluster exists.
    roles: tuple[SubnetRole, ...] = ("nodes", "gateways")
    scopes = {str(role): subnet_id(environment, cluster.network, role) for role in roles}
    scopes |= {address.name: address.id for address in addresses}
    roles_of = dict.fromkeys(scopes, azure.NETWORK_CONTRIBUTOR)
    if cluster.private and isinstance(cluster.private.zone, Existing):
        zone = cluster.private.zone
        scopes["api-zone"] = _zone_id(zone)
        roles_of["api-zone"] = azure.PRIVATE_DNS_ZONE_CONTRIBUTOR
    rights = [
        azure.role_assignment(
            environment,
            identity.name,
            component,
            roles_of[suffix],
            scope,
            suffix,
        )
        for suffix, scope in scopes.items()
    ]
    managed = azure.resource(
        environment,
        "containerservice:ManagedCluster",
        f"cluster/{cluster.name}",
        component,
        {"resourceName": cluster.name},
        {**envelope, **_managed_cluster(environment, cluster, identity.id)},
        depends_on=tuple(right.name for right in rights),
        protect=environment.protect,
        ignore_changes=(
            *_scaled_by_azure(_system(cluster), "agentPoolProfiles[0].count"),
            # AKS lists the user pools here as well; they are resources of their own.
            *(f"agentPoolProfiles[{position}]" for position, _ in enumerate(cluster.user_pools, start=1)),
            *_ENGINE,
        ),
    )
    yield from (identity, *addresses, *rights, managed)
    for pool in cluster.user_pools:
        yield azure.resource(
            environment,
            "containerservice:AgentPool",
            f"pool/{cluster.name}/{pool.name}",
            component,
            {"resourceName": cluster.name, "agentPoolName": pool.name},
            {**_pool(environment, cluster, pool), "mode": "User"},
            ignore_changes=_scaled_by_azure(pool, "count"),
        )


def _system(cluster: Cluster) -> Pool:
    assert cluster.system_pool is not None, "only a cluster of others has no declared pools"
    return cluster.system_pool


def _fact(environment: Environment, cluster: Cluster, existing: Existing) -> AzureResource:
    """A cluster of others, as far as it is declared: the judge reads it, and deploy compares it with what is there."""
    properties = {
        "agentPoolProfiles": [{"name": "nodes", "vnetSubnetID": subnet_id(environment, cluster.network, "nodes")}],
        "networkProfile": {
            "networkPlugin": "azure",
            "networkPluginMode": "overlay",
            "podCidr": str(cluster.pod_cidr),
            "serviceCidr": str(cluster.service_cidr),
            "outboundType": _outbound(cluster.network),
            **_network_policy(cluster),
        },
        **_private_api(cluster),
        **key_vault.add_on(environment, cluster),
    }
    name = f"cluster/{cluster.name}"
    path = {"resourceName": existing.name}
    return azure.fact("containerservice:ManagedCluster", name, name, existing, path, properties)


def _private_api(cluster: Cluster) -> dict[str, Any]:
    if cluster.private is None:
        return {}
    zone = cluster.private.zone
    known = _zone_id(zone) if isinstance(zone, Existing) else zone
    public = {"enablePrivateClusterPublicFQDN": zone == "none"}
    return {"apiServerAccessProfile": {"enablePrivateCluster": True, "privateDNSZone": known, **public}}


def _zone_id(zone: Existing) -> str:
    return azure.id_of(zone, "privatedns:PrivateZone", privateZoneName=zone.name)


def _managed_cluster(environment: Environment, cluster: Cluster, identity: str) -> dict[str, Any]:
    system = {
        "name": SYSTEM_POOL,
        **_pool(environment, cluster, _system(cluster)),
        "mode": "System",
    }
    return {
        "identity": {"type": "UserAssigned", "userAssignedIdentities": [identity]},
        "sku": {"name": "Base", "tier": "Standard"},
        "dnsPrefix": names.dns_prefix(environment.name, cluster),
        "kubernetesVersion": cluster.kubernetes,
        "nodeResourceGroup": names.node_resource_group(environment.name, cluster),
        "agentPoolProfiles": [system],
        "networkProfile": {
            "networkPlugin": "azure",
            "networkPluginMode": "overlay",
            "podCidr": str(cluster.pod_cidr),
            "serviceCidr": str(cluster.service_cidr),
            "dnsServiceIP": str(cluster.dns_address),
            "loadBalancerSku": "standard",
            "outboundType": _outbound(cluster.network),
            **_network_policy(cluster),
        },
        "enableRBAC": True,
        "disableLocalAccounts": True,
        "aadProfile": {"managed": True, "enableAzureRBAC": True},
        "oidcIssuerProfile": {"enabled": True},
        "securityProfile": {"workloadIdentity": {"enabled": True}},
        **key_vault.add_on(environment, cluster),
        **_private_api(cluster),
        **({"apiServerAccessProfile": _api_access(environment, cluster)} if cluster.api_allow_from else {}),
    }


def _outbound(network: Network) -> str:
    if network.firewall:
        return "userDefinedRouting"
    return "userAssignedNATGateway" if network.nat else "loadBalancer"


def _network_policy(cluster: Cluster) -> dict[str, str]:
    """Cilium's policies need its data plane too."""
    if cluster.network_policy is None:
        return {}
    dataplane = "cilium" if cluster.network_policy == "cilium" else "azure"
    return {"networkDataplane": dataplane, "networkPolicy": cluster.network_policy}


def _api_access(environment: Environment, cluster: Cluster) -> dict[str, Any]:
    """Declared ranges and our own outbound addresses: of nodes, of other clusters' istiods, of machines that join."""
    networks = {other.network.name: other.network for other in environment.clusters}
    networks |= {
        machine.network.name: machine.network
        for machine in environment.machines_with_sidecar
        if machine.joins == cluster
    }
    ways_out = [network for _, network in sorted(networks.items()) if network.nat]
    own = [Output(f"public-ip/{names.nat_gateway(network)}", "ipAddress") for network in ways_out]
    firewalls = {network.firewall for network in networks.values() if network.firewall}
    public = sorted({address for firewall in firewalls for address in firewall.public})
    named = [*(str(block) for block in cluster.api_allow_from), *(f"{address}/32" for address in public)]
    return {"authorizedIPRanges": [*named, *own]}


def _pool(environment: Environment, cluster: Cluster, pool: Pool) -> dict[str, Any]:
    scales = pool.maximum > pool.minimum
    return {
        "vmSize": pool.size,
        "osType": "Linux",
        "type": "VirtualMachineScaleSets",
        "orchestratorVersion": pool.kubernetes,
        "vnetSubnetID": subnet_id(environment, cluster.network, "nodes"),
        "count": pool.minimum,
        **(
            {
                "enableAutoScaling": True,
                "minCount": pool.minimum,
                "maxCount": pool.maximum,
            }
            if scales
            else {}
        ),
        **({"availabilityZones": list(pool.zones)} if pool.zones else {}),
    }


def _scaled_by_azure(pool: Pool, path: str) -> tuple[str, ...]:
    """The autoscaler owns the count of a pool that scales; nobody else's change of it is a drift or an update."""
    return (path,) if pool.maximum > pool.minimum else ()
