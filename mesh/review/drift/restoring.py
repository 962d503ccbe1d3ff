"""What is live, and what is declared → the object as it has to be written, so that no drift is left.

What others keep, and what is expected, stays as it is live.
"""

import copy
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from mesh.plan import Plan
from mesh.review.drift import objects
from mesh.review.drift.changes import Change
from mesh.review.drift.classes import excused
from mesh.review.drift.differences import UNKNOWN, Difference, at, steps
from mesh.review.drift.live import Properties

Object = dict[str, Any]


def to_apply(plan: Plan, change: Change, declared: Properties, found: Properties | None) -> Object | None:
    """As the program applies it; None where nobody here knows a value of it."""
    identity = {"apiVersion": declared["apiVersion"], "kind": declared["kind"]}
    content: Object = copy.deepcopy(objects.content(declared))
    if found is not None:
        kept = _of(plan, change, declared, found, is_excused=True)
        for difference in sorted(kept, key=_deepest_last_first):
            if difference.kind == "removed":
                _remove(content, difference.path, at(content, difference.path))
            elif difference.kind == "changed":
                _set(content, difference.path, difference.live)
    return None if _holds_unknown(content) else {**identity, **content}


def restored(plan: Plan, change: Change, declared: Properties, found: Properties) -> Object | None:
    """What is live without its drift; None where there is none, or a declared value is not known."""
    left = _of(plan, change, declared, found, is_excused=False)
    if not left or any(_holds_unknown(difference.declared) for difference in left):
        return None
    return undone(found, left)


def undone(live: Properties, differences: Iterable[Difference]) -> Object:
    """What is live, as it was before it differed so."""
    result: Object = copy.deepcopy(dict(live))
    by_kind: dict[str, list[Difference]] = {"changed": [], "added": [], "removed": []}
    for difference in differences:
        by_kind[difference.kind].append(difference)
    for difference in by_kind["changed"]:
        _set(result, difference.path, difference.declared)
    for difference in sorted(by_kind["added"], key=_deepest_last_first):
        _remove(result, difference.path, difference.live)
    for difference in by_kind["removed"]:
        _set(result, difference.path, difference.declared, beside=True)
    return result


def _of(
    plan: Plan, change: Change, declared: Properties, found: Properties, *, is_excused: bool
) -> tuple[Difference, ...]:
    differing = objects.with_values(declared, found)
    asked = replace(change, differences=differing)
    return tuple(one for one in differing if (excused(plan, asked, one) is not None) == is_excused)


def _deepest_last_first(difference: Difference) -> list[tuple[int, int, str]]:
    """Elements go from the end of a list on, so that those before keep their numbers."""
    return [(0, -part, "") if isinstance(part, int) else (1, 0, part) for part in steps(difference.path)]


def _set(value: Any, path: str, wanted: Any, *, beside: bool = False) -> None:
    """`beside` makes room for an element, where it would else take the place of another."""
    *way, last = steps(path)
    parent = _at(value, way)
    if isinstance(parent, list):
        position = None if beside else _position(parent, last)
        if position is None:
            parent.insert(last if isinstance(last, int) else len(parent), copy.deepcopy(wanted))
        else:
            parent[position] = copy.deepcopy(wanted)
    elif isinstance(parent, dict):
        parent[str(last)] = copy.deepcopy(wanted)


def _remove(value: Any, path: str, added: Any) -> None:
    """Of a map that was added only its own keys: an API server's are none of anybody's."""
    *way, last = steps(path)
    parent = _at(value, way)
    if isinstance(parent, list):
        position = _position(parent, last)
        if position is not None:
            del parent[position]
        return
    if not isinstance(parent, dict) or last not in parent:
        return
    held = parent[str(last)]
    if isinstance(added, Mapping) and isinstance(held, dict):
        for key in added:
            held.pop(key, None)
        if held:
            return
    del parent[str(last)]


def _at(value: Any, way: Iterable[str | int]) -> Any:
    for part in way:
        if isinstance(value, list):
            position = _position(value, part)
            value = None if position is None else value[position]
        else:
            value = value.get(part) if isinstance(value, dict) else None
    return value


def _position(items: list[Any], part: str | int) -> int | None:
    if isinstance(part, int):
        return part if part < len(items) else None
    named = (number for number, item in enumerate(items) if isinstance(item, Mapping) and item.get("name") == part)
    return next(named, None)


def _holds_unknown(value: Any) -> bool:
    if isinstance(value, Mapping):
        return any(_holds_unknown(item) for item in value.values())
    if isinstance(value, list | tuple):
        return any(_holds_unknown(item) for item in value)
    return value is UNKNOWN
