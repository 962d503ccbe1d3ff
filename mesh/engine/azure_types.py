"""What azure-native's Python SDK knows of a type: its inputs, by the engine's names, and which outputs can be set."""

import importlib
import threading
import typing
from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import UnionType
from typing import Any

from pulumi import _types  # the SDK's own reading of its classes; there is no public one

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


def settable(token: str, shown: Mapping[str, Any]) -> dict[str, Any]:
    """What of a resource's outputs can also be given as input."""
    return _settable_members(shown, inputs(token))


def _module_and_name(token: str) -> tuple[Any, str]:
    _, module, name = token.split(":")
    return importlib.import_module(f"pulumi_azure_native.{module}"), name


def _class_of(kind: Any) -> Any:
    """The SDK's class in Optional[…], Input[…], Sequence[…] and unions of those; None where there is none."""
    if isinstance(kind, type) and (_types.is_input_type(kind) or _types.is_output_type(kind)):
        return kind
    origin = typing.get_origin(kind)
    if origin in (typing.Union, UnionType) or (isinstance(origin, type) and issubclass(origin, Sequence)):
        return next(filter(None, map(_class_of, typing.get_args(kind))), None)
    return None


def _settable(value: Any, kind: Any) -> Any:
    of = _class_of(kind)
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
