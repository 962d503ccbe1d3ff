"""Networks, as virtual networks with their subnets, peerings and NAT gateways.

Resource Manager takes one write at a time inside a virtual network (a second is refused with
AnotherOperationInProgress), and a peering writes to both of its ends; so subnets and peerings are chained.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from mesh import names
from mesh.model import Environment, Network, Subnet
from mesh.plan.resources import AzureResource
from mesh.render import azure


def resources(environment: Environment) -> tuple[AzureResource, ...]:
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
                *(_peering(environment, network, peer) for network in environment.networks for peer in network.peers),
            ]
        ),
    )


def _group(environment: Environment) -> AzureResource:
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
    yield azure.resource(
        environment,
        "network:VirtualNetwork",
        f"network/{network.name}",
        component,
        {"virtualNetworkName": network.name},
        {
            **envelope,
            "addressSpace": {"addressPrefixes": list(map(str, network.space))},
            **({"dhcpOptions": {"dnsServers": list(map(str, network.dns))}} if network.dns else {}),
        },
        protect=environment.protect,
    )
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


def subnet_id(environment: Environment, network: Network, role: str) -> str:
    return azure.resource_id(environment, "network:Subnet", virtualNetworkName=network.name, subnetName=role)


def _subnet(environment: Environment, network: Network, subnet: Subnet) -> AzureResource:
    """Created with its NSG in the same write: policies commonly forbid a subnet that has none, even for a moment."""
    security_group = azure.resource_id(
        environment,
        "network:NetworkSecurityGroup",
        networkSecurityGroupName=names.security_group(network, subnet.role),
    )
    nat = azure.resource_id(environment, "network:NatGateway", natGatewayName=names.nat_gateway(network))
    return azure.resource(
        environment,
        "network:Subnet",
        f"subnet/{network.name}/{subnet.role}",
        f"network/{network.name}",
        {"virtualNetworkName": network.name, "subnetName": subnet.role},
        {
            "addressPrefix": str(subnet.cidr),
            "networkSecurityGroup": {"id": security_group},
            **({"natGateway": {"id": nat}} if network.nat and subnet.role != "gateways" else {}),
        },
    )


def _peering(environment: Environment, network: Network, peer: str) -> AzureResource:
    return azure.resource(
        environment,
        "network:VirtualNetworkPeering",
        f"peering/{network.name}/{peer}",
        f"network/{network.name}",
        {
            "virtualNetworkName": network.name,
            "virtualNetworkPeeringName": names.peering(network, peer),
        },
        {
            "remoteVirtualNetwork": {
                "id": azure.resource_id(environment, "network:VirtualNetwork", virtualNetworkName=peer)
            },
            "allowVirtualNetworkAccess": True,
            "allowForwardedTraffic": False,
            "allowGatewayTransit": False,
            "useRemoteGateways": False,
        },
        # The side that is created first is Initiated until the other is there.
        ignore_changes=("peeringState", "peeringSyncLevel"),
    )


def _one_write_at_a_time(writes: Iterable[AzureResource]) -> Iterator[AzureResource]:
    last: dict[str, str] = {}
    for write in writes:
        touched = [write.properties["virtualNetworkName"]]
        if remote := write.properties.get("remoteVirtualNetwork"):
            touched.append(remote["id"].rpartition("/")[2])
        earlier = tuple(sorted({last[network] for network in touched if network in last}))
        last |= dict.fromkeys(touched, write.name)
        yield replace(write, depends_on=earlier)
