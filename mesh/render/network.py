"""Networks, as virtual networks with their subnets, peerings and NAT gateways.

Resource Manager takes one write at a time inside a virtual network (a second is refused with
AnotherOperationInProgress), and a peering writes to both of its ends; so subnets and peerings are chained.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mesh import names
from mesh.model import Environment, Existing, Firewall, Network, Subnet, SubnetRole
from mesh.plan.resources import AzureResource
from mesh.render import azure

_OF_A_NETWORK = {"enableDdosProtection": False, "enableVmProtection": False}
_OF_A_SUBNET = {"privateEndpointNetworkPolicies": "Disabled", "privateLinkServiceNetworkPolicies": "Enabled"}
"""What Azure takes where nothing is given, as azure-native's SDK sends it; states of earlier versions have it."""


def resources(environment: Environment) -> tuple[AzureResource, ...]:
    by_name = {network.name: network for network in environment.networks}
    halves = [(network, by_name[peer]) for network in environment.networks for peer in network.peers]
    return (
        _group(environment),
        *(item for network in environment.networks for item in _network(environment, network)),
        *_one_write_at_a_time(
            [
                *(
                    _subnet(environment, network, subnet)
                    for network in environment.networks
                    for subnet in network.subnets
                ),
                *(_peering(environment, network, peer) for network, peer in halves),
            ]
        ),
    )


def _group(environment: Environment) -> AzureResource:
    if environment.existing_group:
        group = Existing(environment.subscription, environment.resource_group, environment.resource_group)
        return azure.fact("resources:ResourceGroup", "group", "", group, {}, {})
    return azure.resource(
        environment,
        "resources:ResourceGroup",
        "group",
        "",
        {},
        azure.tracked(environment, environment.location),
    )


def _network(environment: Environment, network: Network) -> Iterator[AzureResource]:
    component = f"network/{network.name}"
    envelope = azure.tracked(environment, network.location)
    space = {"addressSpace": {"addressPrefixes": list(map(str, network.space))}}
    if network.existing:
        path = {"virtualNetworkName": network.existing.name}
        yield azure.fact("network:VirtualNetwork", component, component, network.existing, path, space)
        return
    yield azure.resource(
        environment,
        "network:VirtualNetwork",
        f"network/{network.name}",
        component,
        {"virtualNetworkName": network.name},
        {
            **envelope,
            **space,
            **_OF_A_NETWORK,
            **({"dhcpOptions": {"dnsServers": list(map(str, network.dns))}} if network.dns else {}),
        },
        protect=environment.protect,
    )
    if network.firewall:
        yield _route_table(environment, network, network.firewall)
    if network.nat:
        address = azure.resource(
            environment,
            "network:PublicIPAddress",
            f"public-ip/{names.nat_gateway(network)}",
            component,
            {"publicIpAddressName": names.nat_gateway(network)},
            {**envelope, **standard_static_address()},
            ignore_changes=("natGateway",),
        )
        yield address
        yield azure.resource(
            environment,
            "network:NatGateway",
            f"nat/{network.name}",
            component,
            {"natGatewayName": names.nat_gateway(network)},
            {
                **envelope,
                "sku": {"name": "Standard"},
                "publicIpAddresses": [{"id": address.id}],
            },
        )


def standard_static_address() -> dict[str, object]:
    """A public IP as Standard load balancers and NAT gateways take it; Standard ones have to be static."""
    return {
        "sku": {"name": "Standard", "tier": "Regional"},
        "publicIPAllocationMethod": "Static",
    }


def network_id(environment: Environment, network: Network) -> str:
    if network.existing:
        return azure.id_of(network.existing, "network:VirtualNetwork", virtualNetworkName=network.existing.name)
    return azure.resource_id(environment, "network:VirtualNetwork", virtualNetworkName=network.name)


def subnet_id(environment: Environment, network: Network, role: SubnetRole) -> str:
    return f"{network_id(environment, network)}/subnets/{network.subnet(role).name}"


def _subnet(environment: Environment, network: Network, subnet: Subnet) -> AzureResource:
    """Created with its NSG in the same write: policies commonly forbid a subnet that has none, even for a moment."""
    ours = azure.resource_id(
        environment,
        "network:NetworkSecurityGroup",
        networkSecurityGroupName=names.security_group(network, subnet.role),
    )
    match subnet.security_group:
        case Existing() as theirs:
            path = {"networkSecurityGroupName": theirs.name}
            group = {"networkSecurityGroup": {"id": azure.id_of(theirs, "network:NetworkSecurityGroup", **path)}}
        case "ours":
            group = {"networkSecurityGroup": {"id": ours}}
        case "theirs":
            group = {}
    name, component = f"subnet/{network.name}/{subnet.role}", f"network/{network.name}"
    properties = {"addressPrefix": str(subnet.cidr), **group}
    if network.existing:
        path = {"virtualNetworkName": network.existing.name, "subnetName": subnet.name}
        return azure.fact("network:Subnet", name, component, network.existing, path, properties)
    nat = azure.resource_id(environment, "network:NatGateway", natGatewayName=names.nat_gateway(network))
    return azure.resource(
        environment,
        "network:Subnet",
        name,
        component,
        {"virtualNetworkName": network.name, "subnetName": subnet.role},
        {
            **properties,
            **_OF_A_SUBNET,
            **({"natGateway": {"id": nat}} if network.nat and subnet.role != "gateways" else {}),
            **({"routeTable": {"id": route_table_id(environment, network)}} if network.firewall else {}),
        },
    )


def _peering(environment: Environment, network: Network, peer: Network) -> AzureResource:
    properties = {
        "remoteVirtualNetwork": {"id": network_id(environment, peer)},
        "allowVirtualNetworkAccess": True,
        "allowForwardedTraffic": peer.name in network.forwarders,
        "allowGatewayTransit": network.name in peer.gateways,
        "useRemoteGateways": peer.name in network.gateways,
    }
    name, component = f"peering/{network.name}/{peer.name}", f"network/{network.name}"
    own = names.peering(network, peer.name)
    if network.existing:
        path = {"virtualNetworkName": network.existing.name, "virtualNetworkPeeringName": own}
        return azure.fact("network:VirtualNetworkPeering", name, component, network.existing, path, properties)
    return azure.resource(
        environment,
        "network:VirtualNetworkPeering",
        name,
        component,
        {"virtualNetworkName": network.name, "virtualNetworkPeeringName": own},
        properties,
        # The side that is created first is Initiated until the other is there.
        ignore_changes=("peeringState", "peeringSyncLevel"),
    )


def route_table_id(environment: Environment, network: Network) -> str:
    return azure.resource_id(environment, "network:RouteTable", routeTableName=names.route_table(network))


def _route_table(environment: Environment, network: Network, firewall: Firewall) -> AzureResource:
    """What gateways announce goes on as they say: on premises is not the internet."""
    name, path = f"routes/{network.name}", {"routeTableName": names.route_table(network)}
    default = {
        "name": "internet-by-firewall",
        "addressPrefix": "0.0.0.0/0",
        "nextHopType": "VirtualAppliance",
        "nextHopIpAddress": str(firewall.address),
    }
    properties = {**azure.tracked(environment, network.location), "routes": [default]}
    return azure.resource(environment, "network:RouteTable", name, f"network/{network.name}", path, properties)


def _one_write_at_a_time(writes: Iterable[AzureResource]) -> Iterator[AzureResource]:
    last: dict[str, str] = {}
    for write in writes:
        if write.existing:
            yield write
            continue
        touched = [write.properties["virtualNetworkName"]]
        if remote := write.properties.get("remoteVirtualNetwork"):
            touched.append(remote["id"].rpartition("/")[2])
        earlier = tuple(sorted({last[network] for network in touched if network in last}))
        last |= dict.fromkeys(touched, write.name)
        yield replace(write, depends_on=earlier)
