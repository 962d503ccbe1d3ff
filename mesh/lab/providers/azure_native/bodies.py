"""azure-native's flattened properties, as Resource Manager's bodies and back.

The SDK lifts what a body has under `properties` to the top, of a resource and of the sub-resources inside it.
"""

from collections.abc import Mapping
from typing import Any

from mesh import azure_ids
from mesh.engine import sdk_types
from mesh.engine.sdk_types import Kind, Property
from mesh.lab.arm.schema import wire_names

_NOT_SENT = frozenset({"azureApiVersion", "subscriptionId"})


def body(token: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    """What a PUT sends."""
    named = {*azure_ids.ADDRESSES[token].parameters, *_NOT_SENT}
    name = token.rpartition(":")[2]
    content = {key: value for key, value in inputs.items() if key not in named}
    sent = _sent_members(name, content, sdk_types.inputs(token))
    return sent if _has_own_properties(token) else _wrapped(name, sent)


def outputs(token: str, answer: Mapping[str, Any]) -> dict[str, Any]:
    """What a resource's body shows to the engine: the outputs that the SDK knows."""
    name, known = token.rpartition(":")[2], sdk_types.outputs(token)
    flat = dict(answer) if _has_own_properties(token) else _lifted(name, answer)
    shown = {key: value for key, value in _shown_members(name, flat, known).items() if key in known}
    return {**shown, "azureApiVersion": azure_ids.ADDRESSES[token].api_version}


def _has_own_properties(token: str) -> bool:
    """Where the SDK leaves `properties` as it is (a vault, a secret, a resource group)."""
    return "properties" in sdk_types.inputs(token) or "properties" in sdk_types.outputs(token)


def _wrapped(name: str, content: Mapping[str, Any]) -> dict[str, Any]:
    outside = {key: value for key, value in content.items() if wire_names.is_outside(name, key)}
    inside = {key: value for key, value in content.items() if key not in outside}
    return {**outside, "properties": inside} if inside or "id" not in outside else outside


def _lifted(name: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Resource Manager's envelope wins, except where the type has a property of that name itself."""
    inside = content.get("properties") or {}
    outside = {
        key: value
        for key, value in content.items()
        if key != "properties" and (wire_names.is_outside(name, key) or key not in inside)
    }
    return {**inside, **outside}


def _sent(value: Any, kind: Kind) -> Any:
    if isinstance(value, list):
        return [_sent(item, kind.item) for item in value] if kind.item else value
    if not isinstance(value, Mapping):
        return value
    if kind.sort == "map" and kind.item:
        return {key: _sent(item, kind.item) for key, item in value.items()}
    if kind.object_class is None:
        return value
    name = sdk_types.base_name(kind.object_class)
    content = _sent_members(name, value, sdk_types.members(kind.object_class))
    return _wrapped(name, content) if _is_nested(kind.object_class) else content


def _sent_members(name: str, content: Mapping[str, Any], known: Mapping[str, Property]) -> dict[str, Any]:
    return {
        wire_names.azure_name(name, key): _with_identities(
            key, _sent(value, known[key].kind) if key in known else value
        )
        for key, value in content.items()
    }


def _with_identities(key: str, value: Any) -> Any:
    """Given as a list of ids, sent as a map of them."""
    is_list = key == "userAssignedIdentities" and isinstance(value, list)
    return {identity: {} for identity in value} if is_list else value


def _shown(value: Any, kind: Kind) -> Any:
    if isinstance(value, list):
        return [_shown(item, kind.item) for item in value] if kind.item else value
    if not isinstance(value, Mapping):
        return value
    if kind.sort == "map" and kind.item:
        return {key: _shown(item, kind.item) for key, item in value.items()}
    if kind.object_class is None:
        return value
    name = sdk_types.base_name(kind.object_class)
    content, known = (
        {key: item for key, item in value.items() if item is not None},
        sdk_types.members(kind.object_class),
    )
    # The SDK calls some classes by another name than Azure does: VirtualNetworkPeeringVirtualNetworkResponse.
    lifts = _is_nested(kind.object_class) or ("properties" in content and "properties" not in known)
    return _shown_members(name, _lifted(name, content) if lifts else content, known)


def _shown_members(name: str, content: Mapping[str, Any], known: Mapping[str, Property]) -> dict[str, Any]:
    named = {wire_names.sdk_name(name, key): value for key, value in content.items()}
    return {key: _shown(value, known[key].kind) if key in known else value for key, value in named.items()}


def _is_nested(sdk_class: type) -> bool:
    return wire_names.has_properties(sdk_types.module_name(sdk_class), sdk_types.base_name(sdk_class))
