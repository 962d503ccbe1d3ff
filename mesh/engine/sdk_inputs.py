"""Resources by the engine's names → the types of their inputs in azure-native's SDK, as azure_types keeps them."""

from collections.abc import Iterable, Mapping

from mesh.engine import sdk_types
from mesh.engine.sdk_types import Kind, Property

Types = dict[str, dict[str, str]]
"""By name of a type, as the engine has it (azure-native:network:Subnet) or the SDK (network.SubnetArgs): its inputs,
each with the name of its own type, or with nothing where it is plain."""

_READ_ONLY = frozenset({"etag", "provisioningState", "resourceGuid", "defaultSecurityRules", "azureApiVersion"})


def described(tokens: Iterable[str]) -> Types:
    """The types of resources, and all that those are made of."""
    types: Types = {}
    for token in tokens:
        _describe(token, sdk_types.inputs(token), types)
    return types


def _describe(name: str, inputs: Mapping[str, Property], types: Types) -> None:
    if name in types:
        return
    members = types.setdefault(name, {})
    for member, property_ in sorted(inputs.items()):
        if member in _READ_ONLY:
            continue
        of = _class_of(property_.kind)
        members[member] = f"{sdk_types.module_name(of)}.{of.__name__}" if of else ""
        if of:
            _describe(members[member], sdk_types.members(of), types)


def _class_of(kind: Kind) -> type | None:
    """Of an object, or of the objects in a list."""
    return _class_of(kind.item) if kind.sort == "list" and kind.item else kind.object_class
