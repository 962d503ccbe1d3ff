"""Bodies drawn at random from the shape of a type, over a body that Azure accepts; and bodies spoilt at one place."""

import copy
import random
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from mesh.lab.arm.schema.shapes import Shape

_WORDS = ("", "a", "10.10.0.0/24", "10.10.0.9", "*", "/subscriptions/x", "99", "latest")
_DEEPEST = 5

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Spoilt:
    """A body that does not fit its type any more."""

    body: Any
    fault: str
    place: Path


def drawn(shape: Shape, base: Any, luck: random.Random, share: float) -> Any:
    """The base with some of the members that its type has besides, in any depth."""
    result = copy.deepcopy(base)
    _add(shape, result, luck, share, 0)
    return result


def _add(shape: Shape, body: Any, luck: random.Random, share: float, depth: int) -> None:
    if shape.sort == "list" and isinstance(body, list) and shape.item:
        for item in body:
            _add(shape.item, item, luck, share, depth)
    if shape.sort != "object" or not isinstance(body, dict):
        return
    for name, member in shape.members.items():
        if name in body:
            _add(member.shape, body[name], luck, share, depth + 1)
        elif not member.read_only and (member.required or luck.random() < share):
            body[name] = _value(member.shape, luck, share, depth + 1)


def _value(shape: Shape, luck: random.Random, share: float, depth: int) -> Any:
    match shape.sort:
        case "object":
            return {
                name: _value(member.shape, luck, share, depth + 1)
                for name, member in shape.members.items()
                if not member.read_only and (member.required or (depth < _DEEPEST and luck.random() < share))
            }
        case "list" | "map" if shape.item:
            drawn_items = [_value(shape.item, luck, share, depth + 1) for _ in range(luck.randint(0, 2))]
            return drawn_items if shape.sort == "list" else {f"key-{at}": item for at, item in enumerate(drawn_items)}
        case "flag":
            return luck.random() < 0.5
        case "whole" | "number":
            return luck.choice((0, 1, 4, 100, 4096, -1))
        case "text":
            return luck.choice(shape.values or _WORDS)
    return luck.choice(({}, [], "a", 1, None))


def spoilt(shape: Shape, body: Any, luck: random.Random) -> Spoilt:
    """The body with one member unknown, of a wrong type, without one that is required, or of an unknown value."""
    fault, place, value = luck.choice(list(_faults(shape, body, ())))
    result = copy.deepcopy(body)
    parent = result
    for key in place[:-1]:
        parent = parent[key]
    if fault == "missing":
        del parent[place[-1]]
    else:
        parent[place[-1]] = value
    return Spoilt(result, fault, place)


def _faults(shape: Shape, value: Any, place: Path) -> Iterator[tuple[str, Path, Any]]:
    if place and shape.sort != "anything":
        yield "type", place, {"object": [], "map": [], "list": {}, "text": 1, "flag": "true"}.get(shape.sort, "1")
        if shape.sort == "whole":
            yield "type", place, 1.5
    if shape.values:
        yield "value", place, "Sometimes"
    if shape.sort == "list" and shape.item:
        for at, item in enumerate(value):
            yield from _faults(shape.item, item, (*place, at))
    if shape.sort == "object":
        yield from _object_faults(shape, value, place)


def _object_faults(shape: Shape, value: dict[str, Any], place: Path) -> Iterator[tuple[str, Path, Any]]:
    yield "unknown", (*place, "tiers"), "x"
    for name, member in shape.members.items():
        if member.read_only and name not in value:
            yield "read-only", (*place, name), {"set": "by a client"}
        elif member.required and name in value:
            yield "missing", (*place, name), None
        if name in value and not member.read_only:
            yield from _faults(member.shape, value[name], (*place, name))
