"""Properties that a stack file sets as Azure's API writes them, held against the types of azure-native's SDK."""

from collections.abc import Iterator, Mapping
from typing import Any

from mesh.declaration import spelling
from mesh.declaration.problems import ENVIRONMENT, Path, Problem
from mesh.engine import sdk_types
from mesh.engine.sdk_types import Kind, Property
from mesh.model import AzureSettings, Environment

_NOUNS = {
    "text": "a text",
    "whole": "a whole number",
    "number": "a number",
    "flag": "true or false",
    "list": "a list",
    "map": "a mapping",
    "object": "a mapping",
}


def problems(environment: Environment) -> Iterator[Problem]:
    """With their paths from the top of the stack file. Loads the SDK only where there is something to check."""
    for settings in environment.azure:
        members = sdk_types.inputs(f"azure-native:{settings.token}")
        yield from _members(settings, members, settings.properties, ())


def _members(
    settings: AzureSettings, known: Mapping[str, Property], value: Mapping[str, Any], path: Path
) -> Iterator[Problem]:
    for key, item in value.items():
        if key not in known:
            what = f"Azure has no property {spelling.shown(str(key))} here"
            fix = spelling.suggestion(str(key), known, "Write it as Azure's API does, without `properties`")
            yield _problem(settings, (*path, key), what, fix)
        else:
            yield from _value(settings, known[key].kind, item, (*path, key))


def _value(settings: AzureSettings, kind: Kind, value: Any, path: Path) -> Iterator[Problem]:
    if not _is_of(kind, value):
        what = f"it is {spelling.kind(value)}, but must be {_NOUNS[kind.sort]}"
        yield _problem(settings, path, what, f"Write {_NOUNS[kind.sort]}")
    elif kind.object_class and isinstance(value, Mapping):
        yield from _members(settings, sdk_types.members(kind.object_class), value, path)
    elif kind.item and isinstance(value, Mapping):
        for key, item in value.items():
            yield from _value(settings, kind.item, item, (*path, key))
    elif kind.item:
        for position, item in enumerate(value):
            yield from _value(settings, kind.item, item, (*path, position))
    elif kind.values and value not in kind.values:
        what = f"Azure takes {spelling.listed(kind.values)}, not {spelling.shown(value)}"
        yield _problem(settings, path, what, spelling.suggestion(value, kind.values, f"Write {kind.values[0]}"))


def _is_of(kind: Kind, value: Any) -> bool:
    match kind.sort:
        case "text":
            return isinstance(value, str)
        case "flag":
            return isinstance(value, bool)
        case "whole" | "number":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "list":
            return isinstance(value, list | tuple)
        case "map" | "object":
            return isinstance(value, Mapping)
    return True


def _problem(settings: AzureSettings, path: Path, message: str, fix: str) -> Problem:
    return Problem((*ENVIRONMENT, *settings.place, *path), message, fix)
