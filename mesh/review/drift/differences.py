"""Two nested values, declared and live → where they differ, additions included."""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from mesh.plan.resources import ApiServer, Base64, Kubeconfig, Output, PublicFile, Secret, TextFile

PLACEHOLDERS = (ApiServer, Base64, Kubeconfig, Output, PublicFile, Secret, TextFile)
"""What a plan holds where only the deployment knows the value."""

Equal = Callable[[Any, Any], bool]
_ABSENT = object()


class _Unknown:
    """A declared value that nothing here can name: it is held equal to whatever is live."""

    def __repr__(self) -> str:
        return "UNKNOWN"


UNKNOWN = _Unknown()


@dataclass(frozen=True)
class Difference:
    path: str
    """Such as `spec.rules[1].from`, `securityRules["allow-ssh"].priority`."""
    kind: Literal["added", "removed", "changed"]
    declared: Any = None
    live: Any = None


def differences(
    declared: Any, live: Any, same: Equal = lambda one, other: bool(one == other)
) -> tuple[Difference, ...]:
    return tuple(_differences(declared, live, "", same))


def resolved(declared: Any, deployed: Any) -> Any:
    """The declared value, with what the deployment put where the plan has a placeholder."""
    if isinstance(declared, PLACEHOLDERS):
        return UNKNOWN if deployed is None else deployed
    if isinstance(declared, Mapping):
        inside = deployed if isinstance(deployed, Mapping) else {}
        return {key: resolved(value, inside.get(key)) for key, value in declared.items()}
    if isinstance(declared, list | tuple):
        items = deployed if isinstance(deployed, list) and len(deployed) == len(declared) else [None] * len(declared)
        return [resolved(item, other) for item, other in zip(declared, items, strict=True)]
    return declared


def overlaid(declared: Any, known: Any, live: Any, same: Equal) -> Any:
    """What is live, in the words of the declaration where both say the same; `known` is the declaration resolved."""
    if isinstance(declared, PLACEHOLDERS):
        return declared if known is UNKNOWN or same(known, live) else live
    if isinstance(declared, Mapping) and isinstance(live, Mapping):
        return {
            key: overlaid(declared[key], known[key], value, same) if key in declared else value
            for key, value in live.items()
        }
    lists = isinstance(declared, list | tuple) and isinstance(live, list | tuple)
    if lists and _names([*declared]) is not None and _names([*live]) is not None:
        own = {item["name"]: (item, resolved) for item, resolved in zip(declared, known, strict=True)}
        return [overlaid(*own[item["name"]], item, same) if item["name"] in own else item for item in live]
    return declared if same(known, live) else live


def at(value: Any, path: str) -> Any:
    """What a nested value has at a path that a Difference names; None where it has nothing there."""
    for part in steps(path):
        if isinstance(part, int):
            value = value[part] if isinstance(value, list) and part < len(value) else None
        elif isinstance(value, list):
            value = next((item for item in value if isinstance(item, Mapping) and item.get("name") == part), None)
        else:
            value = value.get(part) if isinstance(value, Mapping) else None
    return value


def steps(path: str) -> tuple[str | int, ...]:
    """Of a path that a Difference names: keys, names of elements, and their numbers."""
    parts = re.findall(r'([^.\[\]"]+)(?=[.\[]|$)|\["((?:[^"])*)"\]|\[(\d+)\]', path)
    return tuple(int(number) if number else name or key for name, key, number in parts)


def step(path: str, key: str) -> str:
    if re.fullmatch(r"[A-Za-z_$][\w$-]*", key):
        return f"{path}.{key}" if path else key
    return f'{path}["{key}"]'


def _differences(declared: Any, live: Any, path: str, same: Equal) -> Iterator[Difference]:
    if declared is UNKNOWN:
        return
    if isinstance(declared, Mapping) and isinstance(live, Mapping):
        for key in sorted({*declared, *live}):
            yield from _member(declared.get(key, _ABSENT), live.get(key, _ABSENT), step(path, key), same)
    elif isinstance(declared, list | tuple) and isinstance(live, list | tuple):
        yield from _elements(list(declared), list(live), path, same)
    elif not same(declared, live):
        yield Difference(path, "changed", declared, live)


def _member(declared: Any, live: Any, path: str, same: Equal) -> Iterator[Difference]:
    if declared is _ABSENT:
        if live is not None and live is not False and live not in ("", {}, []):
            yield Difference(path, "added", live=live)
    elif live is _ABSENT:
        if declared is not UNKNOWN and declared is not None and declared not in ("", {}, []):
            yield Difference(path, "removed", declared)
    else:
        yield from _differences(declared, live, path, same)


def _elements(declared: list[Any], live: list[Any], path: str, same: Equal) -> Iterator[Difference]:
    """By their names where they have some; else what both have falls out, whatever its place."""
    names = [_names(items) for items in (declared, live)]
    if None not in names and (declared or live):
        own, found = ({item["name"]: item for item in items} for items in (declared, live))
        for name in [*own, *(name for name in found if name not in own)]:
            yield from _member(own.get(name, _ABSENT), found.get(name, _ABSENT), f'{path}["{name}"]', same)
        return
    left = list(enumerate(live))
    missing = []
    for item in declared:
        match = next((pair for pair in left if not any(_differences(item, pair[1], path, same))), None)
        if match is None:
            missing.append(item)
        else:
            left.remove(match)
    for item, (position, other) in zip(missing, left, strict=False):
        yield from _differences(item, other, f"{path}[{position}]", same)
    for position, other in left[len(missing) :]:
        yield Difference(f"{path}[{position}]", "added", live=other)
    for item in missing[len(left) :]:
        yield Difference(f"{path}[{declared.index(item)}]", "removed", item)


def _names(items: list[Any]) -> list[str] | None:
    """None where not each has a name of its own."""
    names = [item.get("name") for item in items if isinstance(item, Mapping)]
    if len(names) != len(items) or not all(isinstance(name, str) for name in names) or len(set(names)) != len(names):
        return None
    return [str(name) for name in names]
