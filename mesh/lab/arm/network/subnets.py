"""Subnets: where they lie, what they join, and what keeps them from being deleted."""

from collections.abc import Iterator
from ipaddress import IPv6Network, ip_network

from mesh.lab.arm import ids
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.inline_children import InlineChildren
from mesh.lab.arm.network import network_rules
from mesh.lab.arm.network.network_rules import overlap
from mesh.lab.arm.refusals import properties, validation
from mesh.lab.arm.resource_types import Body, Resources, ResourceType, Write

TYPE = "Microsoft.Network/virtualNetworks/subnets"

_SMALLEST = 29
# Microsoft.Network/networkInterfaces and the other types that put addresses into a subnet.
USERS = (
    "Microsoft.Network/networkInterfaces",
    "Microsoft.Network/privateEndpoints",
    "Microsoft.Network/loadBalancers",
    "Microsoft.ContainerService/managedClusters",
    "Microsoft.ContainerService/managedClusters/agentPools",
    "Microsoft.Compute/virtualMachineScaleSets",
    "Microsoft.DBforPostgreSQL/flexibleServers",
)
_JOINED = {
    "networkSecurityGroup": "Microsoft.Network/networkSecurityGroups",
    "routeTable": "Microsoft.Network/routeTables",
    "natGateway": "Microsoft.Network/natGateways",
}


def _name_refusals(write: Write, network: Body, siblings: list[Body]) -> Iterator[Rejection]:
    yield from network_rules.name_refusals(write)


def _prefix_refusals(write: Write, network: Body, siblings: list[Body]) -> Iterator[Rejection]:
    given = network_rules.prefixes(write.body)
    if not given:
        yield Rejection(
            "AddressPrefixStringCannotBeNullOrEmpty",
            f"Address prefix string for resource {write.id} cannot be null or empty.",
        )
    for prefix in given:
        yield from network_rules.prefix_refusals(prefix, write.id)


def _size_refusals(write: Write, network: Body, siblings: list[Body]) -> Iterator[Rejection]:
    for prefix in _parsed(write.body):
        # IPv4 /29 is the smallest, IPv6 is /64 exactly (virtual-networks-faq).
        wrong = prefix.prefixlen != 64 if isinstance(prefix, IPv6Network) else prefix.prefixlen > _SMALLEST
        if wrong:
            yield _invalid(write, network)


def _place_refusals(write: Write, network: Body, siblings: list[Body]) -> Iterator[Rejection]:
    for prefix in _parsed(write.body):
        if not any(network_rules.contains(whole, prefix) for whole in network_rules.space(network)):
            yield Rejection(
                "NetcfgSubnetRangeOutsideVnet",
                f"Subnet '{write.name}' is not valid because its IP address range is outside the IP address range of"
                f" virtual network '{_network_name(write)}'.",
            )


def _overlap_refusals(write: Write, network: Body, siblings: list[Body]) -> Iterator[Rejection]:
    for sibling in siblings:
        if any(overlap(range_, other) for range_ in _parsed(write.body) for other in _parsed(sibling)):
            yield Rejection(
                "NetcfgSubnetRangesOverlap",
                f"Subnet '{write.name}' is not valid because its IP address range overlaps with that of an existing"
                " subnet"
                f" in virtual network '{_network_name(write)}'.",
            )


def _shrink_refusals(write: Write, network: Body, siblings: list[Body]) -> Iterator[Rejection]:
    """A prefix in use does not go; see terraform-provider-azurerm and azure-cli reports of the code."""
    if write.before is None or not _users(write.id, write.resources):
        return
    kept = set(_parsed(write.body))
    for prefix in _parsed(write.before):
        if prefix not in kept:
            yield Rejection(
                "InUsePrefixCannotBeDeleted",
                f"IpPrefix {prefix} on Subnet {write.name} has active allocations and cannot be deleted.",
            )


def _joined_refusals(write: Write, network: Body, siblings: list[Body]) -> Iterator[Rejection]:
    for key, kind in _JOINED.items():
        given = network_rules.references(properties(write).get(key))
        yield from network_rules.reference_refusals(write, given, network.get("location"), kind)


def _nat_refusals(write: Write, network: Body, siblings: list[Body]) -> Iterator[Rejection]:
    """A NAT gateway serves subnets of one virtual network, and no gateway subnet (nat-gateway-resource)."""
    gateway = properties(write).get("natGateway")
    if gateway is None:
        return
    if write.name.lower() == "gatewaysubnet":
        yield network_rules.refused(f"NAT gateway cannot be deployed on subnet {write.name}.", write.id)
    here = ids.folded(ids.parent(write.id)) + "/"
    for subnet in write.resources.referring_to(gateway["id"], TYPE):
        if not ids.folded(subnet["id"]).startswith(here):
            yield network_rules.refused(
                f"NAT gateway {gateway['id']} is used by subnet {subnet['id']} of another virtual network.",
                write.id,
            )


def _delegation_refusals(write: Write, network: Body, siblings: list[Body]) -> Iterator[Rejection]:
    for delegation in properties(write).get("delegations") or []:
        if not delegation.get("name") or not (delegation.get("properties") or {}).get("serviceName"):
            yield network_rules.missing("delegations.name and delegations.properties.serviceName", write)


def _refusals(write: Write, network: Body, siblings: list[Body]) -> Iterator[Rejection]:
    rules = (
        _name_refusals,
        _prefix_refusals,
        _size_refusals,
        _place_refusals,
        _overlap_refusals,
    )
    for rule in (
        *rules,
        _shrink_refusals,
        _delegation_refusals,
        _joined_refusals,
        _nat_refusals,
    ):
        yield from rule(write, network, siblings)


def _completed(write: Write) -> Body:
    given = {key: value for key, value in properties(write).items() if value is not None and key != "ipConfigurations"}
    delegations = [_delegation(write.id, entry) for entry in given.get("delegations", [])]
    endpoints = [{"provisioningState": "Succeeded", **entry} for entry in given.get("serviceEndpoints", [])]
    return {
        "properties": {
            "privateEndpointNetworkPolicies": "Disabled",
            "privateLinkServiceNetworkPolicies": "Enabled",
            **given,
            "delegations": delegations,
            **({"serviceEndpoints": endpoints} if "serviceEndpoints" in given else {}),
        }
    }


def _delegation(subnet_id: str, given: Body) -> Body:
    return {
        "name": given["name"],
        "id": f"{subnet_id}/delegations/{given['name']}",
        "type": f"{TYPE}/delegations",
        "properties": {
            "provisioningState": "Succeeded",
            "serviceName": given["properties"]["serviceName"],
            "actions": ["Microsoft.Network/virtualNetworks/subnets/join/action"],
        },
    }


def shown(body: Body, resources: Resources) -> Body:
    """With what has an address in it."""
    configurations = [
        {"id": configuration["id"]}
        for interface in resources.referring_to(body["id"], "Microsoft.Network/networkInterfaces")
        for configuration in interface["properties"]["ipConfigurations"]
        if network_rules.same(configuration["properties"]["subnet"]["id"], body["id"])
    ]
    endpoints = [
        {"id": endpoint_id}
        for endpoint_id in network_rules.users(body["id"], resources, "Microsoft.Network/privateEndpoints")
    ]
    added = {"ipConfigurations": configurations, "privateEndpoints": endpoints}
    return {
        **body,
        "properties": {
            **body["properties"],
            **{key: value for key, value in added.items() if value},
        },
    }


def _users(subnet_id: str, resources: Resources) -> list[str]:
    return network_rules.users(subnet_id, resources, *USERS)


def validate_delete(body: Body, resources: Resources) -> None:
    using = _users(body["id"], resources)
    if using:
        raise Rejection(
            "InUseSubnetCannotBeDeleted",
            f"Subnet {body['name']} is in use by {using[0]} and cannot be deleted. In order to delete the subnet,"
            " delete"
            " all the resources within the subnet. See aka.ms/deletesubnet.",
        )


def _parsed(body: Body) -> list[network_rules.Prefix]:
    return [ip_network(prefix) for prefix in network_rules.prefixes(body)]


def _network_name(write: Write) -> str:
    return ids.name(ids.parent(write.id))


def _invalid(write: Write, network: Body) -> Rejection:
    return Rejection(
        "NetcfgInvalidSubnet",
        f"Subnet '{write.name}' is not valid in virtual network '{_network_name(write)}'.",
    )


INLINE = InlineChildren("subnets", TYPE, _refusals, _completed, kept_when_absent=True)

TYPES = (
    ResourceType(
        name=TYPE,
        validate=validation(INLINE.refusals_alone),
        completed=_completed,
        validate_delete=validate_delete,
        seconds=network_rules.SECONDS,
        one_write_at_a_time_under=ids.parent,
        location="none",
        api_versions=network_rules.API_VERSIONS,
        shown=shown,
    ),
)
