"""Networks, subnets, security groups, interfaces, addresses and routes."""

from collections.abc import Mapping

from mesh.access.azure.treated.values import (
    JUDGED,
    JUDGED_AS_IPV4,
    NAMED,
    NEVER_JUDGED,
    NOT_SET,
    UNLESS_SET,
    nothing,
)
from mesh.access.treatment import Harmless, Judged, Table

_DNS = Harmless("It says whom machines ask for names, and security groups judge those packets too.")
_STATIC = Harmless("How long an address stays is no question of who reaches it.")
_IDLE = Harmless("It says after how long a silent connection is forgotten.")
_PEERED_AS_A_WHOLE = Judged(nothing)


def _word(*known: str) -> Judged:
    """In any case of letters, as Azure takes it."""
    return Judged(lambda value: str(value).lower() in known)


_RULE: Table = {
    "name": NAMED,
    "type": NAMED,
    "description": NAMED,
    "priority": JUDGED,
    "direction": _word("inbound", "outbound"),
    "access": _word("allow", "deny"),
    "protocol": _word("*", "any", "tcp", "udp", "icmp", "esp", "ah"),
    **{
        f"{side}{field}": entry
        for side in ("source", "destination")
        for field, entry in {
            "AddressPrefix": JUDGED_AS_IPV4,
            "AddressPrefixes": JUDGED_AS_IPV4,
            "ApplicationSecurityGroups": JUDGED,
            "PortRange": JUDGED,
            "PortRanges": JUDGED,
        }.items()
    },
}

_SUBNET: Table = {
    "name": NAMED,
    "type": NAMED,
    "id": NAMED,
    "addressPrefix": JUDGED_AS_IPV4,
    "addressPrefixes": JUDGED_AS_IPV4,
    "networkSecurityGroup": JUDGED,
    "routeTable": JUDGED,
    "natGateway": JUDGED,
    "defaultOutboundAccess": JUDGED,
    "delegations": Harmless("It lets a service of Azure put its instances into the subnet; its security group holds."),
    "privateEndpointNetworkPolicies": Harmless("Private endpoints are judged as if no group held for them."),
    "privateLinkServiceNetworkPolicies": Harmless("It lets the subnet give addresses to a Private Link service."),
}

_PEERING: Table = {
    "name": NAMED,
    "type": NAMED,
    "remoteVirtualNetwork": JUDGED,
    "allowVirtualNetworkAccess": JUDGED,
    "allowForwardedTraffic": Harmless(
        "A packet that an appliance sends on keeps its addresses: routes to appliances and security groups are judged."
    ),
    "useRemoteGateways": Judged(lambda value: value is False),
    "allowGatewayTransit": Harmless("It counts where the other half uses the gateways, and that is judged."),
    "doNotVerifyRemoteGateways": Harmless("It says only whether Azure checks that the gateways are there."),
    "peerCompleteVnets": Judged(lambda value: value is True),
    "localSubnetNames": _PEERED_AS_A_WHOLE,
    "remoteSubnetNames": _PEERED_AS_A_WHOLE,
    "enableOnlyIPv6Peering": _PEERED_AS_A_WHOLE,
}

_ROUTE: Table = {
    "name": NAMED,
    "type": NAMED,
    "addressPrefix": JUDGED_AS_IPV4,
    "nextHopType": JUDGED,
    "nextHopIpAddress": JUDGED_AS_IPV4,
}

_IP_CONFIGURATION: Table = {
    "name": NAMED,
    "type": NAMED,
    "primary": JUDGED,
    "privateIPAddress": JUDGED_AS_IPV4,
    "privateIPAddressPrefixLength": UNLESS_SET,
    "privateIPAddressVersion": Judged(lambda value: value == "IPv4"),
    "privateIPAllocationMethod": Judged(lambda value: value == "Static"),
    "subnet": JUDGED,
    "publicIPAddress": JUDGED,
    "applicationSecurityGroups": JUDGED,
}


def _below(path: str, table: Table) -> Table:
    return {f"{path}.{field}": entry for field, entry in table.items()}


TYPES: Mapping[str, Table] = {
    "network:VirtualNetwork": {
        "virtualNetworkName": NAMED,
        "addressSpace": JUDGED_AS_IPV4,
        **_below("subnets[]", _SUBNET),
        **_below("virtualNetworkPeerings[]", _PEERING),
        "dhcpOptions": _DNS,
        "enableDdosProtection": Harmless("It only takes packets away."),
        "ddosProtectionPlan": Harmless("It only takes packets away."),
        "enableVmProtection": UNLESS_SET,
        "encryption": Harmless("It encrypts what machines send, and changes nothing of who sends."),
        "flowTimeoutInMinutes": _IDLE,
        "privateEndpointVNetPolicies": Harmless("It says how private endpoints are called in other networks."),
    },
    "network:Subnet": {"subnetName": NAMED, "virtualNetworkName": NAMED, **_SUBNET},
    "network:VirtualNetworkPeering": {
        "virtualNetworkName": NAMED,
        "virtualNetworkPeeringName": NAMED,
        "syncRemoteAddressSpace": NAMED,
        **_PEERING,
    },
    "network:NetworkSecurityGroup": {
        "networkSecurityGroupName": NAMED,
        **_below("securityRules[]", _RULE),
        "flushConnection": Harmless("It cuts open connections that a changed rule no longer allows."),
    },
    "network:SecurityRule": {"networkSecurityGroupName": NAMED, "securityRuleName": NAMED, **_RULE},
    "network:ApplicationSecurityGroup": {"applicationSecurityGroupName": NAMED},
    "network:NetworkInterface": {
        "networkInterfaceName": NAMED,
        **_below("ipConfigurations[]", _IP_CONFIGURATION),
        "ipConfigurations[1:]": NEVER_JUDGED,
        "networkSecurityGroup": JUDGED,
        "enableAcceleratedNetworking": Harmless("It makes the interface faster."),
        "enableIPForwarding": UNLESS_SET,
        "dnsSettings": Harmless(
            "It says whom the machine asks for names, and security groups judge those packets too."
        ),
        "auxiliaryMode": UNLESS_SET,
        "auxiliarySku": UNLESS_SET,
        "disableTcpStateTracking": UNLESS_SET,
        "nicType": Harmless(NOT_SET, lambda value: value == "Standard"),
        "workloadType": NAMED,
    },
    "network:PublicIPAddress": {
        "publicIpAddressName": NAMED,
        "publicIPAllocationMethod": _STATIC,
        "publicIPAddressVersion": Judged(lambda value: value == "IPv4"),
        "sku": Harmless("It says of which kind the address is."),
        "idleTimeoutInMinutes": _IDLE,
        "ddosSettings": Harmless("It only takes packets away."),
        "deleteOption": NAMED,
        "natGateway": Harmless("It says which NAT gateway has the address; who leaves by it, its subnet says."),
        "dnsSettings": Harmless("A name for an address lets nobody in."),
        "ipTags": NAMED,
        "publicIPPrefix": Harmless("It says from which prefix the address comes; as public it is judged."),
    },
    "network:NatGateway": {
        "natGatewayName": NAMED,
        "publicIpAddresses": JUDGED,
        "idleTimeoutInMinutes": _IDLE,
        "sku": Harmless("It says of which kind the gateway is."),
    },
    "network:RouteTable": {
        "routeTableName": NAMED,
        **_below("routes[]", _ROUTE),
        "disableBgpRoutePropagation": Harmless("It only takes away routes of gateways, which count as unknown anyway."),
    },
    "privatedns:VirtualNetworkLink": {
        "privateZoneName": NAMED,
        "virtualNetworkLinkName": NAMED,
        "registrationEnabled": Harmless("It gives machines names in the zone, and opens nothing."),
        "resolutionPolicy": Harmless("It says who answers for names that the zone does not have."),
        "virtualNetwork": Harmless("It says who resolves the zone's names; where these lead is judged."),
    },
    "network:Route": {"routeTableName": NAMED, "routeName": NAMED, **_ROUTE},
}
