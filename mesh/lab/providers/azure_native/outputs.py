"""Outputs of azure-native's types: those that are not known yet, and what of them can be given as inputs."""

from collections.abc import Mapping
from typing import Any

from mesh.engine import sdk_types
from mesh.engine.sdk_types import Kind, Property
from mesh.lab.providers.properties import UNKNOWN

_READ_ONLY = frozenset({"etag", "provisioningState", "resourceGuid", "defaultSecurityRules", "azureApiVersion"})


def planned(token: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs as far as the inputs tell them; all else becomes known when it exists."""
    return _planned_members(given, sdk_types.outputs(token))


def as_inputs(token: str, shown: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs that can be given as inputs, in the shape of inputs."""
    return _settable_members(shown, sdk_types.inputs(token))


def _planned(value: Any, kind: Kind) -> Any:
    if isinstance(value, list):
        # Identities are given as a list, and shown as a map with what becomes known of each.
        return [_planned(item, kind.item) for item in value] if kind.item and kind.sort == "list" else UNKNOWN
    if isinstance(value, Mapping) and kind.object_class:
        return _planned_members(value, sdk_types.members(kind.object_class))
    return value


def _planned_members(given: Mapping[str, Any], known: Mapping[str, Property]) -> dict[str, Any]:
    return {key: _planned(given[key], item.kind) if key in given else UNKNOWN for key, item in known.items()}


def _settable(value: Any, kind: Kind) -> Any:
    if isinstance(value, list) and kind.item:
        return [_settable(item, kind.item) for item in value]
    if isinstance(value, Mapping) and kind.sort == "list":  # identities again
        return sorted(value)
    if isinstance(value, Mapping) and kind.object_class:
        return _settable_members(value, sdk_types.members(kind.object_class))
    return value


def _settable_members(shown: Mapping[str, Any], known: Mapping[str, Property]) -> dict[str, Any]:
    return {
        key: _settable(value, known[key].kind)
        for key, value in shown.items()
        if key in known and key not in _READ_ONLY and not _is_identity(key, value, shown)
    }


def _is_identity(key: str, value: Any, beside: Mapping[str, Any]) -> bool:
    """Ids and types of what lies inside a resource are Azure's to give; a lone id refers to something."""
    return (key == "id" and "name" in beside) or (key == "type" and str(value).startswith("Microsoft."))
