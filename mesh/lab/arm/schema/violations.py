"""A body against the shape of its type: what does not fit, and the body without what says nothing."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from mesh.lab.arm.schema.shapes import Member, Shape

_WHOLE_MAX = 2**63 - 1


@dataclass(frozen=True)
class Violation:
    fault: Literal["unknown", "type", "missing", "value", "read-only"]
    path: str
    object_name: str
    """The type of the object that has the member."""
    value: Any = None
    expected: str = ""
    """The type, or the values, that Azure takes here."""

    @property
    def member(self) -> str:
        return self.path.rpartition(".")[2]


def violations(shape: Shape, body: Any, present: Any) -> Iterator[Violation]:
    """Of a body against a shape; what only Azure sets may be repeated as it is at present."""
    return _violations(shape, body, present, "", shape.name)


def _violations(shape: Shape, value: Any, present: Any, path: str, owner: str) -> Iterator[Violation]:
    if shape.sort != "anything" and not _is_of_sort(shape, value):
        yield Violation("type", path, owner, value, _words(shape))
    elif shape.sort == "object":
        yield from _in_object(shape, value, present, path)
    elif shape.sort == "map" and shape.item:
        for key, item in value.items():
            if item is not None or shape.item.sort != "object":
                yield from _violations(shape.item, item, _at(present, key), f"{path}['{key}']", owner)
    elif shape.sort == "list" and shape.item:
        for at, item in enumerate(value):
            yield from _violations(shape.item, item, _at(present, at), f"{path}[{at}]", owner)
    elif shape.values and _documented(shape, value) is None:
        yield Violation("value", path, owner, value, ", ".join(shape.values))


def _in_object(shape: Shape, value: dict[str, Any], present: Any, path: str) -> Iterator[Violation]:
    start = f"{path}." if path else ""
    for name, item in value.items():
        member = shape.members.get(name)
        if member is None:
            yield Violation("unknown", f"{start}{name}", shape.name)
        elif item is None:
            continue
        elif member.read_only:
            if not _is_same(item, _at(present, name)):
                yield Violation("read-only", f"{start}{name}", shape.name, item)
        else:
            yield from _violations(member.shape, item, _at(present, name), f"{start}{name}", shape.name)
    for name, member in shape.members.items():
        if member.required and value.get(name) is None:
            yield from _missing(member, f"{start}{name}", shape.name)


def _missing(member: Member, path: str, owner: str) -> Iterator[Violation]:
    """The members that are needed inside, where there are any."""
    needed = [name for name, inner in member.shape.members.items() if inner.required]
    for name in needed:
        yield Violation("missing", f"{path}.{name}", member.shape.name)
    if not needed:
        yield Violation("missing", path, owner)


def _is_of_sort(shape: Shape, value: Any) -> bool:
    match shape.sort:
        case "object" | "map":
            return isinstance(value, dict)
        case "list":
            return isinstance(value, list)
        case "text":
            return isinstance(value, str)
        case "flag":
            return isinstance(value, bool)
        case "whole":
            return _is_number(value) and value == int(value)
        case "number":
            return _is_number(value)
    return True


def _is_number(value: Any) -> bool:
    if isinstance(value, int):
        return not isinstance(value, bool) and abs(value) <= _WHOLE_MAX
    return isinstance(value, float) and math.isfinite(value)


def _words(shape: Shape) -> str:
    return {
        "object": shape.name,
        "map": "Dictionary",
        "list": f"List<{_words(shape.item)}>" if shape.item else "List",
        "text": "String",
        "flag": "Boolean",
        "whole": "Int32",
        "number": "Double",
    }.get(shape.sort, "Object")


def _documented(shape: Shape, value: str) -> str | None:
    """The value as Azure spells it; Azure does not mind the casing."""
    return next((known for known in shape.values if known.lower() == value.lower()), None)


def _at(present: Any, key: str | int) -> Any:
    if isinstance(present, dict):
        return present.get(key)
    if isinstance(present, list) and isinstance(key, int) and key < len(present):
        return present[key]
    return None


def _is_same(sent: Any, present: Any) -> bool:
    if isinstance(sent, str) and isinstance(present, str):
        return sent.lower() == present.lower()
    return bool(sent == present)


def read(shape: Shape, value: Any) -> Any:
    """A body without violations as Azure reads it: no nulls, nothing that only Azure sets, values as Azure spells."""
    if isinstance(value, dict) and shape.sort == "object":
        return {
            name: read(member.shape, item)
            for name, item in value.items()
            if item is not None and not (member := shape.members[name]).read_only
        }
    if isinstance(value, dict) and shape.sort == "map" and shape.item:
        return {key: read(shape.item, item) for key, item in value.items() if item is not None}
    if isinstance(value, list) and shape.item:
        return [read(shape.item, item) for item in value]
    if isinstance(value, str) and shape.values:
        return _documented(shape, value) or value
    if shape.sort == "whole" and isinstance(value, float):
        return int(value)
    return value
