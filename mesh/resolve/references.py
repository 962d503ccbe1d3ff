"""A name that one part gives of another, into the problem with it where nothing is called so."""

from collections import Counter
from collections.abc import Collection, Iterator, Sequence

from mesh.declaration import spelling
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem

_MOST_LISTED = 8


def problems(declared: Declared, path: Path, section: str, name: str, besides: str | None = None) -> Iterator[Problem]:
    """At most one: the section has no such entry. A broken entry has its own problems already.

    What is named `besides` is not offered in its place.
    """
    known: Collection[str] = getattr(declared.environment, section)
    if name not in known and not declared.is_broken(section, name):
        left_out = {str(entry) for part, *entries in declared.broken for entry in entries if part == section}
        offered = {*known, *(entry for entry in left_out if spelling.oddity(entry) is None)} - {besides or name}
        yield unknown(path, section.removesuffix("s"), name, offered, f"Declare it under {section}")


def unknown(path: Path, kind: str, name: str, known: Collection[str], otherwise: str) -> Problem:
    odd = spelling.oddity(name)
    message = f"there is no {kind} {spelling.shown(name)}" + (f": {odd}" if odd else "")
    if known and len(known) <= _MOST_LISTED:
        otherwise += f", or name one that is there: {spelling.listed(sorted(known))}"
    return Problem(path, message, spelling.suggestion(name, known, otherwise))


def repetitions(path: Path, values: Sequence[object], what: str) -> Iterator[Problem]:
    """One for every value that a list names more than once."""
    for value, count in Counter(values).items():
        if count > 1:
            position = len(values) - 1 - values[::-1].index(value)
            yield Problem((*path, position), f"the {what} {value} is in the list {_times(count)}", "Keep one")


def _times(count: int) -> str:
    return "twice" if count == 2 else f"{count} times"
