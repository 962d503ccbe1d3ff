"""Patterns of request paths: what each stands for, whether one covers another, and whether two have a path in common.

`{*}` stands for one segment, `{**}` for any number of them, a star at the end for every path with this beginning, a
star at the beginning for every path with this ending.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

_OPERATORS = re.compile(r"\{\*\*\}|\{\*\}|\*")
_SEGMENT = "{*}"
_SLASH, _OTHER = "/", "\0"
"""The character that a segment lacks, and one that stands for all that no pattern writes out."""


class _Item(NamedTuple):
    """One character of a path, or with `repeats` none or many. `only` empty: any character."""

    only: str
    within_segment: bool
    repeats: bool

    def takes(self, character: str) -> bool:
        if self.only:
            return character == self.only
        return not (self.within_segment and character == _SLASH)


def canonical(path: str) -> str:
    """A path as policies write it: a segment that is a star is {*}, and a star at the end after one is {**}."""
    head = re.sub(r"(?<=/)\*(?=/)", _SEGMENT, path)
    return f"{head[:-1]}{{**}}" if "{" in head and head.endswith("/*") else head


def has_hole(path: str) -> bool:
    """Whether a pattern is more than an exact path or a beginning."""
    return "{" in path or (path.startswith("*") and path != "*")


def most_specific_first(path: str) -> tuple[bool, int, int, str]:
    """The order in which paths are tried: exact ones, then longer ones. What covers another comes behind it.

    Every path begins with a slash, also where its pattern does not.
    """
    beginning = _OPERATORS.split(path, maxsplit=1)[0]
    shortest = sum(1 for item in _items(path) if not item.repeats)
    return beginning != path, -max(len(beginning), len(_SLASH)), -shortest, path


def expression(path: str) -> str:
    """The regular expression (RE2) of a pattern; it matches the whole path."""
    parts = [re.escape(part) for part in _OPERATORS.split(path)]
    operators = ["[^/]+" if operator == _SEGMENT else ".*" for operator in _OPERATORS.findall(path)]
    return parts[0] + "".join(f"{operator}{part}" for operator, part in zip(operators, parts[1:], strict=True))


def pattern(expression_: str) -> str | None:
    """The pattern that has a regular expression; None where none has it."""
    parts = re.split(r"(\[\^/\]\+|\.\*)", expression_)
    operators = {"[^/]+": _SEGMENT, ".*": "{**}"}
    path = "".join(operators.get(part) or re.sub(r"\\(.)", r"\1", part) for part in parts)
    path = path.replace("{**}", "*", 1) if path.startswith("{**}") else path
    return path if expression(path) == expression_ else None


def examples(path: str) -> tuple[str, ...]:
    """The shortest path that a pattern stands for, and a longer one where there is one."""
    segments = path.replace(_SEGMENT, "any")
    shortest, longer = _OPERATORS.sub("", segments), _OPERATORS.sub("any/thing", segments)
    if path.startswith("*"):
        shortest, longer = f"/{shortest.lstrip('/')}", f"/{longer}"
    return tuple(dict.fromkeys((shortest, longer)))


def covers(pattern: str, path: str) -> bool:
    """Whether all that `path` stands for, which may be a pattern too, is in a pattern."""
    if pattern in ("*", "/*"):
        return True
    if has_hole(pattern) or has_hole(path):
        return _covers(pattern, path)
    if pattern.endswith("*"):
        return path.startswith(pattern[:-1])
    return path == pattern


def meet(path: str, other: str) -> bool:
    """Whether some path is in both patterns."""
    if has_hole(path) or has_hole(other):
        return any(ends and other_ends for ends, other_ends in _ends(path, other))
    return covers(path, other) or covers(other, path)


@lru_cache(maxsize=10_000)
def _covers(pattern: str, path: str) -> bool:
    return all(ends or not path_ends for ends, path_ends in _ends(pattern, path))


def _ends(path: str, other: str) -> Iterator[tuple[bool, bool]]:
    """Of every beginning of a path: whether it is in the one pattern, and whether in the other."""
    items, other_items = _items(path), _items(other)
    characters = {_SLASH, _OTHER, *(item.only for item in (*items, *other_items) if item.only)}
    first = (_passed(items, {0}), _passed(other_items, {0}))
    waiting, seen = [first], {first}
    while waiting:
        here, there = waiting.pop()
        yield len(items) in here, len(other_items) in there
        for character in characters:
            following = (_after(items, here, character), _after(other_items, there, character))
            if following not in seen and any(following):
                seen.add(following)
                waiting.append(following)


def _items(path: str) -> tuple[_Item, ...]:
    items: list[_Item] = []
    position = 0
    for operator in _OPERATORS.finditer(path):
        items += (_Item(character, False, False) for character in path[position : operator.start()])
        if operator[0] == _SEGMENT:
            items += (_Item("", True, False), _Item("", True, True))
        else:
            items.append(_Item("", False, True))
        position = operator.end()
    items += (_Item(character, False, False) for character in path[position:])
    return tuple(items)


def _after(items: tuple[_Item, ...], places: frozenset[int], character: str) -> frozenset[int]:
    taking = {place for place in places if place < len(items) and items[place].takes(character)}
    return _passed(items, {place if items[place].repeats else place + 1 for place in taking})


def _passed(items: tuple[_Item, ...], places: set[int]) -> frozenset[int]:
    """With the places behind what may be left out."""
    reached = set(places)
    for place in sorted(places):
        while place < len(items) and items[place].repeats:
            place += 1
            reached.add(place)
    return frozenset(reached)
