"""An azure-native type and its inputs, as the id that Azure Resource Manager gives the resource."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_GROUP = "/subscriptions/{subscriptionId}/resourceGroups/{resourceGroupName}"
_NETWORK = f"{_GROUP}/providers/Microsoft.Network"
_VIRTUAL_NETWORK = f"{_NETWORK}/virtualNetworks/{{virtualNetworkName}}"
_NSG = f"{_NETWORK}/networkSecurityGroups/{{networkSecurityGroupName}}"
_ROUTE_TABLE = f"{_NETWORK}/routeTables/{{routeTableName}}"
_PRIVATE_ENDPOINT = f"{_NETWORK}/privateEndpoints/{{privateEndpointName}}"
_PRIVATE_ZONE = f"{_NETWORK}/privateDnsZones/{{privateZoneName}}"
_COMPUTE = f"{_GROUP}/providers/Microsoft.Compute"
_IDENTITY = f"{_GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities/{{resourceName}}"
_CLUSTER = f"{_GROUP}/providers/Microsoft.ContainerService/managedClusters/{{resourceName}}"
_POSTGRES = f"{_GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers/{{serverName}}"
_VAULT = f"{_GROUP}/providers/Microsoft.KeyVault/vaults/{{vaultName}}"

_PARAMETER = re.compile(r"{(\w+)}")


@dataclass(frozen=True)
class ResourceAddress:
    """The id path of a type; braces hold the names of inputs."""

    path: str
    api_version: str
    """The one that the pinned azure-native SDK speaks for this type."""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The inputs in the path, in its order; a change to any of them makes another resource."""
        return tuple(_PARAMETER.findall(self.path))


ADDRESSES: Mapping[str, ResourceAddress] = {
    f"azure-native:{token}": ResourceAddress(path, api_version)
    for token, path, api_version in (
        ("resources:ResourceGroup", _GROUP, "2024-03-01"),
        ("network:VirtualNetwork", _VIRTUAL_NETWORK, "2024-05-01"),
        ("network:Subnet", f"{_VIRTUAL_NETWORK}/subnets/{{subnetName}}", "2024-05-01"),
        (
            "network:VirtualNetworkPeering",
            f"{_VIRTUAL_NETWORK}/virtualNetworkPeerings/{{virtualNetworkPeeringName}}",
            "2024-05-01",
        ),
        ("network:NetworkSecurityGroup", _NSG, "2024-05-01"),
        ("network:SecurityRule", f"{_NSG}/securityRules/{{securityRuleName}}", "2024-05-01"),
        (
            "network:ApplicationSecurityGroup",
            f"{_NETWORK}/applicationSecurityGroups/{{applicationSecurityGroupName}}",
            "2024-05-01",
        ),
        ("network:RouteTable", _ROUTE_TABLE, "2024-05-01"),
        ("network:Route", f"{_ROUTE_TABLE}/routes/{{routeName}}", "2024-05-01"),
        ("network:NatGateway", f"{_NETWORK}/natGateways/{{natGatewayName}}", "2024-05-01"),
        ("network:PublicIPAddress", f"{_NETWORK}/publicIPAddresses/{{publicIpAddressName}}", "2024-05-01"),
        ("network:NetworkInterface", f"{_NETWORK}/networkInterfaces/{{networkInterfaceName}}", "2024-05-01"),
        ("network:PrivateEndpoint", _PRIVATE_ENDPOINT, "2024-05-01"),
        (
            "network:PrivateDnsZoneGroup",
            f"{_PRIVATE_ENDPOINT}/privateDnsZoneGroups/{{privateDnsZoneGroupName}}",
            "2024-05-01",
        ),
        ("compute:VirtualMachine", f"{_COMPUTE}/virtualMachines/{{vmName}}", "2024-11-01"),
        (
            "compute:VirtualMachineExtension",
            f"{_COMPUTE}/virtualMachines/{{vmName}}/extensions/{{vmExtensionName}}",
            "2024-11-01",
        ),
        ("compute:VirtualMachineScaleSet", f"{_COMPUTE}/virtualMachineScaleSets/{{vmScaleSetName}}", "2024-11-01"),
        ("managedidentity:UserAssignedIdentity", _IDENTITY, "2023-01-31"),
        (
            "managedidentity:FederatedIdentityCredential",
            f"{_IDENTITY}/federatedIdentityCredentials/{{federatedIdentityCredentialResourceName}}",
            "2023-01-31",
        ),
        (
            "authorization:RoleAssignment",
            "/{scope}/providers/Microsoft.Authorization/roleAssignments/{roleAssignmentName}",
            "2022-04-01",
        ),
        ("containerservice:ManagedCluster", _CLUSTER, "2025-09-01"),
        ("containerservice:AgentPool", f"{_CLUSTER}/agentPools/{{agentPoolName}}", "2025-09-01"),
        ("privatedns:PrivateZone", _PRIVATE_ZONE, "2024-06-01"),
        (
            "privatedns:VirtualNetworkLink",
            f"{_PRIVATE_ZONE}/virtualNetworkLinks/{{virtualNetworkLinkName}}",
            "2024-06-01",
        ),
        ("privatedns:PrivateRecordSet", f"{_PRIVATE_ZONE}/{{recordType}}/{{relativeRecordSetName}}", "2024-06-01"),
        ("dbforpostgresql:Server", _POSTGRES, "2025-08-01"),
        ("dbforpostgresql:Database", f"{_POSTGRES}/databases/{{databaseName}}", "2025-08-01"),
        ("dbforpostgresql:FirewallRule", f"{_POSTGRES}/firewallRules/{{firewallRuleName}}", "2025-08-01"),
        ("keyvault:Vault", _VAULT, "2024-11-01"),
        ("keyvault:Secret", f"{_VAULT}/secrets/{{secretName}}", "2024-11-01"),
    )
}


def resource_id(token: str, subscription: str, inputs: Mapping[str, Any]) -> str:
    """The id of the resource that a type and its inputs describe.

    Raises KeyError naming the type where the table does not hold it, or the input that the path needs.
    """
    names = {"subscriptionId": subscription, **inputs}
    # A scope is an id itself and starts with a slash (Microsoft.Authorization/roleAssignments).
    return _PARAMETER.sub(lambda parameter: str(names[parameter[1]]).strip("/"), ADDRESSES[token].path)


def inputs(token: str, id: str) -> dict[str, str]:
    """The inputs by which a type names the resource of an id: the inverse of `resource_id`."""
    pattern = _PARAMETER.sub(lambda parameter: f"(?P<{parameter[1]}>[^/]+)", ADDRESSES[token].path)
    matched = re.fullmatch(pattern, id, re.IGNORECASE)
    if not matched:
        raise KeyError(f"{id} is no id of {token}")
    return {name: value for name, value in matched.groupdict().items() if name != "subscriptionId"}
