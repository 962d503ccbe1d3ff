"""azure-native's flattened properties, as Resource Manager's bodies and back.

The SDK lifts what a body has under `properties` to the top, of a resource and of the sub-resources inside it.
"""

from collections.abc import Mapping
from typing import Any

from mesh import azure_ids
from mesh.lab.providers.azure_native import sdk

_ENVELOPE = frozenset(
    {
        *("id", "name", "type", "etag", "location", "tags", "sku", "identity", "zones", "kind", "plan"),
        *("extendedLocation", "managedBy", "placement", "systemData"),
    }
)
_INSIDE = frozenset({"id", "name", "type", "etag", "zones", "location", "tags", "sku"})
"""What sub-resources have beside their `properties`."""

_WITH_PROPERTIES = frozenset(
    {
        *(
            "subnets",
            "subnet",
            "virtualNetworkPeerings",
            "securityRules",
            "defaultSecurityRules",
            "routes",
            "delegations",
        ),
        *("networkSecurityGroup", "routeTable", "publicIPAddress", "publicIPAddressConfiguration", "ipConfigurations"),
        *("ipConfiguration", "networkInterfaces", "networkInterfaceConfigurations", "privateLinkServiceConnections"),
        *("manualPrivateLinkServiceConnections", "privateDnsZoneConfigs", "extensions", "privateEndpoints"),
    }
)
"""Where sub-resources lie whose `properties` the SDK flattens."""

_MAPS_OF_THE_USER = frozenset({"tags", "nodeLabels", "settings", "protectedSettings", "metadata"})

# These have no tags or types of their own beside their properties, though Resource Manager's other types do.
_IN_PROPERTIES = {
    "azure-native:containerservice:AgentPool": frozenset({"tags", "type"}),
    "azure-native:compute:VirtualMachineExtension": frozenset({"type"}),
}
_NOT_SENT = frozenset({"azureApiVersion", "subscriptionId"})


def body(token: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a PUT sends."""
    named = {*azure_ids.ADDRESSES[token].parameters, *_NOT_SENT}
    # A role assignment's scope is where it lies and also, as its roleDefinitionId is, told in its body by Azure alone.
    content = {name: _sent(value, name) for name, value in inputs.items() if name not in named}
    return content if _has_own_properties(token) else _wrapped(content, _ENVELOPE - _in_properties(token))


def outputs(token: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """What a resource's body shows to the engine: the outputs that the SDK knows."""
    flat = {name: _shown(value, name) for name, value in answer.items()}
    if not _has_own_properties(token):
        lifted = flat.pop("properties", None) or {}
        # Resource Manager's envelope wins, except where the type has a property of that name itself.
        flat = {**lifted, **flat, **{name: lifted[name] for name in _in_properties(token) if name in lifted}}
    known = {name: value for name, value in flat.items() if name in sdk.outputs(token)}
    return {**known, "azureApiVersion": azure_ids.ADDRESSES[token].api_version}


def inputs(token: str, shown: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs that can be given as inputs, in the shape of inputs."""
    return {name: _as_input(value, name) for name, value in sdk.settable(token, shown).items()}


def _in_properties(token: str) -> frozenset[str]:
    return _IN_PROPERTIES.get(token, frozenset())


def _has_own_properties(token: str) -> bool:
    """Where the SDK leaves `properties` as it is (a vault, a secret, a resource group)."""
    return "properties" in sdk.inputs(token) or "properties" in sdk.outputs(token)


def _wrapped(content: Mapping[str, Any], envelope: frozenset[str]) -> dict[str, Any]:
    outside = {name: value for name, value in content.items() if name in envelope}
    inside = {name: value for name, value in content.items() if name not in envelope}
    return {**outside, "properties": inside} if inside or "id" not in outside else outside


def _sent(value: Any, name: str) -> Any:
    if name in _MAPS_OF_THE_USER:
        return value
    if name == "userAssignedIdentities" and isinstance(value, list):
        return {identity: {} for identity in value}
    if isinstance(value, list):
        return [_sent(item, name) for item in value]
    if isinstance(value, Mapping):
        content = {key: _sent(item, key) for key, item in value.items()}
        return _wrapped(content, _INSIDE) if name in _WITH_PROPERTIES else content
    return value


def _shown(value: Any, name: str) -> Any:
    if name in _MAPS_OF_THE_USER:
        return value
    if isinstance(value, list):
        return [_shown(item, name) for item in value]
    if isinstance(value, Mapping):
        content = {key: _shown(item, key) for key, item in value.items() if item is not None}
        if name in _WITH_PROPERTIES and isinstance(content.get("properties"), Mapping):
            return {**content.pop("properties"), **content}
        return content
    return value


def _as_input(value: Any, name: str) -> Any:
    """User-assigned identities are shown with what they are, and given as a list of ids."""
    if name == "userAssignedIdentities" and isinstance(value, Mapping):
        return sorted(value)
    if isinstance(value, list):
        return [_as_input(item, name) for item in value]
    if isinstance(value, Mapping) and name not in _MAPS_OF_THE_USER:
        return {key: _as_input(item, key) for key, item in value.items()}
    return value
