"""Azure resources for tests of the network: named as a plan names them, with ids as Resource Manager gives them."""

from typing import Any

from mesh.plan.resources import AzureResource

ROOT = "/subscriptions/s/resourceGroups/g/providers/Microsoft.Network"


def network_id(name: str) -> str:
    return f"{ROOT}/virtualNetworks/{name}"


def subnet_id(network: str, name: str = "nodes") -> str:
    return f"{network_id(network)}/subnets/{name}"


def group_id(name: str) -> str:
    return f"{ROOT}/networkSecurityGroups/{name}"


def application_group_id(name: str) -> str:
    return f"{ROOT}/applicationSecurityGroups/{name}"


def table_id(name: str) -> str:
    return f"{ROOT}/routeTables/{name}"


def interface_id(name: str) -> str:
    return f"{ROOT}/networkInterfaces/{name}"


def network(name: str, *space: str, **properties: Any) -> AzureResource:
    return _resource(
        "VirtualNetwork", f"network/{name}", network_id(name), addressSpace={"addressPrefixes": [*space]}, **properties
    )


def subnet(
    network: str,
    cidr: str,
    *,
    group: str | None = None,
    table: str | None = None,
    name: str = "nodes",
    **properties: Any,
) -> AzureResource:
    if group:
        properties["networkSecurityGroup"] = {"id": group_id(group)}
    if table:
        properties["routeTable"] = {"id": table_id(table)}
    return _resource("Subnet", f"subnet/{network}/{name}", subnet_id(network, name), addressPrefix=cidr, **properties)


def half(near: str, far: str, **properties: Any) -> AzureResource:
    """One network's half of a peering."""
    return _resource(
        "VirtualNetworkPeering",
        f"peering/{near}/{far}",
        f"{network_id(near)}/virtualNetworkPeerings/{far}",
        remoteVirtualNetwork={"id": network_id(far)},
        **properties,
    )


def peered(one: str, other: str, **properties: Any) -> tuple[AzureResource, AzureResource]:
    return half(one, other, **properties), half(other, one, **properties)


def group(name: str, *rules: dict[str, Any]) -> AzureResource:
    return _resource("NetworkSecurityGroup", f"nsg/{name}", group_id(name), securityRules=[*rules])


def rule(
    name: str, priority: int, access: str = "Allow", direction: str = "Inbound", **properties: Any
) -> dict[str, Any]:
    """From and to everywhere, by any protocol, where it says nothing else."""
    everything = {
        "protocol": "*",
        "sourceAddressPrefix": "*",
        "sourcePortRange": "*",
        "destinationAddressPrefix": "*",
        "destinationPortRange": "*",
    }
    for which in ("source", "destination"):
        for one, many in (("AddressPrefix", "AddressPrefixes"), ("PortRange", "PortRanges")):
            if f"{which}{many}" in properties:
                del everything[f"{which}{one}"]
        if f"{which}ApplicationSecurityGroups" in properties:
            del everything[f"{which}AddressPrefix"]
    return {"name": name, "priority": priority, "access": access, "direction": direction, **everything, **properties}


def table(name: str, *routes: tuple[str, str, str]) -> AzureResource:
    """Each route by its name, prefix and next hop."""
    return _resource(
        "RouteTable",
        f"routes/{name}",
        table_id(name),
        routes=[
            {"name": name, "addressPrefix": prefix, "nextHopType": hop, "nextHopIpAddress": "10.9.0.4"}
            for name, prefix, hop in routes
        ],
    )


def interface(
    name: str, network: str, address: str | None, *, groups: tuple[str, ...] = (), **properties: Any
) -> AzureResource:
    configuration: dict[str, Any] = {"name": "primary", "subnet": {"id": subnet_id(network)}}
    if address:
        configuration["privateIPAddress"] = address
    if groups:
        configuration["applicationSecurityGroups"] = [{"id": application_group_id(group)} for group in groups]
    return _resource(
        "NetworkInterface", f"interface/{name}", interface_id(name), ipConfigurations=[configuration], **properties
    )


def application_group(name: str) -> AzureResource:
    return _resource("ApplicationSecurityGroup", f"asg/{name}", application_group_id(name))


def _resource(kind: str, name: str, resource_id: str, **properties: Any) -> AzureResource:
    return AzureResource(name, f"azure-native:network:{kind}", resource_id, properties, "network")
