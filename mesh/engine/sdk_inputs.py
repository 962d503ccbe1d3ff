"""azure-native's Python SDK → its types: of each the inputs, and which of them are types again.

Loading the SDK takes seconds; azure_types keeps what it says of the types that the program makes.
"""

import importlib
import threading
import typing
from collections.abc import Iterable, Mapping, Sequence
from types import UnionType
from typing import Any

from pulumi import _types  # the SDK's own reading of its classes; there is no public one

Types = dict[str, dict[str, str]]
"""By name of a type, as the engine has it (azure-native:network:Subnet) or the SDK (network.SubnetArgs): its inputs,
each with the name of its own type, or with nothing where it is plain."""

_READ_ONLY = frozenset({"etag", "provisioningState", "resourceGuid", "defaultSecurityRules", "azureApiVersion"})

_LOADING = threading.Lock()
"""The SDK loads its modules when they are first looked into, and shows them half loaded to other threads meanwhile."""


def described(tokens: Iterable[str]) -> Types:
    """Resources by the engine's names → their types, and all that those are made of."""
    types: Types = {}
    with _LOADING:
        for token in tokens:
            _describe(token, _inputs(token), types)
    return types


def _describe(name: str, inputs: Mapping[str, Any], types: Types) -> None:
    if name in types:
        return
    members: dict[str, str] = types.setdefault(name, {})
    for member, kind in sorted(inputs.items()):
        of = _class_of(kind)
        if member in _READ_ONLY:
            continue
        if of is None or not _types.is_input_type(of):
            members[member] = ""
            continue
        members[member] = f"{of.__module__.split('.')[1]}.{of.__name__}"
        _describe(members[member], _types.input_type_types(of), types)


def _inputs(token: str) -> Mapping[str, Any]:
    _, module_name, name = token.split(":")
    module = importlib.import_module(f"pulumi_azure_native.{module_name}")
    arguments = getattr(module, f"{name}InitArgs", None) or getattr(module, f"{name}Args")
    return _types.input_type_types(arguments)


def _class_of(kind: Any) -> Any:
    """The SDK's class in Optional[…], Input[…], Sequence[…] and unions of those; None where there is none."""
    if isinstance(kind, type) and (_types.is_input_type(kind) or _types.is_output_type(kind)):
        return kind
    origin = typing.get_origin(kind)
    if origin in (typing.Union, UnionType) or (isinstance(origin, type) and issubclass(origin, Sequence)):
        return next(filter(None, map(_class_of, typing.get_args(kind))), None)
    return None
