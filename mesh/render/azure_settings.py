"""Properties that a stack file sets as Azure's API writes them, merged over what the program renders."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mesh.model import AzureSettings
from mesh.plan.resources import AzureResource

_OTHERWISE: Mapping[str, frozenset[str]] = {
    "compute:VirtualMachine": frozenset(
        {
            "securityProfile",
            "storageProfile.osDisk.deleteOption",
            "storageProfile.osDisk.managedDisk.storageAccountType",
        }
    ),
    "compute:VirtualMachineScaleSet": frozenset(
        {
            "upgradePolicy.mode",
            "virtualMachineProfile.securityProfile",
            "virtualMachineProfile.storageProfile.osDisk.managedDisk.storageAccountType",
        }
    ),
    "containerservice:ManagedCluster": frozenset({"sku.tier"}),
    "network:VirtualNetwork": frozenset({"enableDdosProtection", "enableVmProtection"}),
    "network:Subnet": frozenset({"privateEndpointNetworkPolicies", "privateLinkServiceNetworkPolicies"}),
}
"""What the program renders as a default only."""
_OWNED: Mapping[str, tuple[str, ...]] = {
    "network:VirtualNetwork": ("subnets", "virtualNetworkPeerings", "ipAllocations", "dhcpOptions"),
    "network:Subnet": ("addressPrefixes", "routeTable", "natGateway", "ipamPoolPrefixAllocations", "name", "type"),
    "containerservice:ManagedCluster": (
        *(
            "agentPoolProfiles",
            "identityProfile",
            "serviceMeshProfile",
            "apiServerAccessProfile",
            "publicNetworkAccess",
        ),
        *("networkProfile.networkPolicy", "networkProfile.networkDataplane", "networkProfile.podCidrs"),
        *("networkProfile.serviceCidrs", "networkProfile.networkMode", "servicePrincipalProfile", "windowsProfile"),
        "addonProfiles.azureKeyvaultSecretsProvider",
    ),
    "containerservice:AgentPool": (
        *("availabilityZones", "enableAutoScaling", "maxCount", "minCount", "name", "podSubnetID"),
    ),
    "compute:VirtualMachine": ("zones", "userData", "networkProfile"),
    "compute:VirtualMachineScaleSet": ("zones", "virtualMachineProfile.networkProfile"),
}
"""What follows from other keys of the stack file, or decides who reaches whom, rendered or not."""

SYSTEM_POOL = "system"


def applied(settings: Iterable[AzureSettings], resources: tuple[AzureResource, ...]) -> tuple[AzureResource, ...]:
    """The resources with their settings; of a system pool, in its cluster."""
    by_name = {each.of: each for each in settings}
    return tuple(_with(by_name, resource) for resource in resources) if by_name else resources


def owned(settings: AzureSettings, resources: Iterable[AzureResource]) -> Iterator[tuple[str, ...]]:
    """The properties among the settings that are the program's, as paths. `resources`: without any settings."""
    own = next(filter(None, (_own(settings.of, resource) for resource in resources)), {})
    yield from _clashing(settings.properties, own, settings.token, ())


def _with(by_name: Mapping[str, AzureSettings], resource: AzureResource) -> AzureResource:
    properties = dict(resource.properties)
    if settings := by_name.get(resource.name):
        properties = _merged(properties, settings.properties)
    if settings := by_name.get(_system_pool_of(resource.name)):
        first, *others = properties["agentPoolProfiles"]
        properties = {**properties, "agentPoolProfiles": [_merged(first, settings.properties), *others]}
    return replace(resource, properties=properties)


def _system_pool_of(name: str) -> str:
    kind, _, cluster = name.partition("/")
    return f"pool/{cluster}/{SYSTEM_POOL}" if kind == "cluster" else ""


def _own(of: str, resource: AzureResource) -> Mapping[str, Any] | None:
    if resource.name == of:
        return resource.properties
    if _system_pool_of(resource.name) == of:
        first: Mapping[str, Any] = resource.properties["agentPoolProfiles"][0]
        return first
    return None


def _merged(ours: Mapping[str, Any], theirs: Mapping[str, Any]) -> dict[str, Any]:
    """Mappings become one; everything else, lists among it, is theirs."""
    result = dict(ours)
    for key, value in theirs.items():
        before = ours.get(key)
        both = isinstance(before, Mapping) and isinstance(value, Mapping)
        result[key] = _merged(before, value) if both else value  # type: ignore[arg-type]  # both are mappings
    return result


def _clashing(
    theirs: Mapping[str, Any], ours: Mapping[str, Any], token: str, path: tuple[str, ...]
) -> Iterator[tuple[str, ...]]:
    for key, value in theirs.items():
        at = (*path, key)
        written = ".".join(at)
        if any(written == default or written.startswith(f"{default}.") for default in _OTHERWISE.get(token, ())):
            continue
        if written in _OWNED.get(token, ()):
            yield at
        elif isinstance(value, Mapping) and isinstance(own := ours.get(key, {}), Mapping):
            yield from _clashing(value, own, token, at)
        elif key in ours:
            yield at
