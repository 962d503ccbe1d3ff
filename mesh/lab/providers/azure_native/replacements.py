"""Which changed inputs make another resource, and which are no change at all."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from mesh import azure_ids
from mesh.lab.arm import regions
from mesh.lab.providers.differences import Difference, differences, without_ignored

# Beside the path and the location, which no resource can change. Azure refuses the change of some others in place;
# those are left to it here as they are in the official plugin.
_CREATE_ONLY: Mapping[str, tuple[str, ...]] = {
    "authorization:RoleAssignment": ("principalId", "roleDefinitionId"),
    "containerservice:ManagedCluster": (
        *("diskEncryptionSetID", "dnsPrefix", "fqdnSubdomain", "linuxProfile", "nodeResourceGroup", "windowsProfile"),
        *("networkProfile.serviceCidr", "networkProfile.serviceCidrs", "networkProfile.dnsServiceIP"),
        *("networkProfile.networkMode", "networkProfile.networkPlugin", "networkProfile.networkPluginMode"),
        *("networkProfile.podCidr", "networkProfile.networkDataplane", "networkProfile.networkPolicy"),
        "networkProfile.outboundType",
    ),
    "containerservice:AgentPool": ("gpuInstanceProfile", "vmSize", "vnetSubnetID", "osType"),
    "network:PrivateEndpoint": ("subnet",),
    "network:PublicIPAddress": ("publicIPAddressVersion", "publicIPPrefix", "sku", "zones"),
    "network:NatGateway": ("zones", "sku"),
    "network:VirtualNetworkPeering": ("remoteVirtualNetwork",),
    "compute:VirtualMachine": (
        *("zones", "osProfile.computerName", "osProfile.adminUsername", "osProfile.customData"),
        *("osProfile.linuxConfiguration.ssh", "storageProfile.imageReference", "storageProfile.osDisk.name"),
    ),
    "dbforpostgresql:Server": ("administratorLogin", "network.delegatedSubnetResourceId", "createMode"),
    "dbforpostgresql:Database": ("charset", "collation"),
}


def changes(
    token: str, old: Mapping[str, Any], new: Mapping[str, Any], ignored: Iterable[str]
) -> list[tuple[Difference, bool]]:
    """What differs between old and new inputs and is not ignored, each with whether it asks for a replacement."""
    return [
        (difference, _replaces(token, difference))
        for difference in without_ignored(differences(old, new), ignored)
        if not _is_spelling(token, difference, old, new)
    ]


def _replaces(token: str, difference: Difference) -> bool:
    path = re.sub(r"\[\d+\]", "", difference.property_path)
    create_only = (
        *azure_ids.ADDRESSES[token].parameters,
        "location",
        *_CREATE_ONLY.get(token.removeprefix("azure-native:"), ()),
    )
    return any(path == one or path.startswith(f"{one}.") for one in create_only)


def _is_spelling(token: str, difference: Difference, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Azure compares names and locations whatever their casing, locations whatever their blanks."""
    name = str(difference.path[0])
    before, after = old.get(name), new.get(name)
    if len(difference.path) > 1 or not (isinstance(before, str) and isinstance(after, str)):
        return False
    if name == "location":
        return regions.normalized(before) == regions.normalized(after)
    return name in azure_ids.ADDRESSES[token].parameters and before.lower() == after.lower()
