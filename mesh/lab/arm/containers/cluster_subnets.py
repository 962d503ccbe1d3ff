"""What Azure refuses of the subnets that a cluster's pools are put into, and of their way out."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from mesh.lab.arm import authorization, identity, ids, regions
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.resource_types import Body, Resources

SUBNET_TYPE = "Microsoft.Network/virtualNetworks/subnets"
_POOL_TYPE = "Microsoft.ContainerService/managedClusters/agentPools"

# Codes: AKS's own list, see agent_pool_rules; messages from support articles where there are:
# SubnetIsDelegated, SubnetIsFull, LinkedAuthorizationFailed.
RESERVED_IN_A_SUBNET = 5
NODE_LABEL_MAX = 63
_DELEGATION = "Microsoft.ContainerService/managedClusters"
_ROUTES_BY_APPLIANCE = ("VirtualAppliance", "VirtualNetworkGateway")


@dataclass(frozen=True)
class Subnet:
    id: str
    properties: Body
    cidrs: tuple[IPv4Network, ...]

    @property
    def network_id(self) -> str:
        return ids.parent(self.id)


def subnet(body: Body) -> Subnet:
    properties = body["properties"]
    prefixes = properties.get("addressPrefixes") or [properties.get("addressPrefix")]
    return Subnet(body["id"], properties, tuple(IPv4Network(prefix) for prefix in prefixes if prefix and "." in prefix))


def beside(subnet_id: str, resources: Resources) -> list[Subnet]:
    """Every subnet of the same VNet, itself among them."""
    return [subnet(body) for body in resources.of_type(SUBNET_TYPE, ids.parent(subnet_id))]


def refusals(
    pools: list[Body],
    cluster_id: str,
    location: str,
    network: Body,
    cluster_identity: Body | None,
    resources: Resources,
) -> Iterator[Rejection]:
    """All pools of the cluster, as they are to be."""
    wanted = sorted({pool["vnetSubnetID"] for pool in pools if pool.get("vnetSubnetID")}, key=str.lower)
    yield from _outbound_refusals(bool(wanted), network)
    if not wanted:
        return
    if not all(pool.get("vnetSubnetID") for pool in pools):
        yield Rejection(
            "AgentPoolsWithEmptySubnetError",
            "Either all agent pools have a vnetSubnetID or none has.",
            target="agentPoolProfile",
        )
    for subnet_id in wanted:
        body = resources.get(subnet_id)
        if body is None:
            yield _missing(subnet_id)
            return
        yield from _subnet_refusals(subnet(body), location, resources)
    if len({ids.folded(ids.parent(subnet_id)) for subnet_id in wanted}) > 1:
        yield _invalid("vnetSubnetID", "all subnets of a cluster's pools must belong to the same virtual network")
    for joined in (subnet(body) for subnet_id in wanted if (body := resources.get(subnet_id))):
        yield from _size_refusals(joined, pools, cluster_id, network, resources)
        yield from _way_out_refusals(joined, network, resources)
        yield from _identity_refusals(joined, cluster_id, network, cluster_identity, resources)


def nodes_at_most(pool: Body) -> int:
    """With those that an upgrade adds for a while: maxSurge is a number or a share, 10% where nothing is said."""
    count = int((pool.get("maxCount") if pool.get("enableAutoScaling") else pool.get("count", 1)) or 0)
    surge = str((pool.get("upgradeSettings") or {}).get("maxSurge") or "10%")
    return count + (math.ceil(count * int(surge[:-1]) / 100) if surge.endswith("%") else int(surge))


def _invalid(field: str, why: str) -> Rejection:
    target = f"agentPoolProfile.{field}"
    return Rejection(
        "InvalidParameter", f"The value of parameter {target} is invalid. Error details: {why}.", target=target
    )


def _missing(subnet_id: str) -> Rejection:
    return Rejection(
        "SubnetNotFound",
        f"The subnet '{subnet_id}' could not be found in its virtual network.",
        404,
        target="agentPoolProfile.vnetSubnetID",
    )


def _subnet_refusals(found: Subnet, location: str, resources: Resources) -> Iterator[Rejection]:
    network_body = resources.get(found.network_id)
    if network_body and regions.normalized(network_body["location"]) != location:
        yield _invalid(
            "vnetSubnetID", f"the virtual network is in {network_body['location']}, the cluster in {location}"
        )
    # Documented for Azure CNI: the names become labels of the nodes.
    group = ids.group_id(found.id) or ""
    for name in (ids.name(found.id), ids.name(found.network_id), ids.name(group)):
        if len(name) > NODE_LABEL_MAX:
            yield _invalid(
                "vnetSubnetID",
                f"the names of the subnet, its virtual network and their resource group must be {NODE_LABEL_MAX} "
                f"characters or less; '{name}' has {len(name)}",
            )
    services = [delegation["properties"]["serviceName"] for delegation in found.properties.get("delegations") or []]
    if any(service.lower() != _DELEGATION.lower() for service in services):
        yield Rejection(
            "SubnetIsDelegated",
            f"AgentPoolProfile subnet with id {found.id} cannot be used as it's a delegated subnet. "
            "Please check https://aka.ms/adv-network-prerequest for more details.",
            target="agentPoolProfile.vnetSubnetID",
        )
    if len(found.cidrs) > 1:
        yield Rejection(
            "MultipleAddressPrefixesSubnetNotSupported",
            f"Subnet {found.id} has several address prefixes, which is not supported.",
            target="agentPoolProfile.vnetSubnetID",
        )


def _addresses_needed(pool: Body, network: Body) -> int:
    """Overlay takes an address a node; without it Azure CNI takes one for every pod that may run there, too."""
    is_flat = network.get("networkPlugin") == "azure" and network.get("networkPluginMode") != "overlay"
    pods = pool.get("maxPods") or 30
    return nodes_at_most(pool) * (1 + pods if is_flat and not pool.get("podSubnetID") else 1)


def _size_refusals(
    found: Subnet, pools: list[Body], cluster_id: str, network: Body, resources: Resources
) -> Iterator[Rejection]:
    own = [pool for pool in pools if ids.folded(pool.get("vnetSubnetID", "")) == ids.folded(found.id)]
    needed = sum(_addresses_needed(pool, network) for pool in own)
    size = sum(cidr.num_addresses - RESERVED_IN_A_SUBNET for cidr in found.cidrs)
    if needed > size:
        yield Rejection(
            "InsufficientSubnetSize",
            f"Pre-allocated IPs {needed} exceeds IPs available {size} in Subnet Cidr {found.cidrs[0]}, Subnet Name "
            f"{ids.name(found.id)}. http://aka.ms/aks/insufficientsubnetsize",
            target="networkProfile.serviceCIDR",
        )
    taken = 0
    for other in resources.referring_to(found.id, _POOL_TYPE):
        cluster = resources.get(ids.parent(other["id"]))
        if cluster and ids.folded(cluster["id"]) != ids.folded(cluster_id):
            taken += _addresses_needed(other["properties"], cluster["properties"]["networkProfile"])
    if needed + taken > size:
        yield Rejection(
            "SubnetIsFull",
            f"Subnet {ids.name(found.id)} with address prefix {found.cidrs[0]} does not have enough capacity for "
            f"{needed} IP addresses.",
        )


def _outbound_refusals(has_own_network: bool, network: Body) -> Iterator[Rejection]:
    outbound, target = network.get("outboundType", "loadBalancer"), "networkProfile.outboundType"
    if has_own_network and outbound == "managedNATGateway":
        yield Rejection(
            "ManagedNATGatewayWithCustomVNetNotAllowed",
            "Outbound type managedNATGateway cannot be used with a custom virtual network.",
            target=target,
        )
    if not has_own_network and outbound == "userAssignedNATGateway":
        yield Rejection(
            "UserAssignedNATGatewayWithManagedVNetNotAllowed",
            "Outbound type userAssignedNATGateway needs agent pools in a virtual network of your own.",
            target=target,
        )
    if not has_own_network and outbound == "userDefinedRouting":
        yield Rejection(
            "ExistingRouteTableNotAssociatedWithSubnet",
            "Outbound type userDefinedRouting needs agent pools in a subnet that has a route table.",
            target=target,
        )


def _way_out_refusals(found: Subnet, network: Body, resources: Resources) -> Iterator[Rejection]:
    outbound = network.get("outboundType", "loadBalancer")
    if outbound == "userAssignedNATGateway":
        yield from _nat_refusals(found, resources)
    if outbound == "userDefinedRouting":
        yield from _route_refusals(found, resources)


def _nat_refusals(found: Subnet, resources: Resources) -> Iterator[Rejection]:
    nat_id = (found.properties.get("natGateway") or {}).get("id")
    nat = resources.get(nat_id) if nat_id else None
    if nat is None:
        yield Rejection(
            "SubnetNotAssociatedWithNATGateway",
            f"Subnet {found.id} is not associated with a NAT gateway.",
            target="networkProfile.outboundType",
        )
    elif not any(nat["properties"].get(key) for key in ("publicIpAddresses", "publicIpPrefixes")):
        yield Rejection(
            "NATGatewayNotAssociatedWithPublicIPOrIPPrefix",
            f"NAT gateway {nat_id} is not associated with any public IP or IP prefix.",
            target="networkProfile.outboundType",
        )


def _route_refusals(found: Subnet, resources: Resources) -> Iterator[Rejection]:
    target = "networkProfile.outboundType"
    table_id = (found.properties.get("routeTable") or {}).get("id")
    if not table_id or resources.get(table_id) is None:
        yield Rejection(
            "ExistingRouteTableNotAssociatedWithSubnet", f"Subnet {found.id} has no route table.", target=target
        )
        return
    routes = resources.of_type("Microsoft.Network/routeTables/routes", table_id)
    default = [route["properties"] for route in routes if route["properties"]["addressPrefix"] == "0.0.0.0/0"]
    if not default:
        yield Rejection(
            "RouteTableMissingDefaultRouteError", f"Route table {table_id} has no route for 0.0.0.0/0.", target=target
        )
    elif default[0]["nextHopType"] not in _ROUTES_BY_APPLIANCE:
        yield Rejection(
            "RouteTableInvalidNextHop",
            f"The route for 0.0.0.0/0 in {table_id} must lead to one of {', '.join(_ROUTES_BY_APPLIANCE)}.",
            target=target,
        )


def _identity_refusals(
    found: Subnet, cluster_id: str, network: Body, cluster_identity: Body | None, resources: Resources
) -> Iterator[Rejection]:
    table = found.properties.get("routeTable")
    writes_routes = network.get("networkPlugin") == "kubenet" or network.get("outboundType") == "userDefinedRouting"
    if "SystemAssigned" in (cluster_identity or {}).get("type", "") and table and writes_routes:
        yield Rejection(
            "CustomRouteTableWithUnsupportedMSIType",
            "Clusters using managed identity type SystemAssigned do not support bringing your own route table. "
            "Please see https://aka.ms/aks/customrt for more information.",
        )
    for identity_id in identity.user_assigned_ids(cluster_identity):
        principal = identity.principal_id(identity_id)
        if not authorization.may(principal, authorization.NETWORK_ROLES, found.id, resources):
            yield _may_not_join(principal, identity_id, cluster_id, found.id)
        may_write_routes = not table or authorization.may(
            principal, authorization.NETWORK_ROLES, table["id"], resources
        )
        if network.get("networkPlugin") == "kubenet" and not may_write_routes:
            yield Rejection(
                "CustomRouteTableMissingPermission",
                f"The identity {identity_id} has no permission to write routes in {table}.",
                403,
            )


def _may_not_join(principal: str, identity_id: str, cluster_id: str, subnet_id: str) -> Rejection:
    return Rejection(
        "LinkedAuthorizationFailed",
        f"The client '{identity.client_id(identity_id)}' with object id '{principal}' has permission to perform action "
        f"'Microsoft.ContainerService/managedClusters/write' on scope '{cluster_id}'; however, it does not have "
        "permission to perform action 'Microsoft.Network/virtualNetworks/subnets/join/action' on the linked scope(s) "
        f"'{subnet_id}' or the linked scope(s) are invalid.",
        403,
    )
