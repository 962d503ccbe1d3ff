"""Inputs that the official plugin's Check refuses before Azure is asked, in its words.

It looks for what is required and for lists, texts and numbers where another type belongs. It neither refuses what a
type does not have nor compares texts with documented values; Azure does (mesh/lab/arm/schema).
"""

from collections.abc import Iterator, Mapping
from typing import Any

from mesh.engine import sdk_types
from mesh.engine.sdk_types import Kind, Property
from mesh.lab.providers.properties import UNKNOWN

_TYPES: Mapping[str, str] = {
    "text": "string",
    "whole": "integer",
    "number": "number",
    "flag": "boolean",
    "list": "array",
    "map": "object",
    "object": "object",
}
_LOCATION = ". Either set it explicitly or configure it with 'pulumi config set azure-native:location <value>'."


def failures(token: str, inputs: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """The top-level property and the reason of each."""
    for name, reason in _of_members(sdk_types.inputs(token), inputs, ""):
        yield name.partition(".")[0].partition("[")[0], reason


def _of_members(known: Mapping[str, Property], values: Mapping[str, Any], within: str) -> Iterator[tuple[str, str]]:
    for name, property_ in known.items():
        place = f"{within}.{name}" if within else name
        if property_.required and name not in values:
            yield place, f"missing required property '{place}'" + (_LOCATION if place == "location" else "")
        elif name in values:
            yield from _of_value(property_.kind, values[name], place)


def _of_value(kind: Kind, value: Any, place: str) -> Iterator[tuple[str, str]]:
    if value == UNKNOWN or kind.sort == "anything":
        return
    wanted = _TYPES[kind.sort]
    if isinstance(value, Mapping):
        if kind.object_class:
            yield from _of_members(sdk_types.members(kind.object_class), value, place)
    elif isinstance(value, list):
        if kind.sort != "list" or kind.item is None:
            yield place, f"'{place}' should be of type '{wanted}' but got an array"
            return
        for at, item in enumerate(value):
            yield from _of_value(kind.item, item, f"{place}[{at}]")
    elif isinstance(value, str):
        if kind.sort != "text":
            yield place, f"'{place}' should be of type '{wanted}' but got a string"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        yield from _of_number(kind, value, place)


def _of_number(kind: Kind, value: float, place: str) -> Iterator[tuple[str, str]]:
    if kind.sort not in ("whole", "number"):
        yield place, f"'{place}' should be of type '{_TYPES[kind.sort]}' but got a number"
    elif kind.sort == "whole" and value != int(value):
        yield place, f"'{place}' must be an integer but got {value:f}"
