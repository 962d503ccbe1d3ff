"""How the judge treats each field: judged, harmless with a reason, or not judged (a finding).

A table names fields by their path: `ipConfigurations[].subnet`. An entry holds for all that is below it. An entry for
`ipConfigurations[1:]` holds for every element after the first.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Judged:
    only: Callable[[Any], bool] | None = None
    """The values that the judge understands; None: all."""


@dataclass(frozen=True)
class Harmless:
    why: str
    """Why it cannot change who reaches whom."""
    only: Callable[[Any], bool] | None = None
    """The values that are harmless; None: all."""


Table = Mapping[str, Judged | Harmless]


@dataclass(frozen=True)
class Untreated:
    """A field that is neither judged nor harmless."""

    path: str
    """With positions: `ipConfigurations[0].gatewayLoadBalancer`."""
    value: Any
    known: bool
    """Whether the field is in the table, and only this value of it is not."""


def untreated(value: Any, table: Table) -> Iterator[Untreated]:
    """Each field once, at its highest path that the table knows nothing of; a field without a value says nothing."""
    prefixes = {prefix for path in table for prefix in _prefixes(path)}
    yield from _untreated(value, table, prefixes, "", "")


def _untreated(value: Any, table: Table, prefixes: set[str], path: str, place: str) -> Iterator[Untreated]:
    if value is None:
        return
    if (entry := table.get(path)) is not None:
        if entry.only is not None and not all(map(entry.only, _leaves(value))):
            yield Untreated(place, value, known=True)
    elif path and path not in prefixes:
        yield Untreated(place, value, known=False)
    elif isinstance(value, Mapping):
        for key in sorted(value):
            dot = "." if path else ""
            yield from _untreated(value[key], table, prefixes, f"{path}{dot}{key}", f"{place}{dot}{key}")
    elif isinstance(value, list | tuple):
        for position, element in enumerate(value):
            later = f"{path}[1:]"
            of_element = later if position and later in table else f"{path}[]"
            yield from _untreated(element, table, prefixes, of_element, f"{place}[{position}]")
    else:
        yield Untreated(place, value, known=False)


def _prefixes(path: str) -> Iterator[str]:
    """`a[].b.c` begins with `a`, `a[]` and `a[].b`."""
    for position, character in enumerate(path):
        if character in ".[" and position:
            yield path[:position].removesuffix("[]") if character == "[" else path[:position]
        if path[position : position + 2] == "[]":
            yield path[: position + 2]


def _leaves(value: Any) -> Iterator[Any]:
    if isinstance(value, Mapping):
        for part in value.values():
            yield from _leaves(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _leaves(part)
    elif value is not None:
        yield value
