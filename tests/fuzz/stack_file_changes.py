"""Stack files with one change, drawn: any change, one that keeps the file sound, or one of its text."""

import copy
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mesh.declaration.problems import ENVIRONMENT, Path

_TEXTS = (
    *("", " ", "x", "X", "-", "a" * 300, "\x00", "ä", "а", "\u202e", "true", "null", "1", "{message}", "%s", "*", "/*"),
    *("10.10.0.0/16", "10.10.0.0/33", "10.30.0.10", "0.0.0.0/0", "10.0.0.0/8", "255.255.255.255/32", "::1/128", "/24"),
    *("1.34", "9.99.9", "1.34.0-rc1", "https://example.com", "*.example.com", "-----BEGIN", "kube-system", "ingress/"),
)
_NUMBERS = (-1, 0, 1, 2, 3, 22, 80, 443, 65535, 65536, 2**31, 2**63, 10**30, 1.5, 0.1, float("nan"), float("inf"))
_INSERTED = (
    *("", "\t", ":", "[", "}", "&a ", "*a", "!x ", "\n", "- ", "'", '"', "|", "?", "#", "%", "@", '"\\ud800"', "<<: "),
    *("---\n", "\x00", "\x85", "\u202e", "  ", ", ", "~", "{", "]"),
)
_REFERRING = ("traffic", "accept", "approve", "tracing", "theirs")
"""Sections that name routes or workloads, so that a change of these is no sound one."""


@dataclass(frozen=True)
class Change:
    value: Any
    """The whole file."""
    path: Path
    """What was changed; empty where nothing was that a message could name."""
    words: tuple[str, ...]
    """What stood there, or stands there now: a message that names it names the change."""
    kind: str


def places(value: Any, path: Path = ()) -> Iterator[Path]:
    """Every key and every item of a list, the deepest last."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield (*path, key)
        yield from places(item, (*path, key))


def at(value: Any, path: Path) -> Any:
    for part in path:
        value = value[part]
    return value


def changed(whole: Any, luck: random.Random) -> Change:
    """One value replaced, removed, renamed, doubled, or taken from another place of the same file."""
    inside = [path for path in places(whole) if len(path) > len(ENVIRONMENT)]
    path = luck.choice(inside)
    kinds: dict[str, Callable[[Any, Path, random.Random], Change]] = {
        "removed": _removed,
        "renamed": _renamed,
        "replaced": _replaced,
        "moved": lambda value, path, luck: _set(value, path, copy.deepcopy(at(value, luck.choice(inside))), "moved"),
        "added": _added,
    }
    kind = luck.choices(list(kinds), weights=(2, 2, 4, 2, 1))[0]
    return kinds[kind](copy.deepcopy(whole), path, luck)


def _removed(whole: Any, path: Path, _: random.Random) -> Change:
    old = at(whole, path)
    del at(whole, path[:-1])[path[-1]]
    return Change(whole, path, _words(path[-1], old), "removed")


def _renamed(whole: Any, path: Path, luck: random.Random) -> Change:
    parent = at(whole, path[:-1])
    if isinstance(parent, list):
        return _set(whole, path, luck.choice(_TEXTS), "replaced")
    old = str(path[-1])
    spot = luck.randrange(len(old) + 1)
    new = luck.choice((old[:spot] + old[spot + 1 :], old[:spot] + "x" + old[spot:], old.upper(), f"{old}-2", ""))
    items = list(parent.items())
    parent.clear()
    parent.update((new if key == old else key, value) for key, value in items)
    return Change(whole, (*path[:-1], new), (old, new), "renamed")


def _replaced(whole: Any, path: Path, luck: random.Random) -> Change:
    old = at(whole, path)
    others: tuple[Any, ...] = (None, True, False, [], {}, [[]], {"x": 1}, luck.choice(_TEXTS), luck.choice(_NUMBERS))
    near: tuple[Any, ...] = ()
    if isinstance(old, str):
        spot = luck.randrange(len(old) + 1)
        near = (old[:spot] + old[spot + 1 :], old[:spot] + luck.choice("x0-./* A") + old[spot:], old.upper(), [old])
    elif isinstance(old, int):
        near = (old + 1, old - 1, -old, old * 10, str(old), float(old))
    elif isinstance(old, list) and old:
        near = ([*old, old[0]], old[0], list(reversed(old)))
    return _set(whole, path, luck.choice((*others, *near, *near)), "replaced")


def _added(whole: Any, path: Path, luck: random.Random) -> Change:
    value = at(whole, path)
    if isinstance(value, list):
        return _set(whole, (*path, len(value)), luck.choice((*_TEXTS, *_NUMBERS, {}, None)), "added", new=True)
    if isinstance(value, dict):
        key = luck.choice(("size", "name", "existing", "tls", "ports", "x", "ä", "to", "network", "host"))
        return _set(whole, (*path, key), luck.choice((*_TEXTS, *_NUMBERS, {}, [], None)), "added")
    return _replaced(whole, path, luck)


def _set(whole: Any, path: Path, value: Any, kind: str, *, new: bool = False) -> Change:
    parent = at(whole, path[:-1])
    old = None if new or (isinstance(parent, dict) and path[-1] not in parent) else parent[path[-1]]
    if new:
        parent.append(value)
    else:
        parent[path[-1]] = value
    return Change(whole, path, (*_words(path[-1], old), *_words("", value)), kind)


def _words(key: str | int, value: Any) -> tuple[str, ...]:
    """Texts of some length, which no message holds by chance."""
    texts = [key if isinstance(key, str) else "", *(value if isinstance(value, list) else [value])]
    if isinstance(value, dict):
        texts += [*value, *value.values()]
    return tuple(text for text in texts if isinstance(text, str) and len(text) > 1)


def sound(whole: Any, luck: random.Random) -> Change:
    """A change by which a sound file stays sound."""
    kinds: Mapping[str, Callable[[Any, random.Random], Any]] = {
        "keys in another order": _shuffled,
        "routes in another order": _routes_shuffled,
        "another tag": lambda environment, luck: {
            **environment, "tags": {**environment.get("tags", {}), f"tag-{luck.randrange(99)}": "x"}
        },
        "one workload more": _one_workload_more,
        "one route less": _one_route_less,
        "another port number": _another_port_number,
        "a workload's other name": _workload_renamed,
    }  # fmt: skip
    kind = luck.choice(list(kinds))
    result = copy.deepcopy(whole)
    parent, key = at(result, ENVIRONMENT[:-1]), ENVIRONMENT[-1]
    parent[key] = kinds[kind](parent[key], luck)
    return Change(result, (), (), kind)


def _shuffled(value: Any, luck: random.Random) -> Any:
    if isinstance(value, dict):
        keys = list(value)
        luck.shuffle(keys)
        return {key: _shuffled(value[key], luck) for key in keys}
    return [_shuffled(item, luck) for item in value] if isinstance(value, list) else value


def _routes_shuffled(environment: Any, luck: random.Random) -> Any:
    luck.shuffle(environment.setdefault("routes", []))
    return environment


def _one_workload_more(environment: Any, luck: random.Random) -> Any:
    cluster = luck.choice(sorted(environment["clusters"]))
    port = {f"http-{luck.randrange(9)}": luck.randrange(20_000, 32_000)}
    workload = {"cluster": cluster, "namespace": "added", "ports": port}
    environment.setdefault("workloads", {})[f"added-{luck.randrange(999)}"] = workload
    return environment


def _one_route_less(environment: Any, luck: random.Random) -> Any:
    routes = environment.get("routes", [])
    if len(routes) > 1 and not any(section in environment for section in _REFERRING):
        routes.pop(luck.randrange(len(routes)))
    return environment


def _another_port_number(environment: Any, luck: random.Random) -> Any:
    pods = [one for one in environment.get("workloads", {}).values() if "cluster" in one and "machines" not in one]
    ports = [(one["ports"], name) for one in pods for name, port in one["ports"].items() if isinstance(port, int)]
    if ports:
        numbers, name = luck.choice(ports)
        numbers[name] = luck.randrange(20_000, 32_000)
    return environment


def _workload_renamed(environment: Any, luck: random.Random) -> Any:
    """Where nothing else has the same name, and no section names it by another way than its whole name."""
    names = [
        name
        for name, workload in environment.get("workloads", {}).items()
        if "cluster" in workload and "accept" not in environment and "approve" not in environment
    ]
    elsewhere = {key for section in ("clusters", "networks", "machines") for key in environment.get(section, {})}
    names = [name for name in names if name not in elsewhere]
    if not names:
        return environment
    old = luck.choice(names)
    return _with_name(environment, old, f"renamed-{luck.randrange(99)}")


def _with_name(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {
            new if key == old else key: item
            if key in ("namespace", "namespaces", "tags")
            else _with_name(item, old, new)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [_with_name(item, old, new) for item in value]
    return new if value == old else value


def text_changed(text: str, luck: random.Random) -> str:
    """One to three places of the text with something put in, or taken out."""
    for _ in range(luck.randint(1, 3)):
        spot = luck.randrange(len(text) + 1)
        text = text[:spot] + luck.choice(_INSERTED) + text[spot + luck.randint(0, 6) :]
    return text
