"""What azure-native's Python SDK knows of a type: its inputs and outputs, by the names that the engine sees."""

import importlib
import threading
import typing
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import UnionType
from typing import Any

from pulumi import _types  # the SDK's own reading of its classes; there is no public one

from mesh.lab.providers.properties import UNKNOWN

_READ_ONLY = frozenset({"etag", "provisioningState", "resourceGuid", "defaultSecurityRules", "azureApiVersion"})

_LOADING = threading.Lock()
"""The SDK loads its modules when they are first looked into, and shows them half loaded to other threads meanwhile."""


@lru_cache
def inputs(token: str) -> Mapping[str, Any]:
    """The type of each input."""
    with _LOADING:
        module, name = _module_and_name(token)
        arguments = getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args")
        return _types.input_type_types(arguments)


@lru_cache
def outputs(token: str) -> Mapping[str, Any]:
    """The type of each output, apart from the id."""
    with _LOADING:
        module, name = _module_and_name(token)
        return _types.resource_types(getattr(module, name))


def settable(token: str, shown: Mapping[str, Any]) -> dict[str, Any]:
    """What of a resource's outputs can also be given as input."""
    return _settable_members(shown, inputs(token))


def planned(token: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The outputs as far as the inputs tell them; all else becomes known when it exists."""
    return {name: _planned(given[name], kind) if name in given else UNKNOWN for name, kind in outputs(token).items()}


def _module_and_name(token: str) -> tuple[Any, str]:
    _, module, name = token.split(":")
    return importlib.import_module(f"pulumi_azure_native.{module}"), name


def _settable(value: Any, kind: Any) -> Any:
    of = _class(kind)
    if isinstance(value, list):
        return [_settable(item, kind) for item in value]
    if isinstance(value, Mapping) and of is not None and _types.is_input_type(of):
        return _settable_members(value, _types.input_type_types(of))
    return value


def _settable_members(value: Mapping[str, Any], kinds: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: _settable(item, kinds[name])
        for name, item in value.items()
        if name in kinds and name not in _READ_ONLY and not _is_identity(name, item, value)
    }


def _is_identity(name: str, item: Any, beside: Mapping[str, Any]) -> bool:
    """Ids and types of what lies inside a resource are Azure's to give; a lone id refers to something."""
    return (name == "id" and "name" in beside) or (name == "type" and str(item).startswith("Microsoft."))


def _planned(value: Any, kind: Any) -> Any:
    of = _class(kind)
    if isinstance(value, list):
        # Identities are given as a list, and shown as a map with what becomes known of each.
        return UNKNOWN if _is_map(kind) else [_planned(item, kind) for item in value]
    if isinstance(value, Mapping) and of is not None and _types.is_output_type(of):
        kinds = _types.output_type_types(of)
        return {name: _planned(value[name], item) if name in value else UNKNOWN for name, item in kinds.items()}
    return value


def _is_map(kind: Any) -> bool:
    origin = typing.get_origin(kind)
    if origin in (typing.Union, UnionType):
        return any(map(_is_map, typing.get_args(kind)))
    return isinstance(origin, type) and issubclass(origin, Mapping)


def _class(kind: Any) -> Any:
    """The SDK's class in Optional[…], Input[…], Sequence[…] and unions of those; None where there is none."""
    if isinstance(kind, type) and (_types.is_input_type(kind) or _types.is_output_type(kind)):
        return kind
    origin = typing.get_origin(kind)
    if origin in (typing.Union, UnionType) or (isinstance(origin, type) and issubclass(origin, Sequence)):
        return next(filter(None, map(_class, typing.get_args(kind))), None)
    return None
