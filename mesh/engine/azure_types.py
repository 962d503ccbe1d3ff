"""What Azure shows of a resource → what of it can be set, as azure-native's SDK types it.

The types of what the program makes are kept in azure_types.json, in the words of sdk_inputs: to load the SDK takes
seconds. A test holds the file against the SDK.
"""

import json
from collections.abc import Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

KEPT = Path(__file__).with_suffix(".json")

_Types = Mapping[str, Mapping[str, str]]


def settable(token: str, shown: Mapping[str, Any]) -> dict[str, Any]:
    """What of a resource's outputs can also be given as input."""
    return _members(shown, token, _types(token))


@cache
def _kept() -> _Types:
    types: _Types = json.loads(KEPT.read_text(encoding="utf-8"))
    return types


@cache
def _types(token: str) -> _Types:
    """Asks the SDK only for what is not kept, such as what a state holds of an older program."""
    if token in _kept():
        return _kept()
    asked: _Types = import_module("mesh.engine.sdk_inputs").described((token,))
    return asked


def _members(value: Mapping[str, Any], of: str, types: _Types) -> dict[str, Any]:
    known = types[of]
    return {
        name: _value(item, known[name], types)
        for name, item in value.items()
        if name in known and not _is_identity(name, item, value)
    }


def _value(value: Any, of: str, types: _Types) -> Any:
    if isinstance(value, list):
        return [_value(item, of, types) for item in value]
    if of and isinstance(value, Mapping):
        return _members(value, of, types)
    return value


def _is_identity(name: str, item: Any, beside: Mapping[str, Any]) -> bool:
    """Ids and types of what lies inside a resource are Azure's to give; a lone id refers to something."""
    return (name == "id" and "name" in beside) or (name == "type" and str(item).startswith("Microsoft."))
