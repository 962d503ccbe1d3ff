"""Where azure-native's SDK says otherwise than Azure Resource Manager: flattened `properties`, renamed members.

The SDK lifts what a body has under `properties` to the top, of a resource and of sub-resources inside it, and does not
say where. Read from Azure's published types; tests/lab/arm/schema compares with Azure's own Python models.
"""

from collections.abc import Mapping

ENVELOPE = frozenset(
    {
        *("id", "name", "type", "etag", "eTag", "location", "tags", "sku", "identity", "zones", "kind", "plan"),
        *("extendedLocation", "managedBy", "placement", "resources", "systemData"),
    }
)
"""What lies beside `properties`, of a resource and of a sub-resource."""

_IN_PROPERTIES: Mapping[str, frozenset[str]] = {
    "AgentPool": frozenset({"tags", "type", "eTag"}),
    "VirtualMachineExtension": frozenset({"type"}),
    "VirtualMachineScaleSetExtension": frozenset({"type"}),
}
"""Of these, the envelope's names are names of properties as well."""

_WITH_PROPERTIES: Mapping[str, frozenset[str]] = {
    "network": frozenset(
        {
            *("ApplicationGatewayBackendAddressPool", "ApplicationGatewayIPConfiguration", "ApplicationSecurityGroup"),
            *("BackendAddressPool", "Delegation", "FlowLog", "FrontendIPConfiguration", "IPConfiguration"),
            *("IPConfigurationProfile", "InboundNatRule", "LoadBalancerBackendAddress", "NatGateway"),
            *("NetworkInterface", "NetworkInterfaceIPConfiguration", "NetworkInterfaceTapConfiguration"),
            *("NetworkSecurityGroup", "PrivateDnsZoneConfig", "PrivateEndpoint", "PrivateEndpointConnection"),
            *("PrivateEndpointIPConfiguration", "PrivateLinkService", "PrivateLinkServiceConnection"),
            *("PrivateLinkServiceIpConfiguration", "PublicIPAddress", "ResourceNavigationLink", "Route", "RouteTable"),
            *("SecurityRule", "ServiceAssociationLink", "ServiceEndpointPolicy", "ServiceEndpointPolicyDefinition"),
            *("Subnet", "VirtualNetworkPeering", "VirtualNetworkTap"),
        }
    ),
    "compute": frozenset(
        {
            *("NetworkInterfaceReference", "VirtualMachineExtension", "VirtualMachineNetworkInterfaceConfiguration"),
            *("VirtualMachineNetworkInterfaceIPConfiguration", "VirtualMachinePublicIPAddressConfiguration"),
            *("VirtualMachineScaleSetExtension", "VirtualMachineScaleSetIPConfiguration"),
            *("VirtualMachineScaleSetNetworkConfiguration", "VirtualMachineScaleSetPublicIPAddressConfiguration"),
        }
    ),
    "dbforpostgresql": frozenset({"PrivateEndpointConnection"}),
    "keyvault": frozenset({"PrivateEndpointConnectionItem"}),
}
"""Classes of the SDK, without Args and Response, whose members lie partly under `properties`."""

_RENAMED: Mapping[str, Mapping[str, str]] = {
    "SecretAttributes": {"expires": "exp", "notBefore": "nbf"},
    "ManagedClusterPropertiesAutoScalerProfile": {
        name: "".join(f"-{letter.lower()}" if letter.isupper() else letter for letter in name)
        for name in (
            *("balanceSimilarNodeGroups", "daemonsetEvictionForEmptyNodes", "daemonsetEvictionForOccupiedNodes"),
            *("ignoreDaemonsetsUtilization", "maxEmptyBulkDelete", "maxGracefulTerminationSec"),
            *("maxNodeProvisionTime", "maxTotalUnreadyPercentage", "newPodScaleUpDelay", "okTotalUnreadyCount"),
            *("scaleDownDelayAfterAdd", "scaleDownDelayAfterDelete", "scaleDownDelayAfterFailure"),
            *("scaleDownUnneededTime", "scaleDownUnreadyTime", "scaleDownUtilizationThreshold", "scanInterval"),
            *("skipNodesWithLocalStorage", "skipNodesWithSystemPods"),
        )
    },
}
"""By the SDK's class and member: Azure's name of it."""


def has_properties(module: str, name: str) -> bool:
    """Whether sub-resources of the SDK's class have `properties` in Azure's bodies."""
    return name in _WITH_PROPERTIES.get(module, frozenset())


def is_outside(name: str, member: str) -> bool:
    """Whether a member of a class, or of a resource type, with `properties` lies beside them."""
    return member in ENVELOPE and member not in _IN_PROPERTIES.get(name, frozenset())


def azure_name(name: str, member: str) -> str:
    return _RENAMED.get(name, {}).get(member, member)


def sdk_name(name: str, member: str) -> str:
    return next((ours for ours, azures in _RENAMED.get(name, {}).items() if azures == member), member)
