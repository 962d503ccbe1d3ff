"""The text of a stack file, into its value and the line of each part of it.

YAML's events are composed here rather than by its library, which keeps the last of two equal keys without a word,
follows aliases without a bound and makes Python objects of tags.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import yaml
from yaml.reader import ReaderError

from mesh.declaration import scalars, spelling
from mesh.declaration.problems import Invalid, Path, Problem

LARGEST = 2 * 1024 * 1024
"""Bytes: some ten times an environment of 2,000 workloads."""
_DEEPEST = 32
_NOTHING = object()
_BEGIN = "Begin with config:, and below it hybrid-mesh:environment: with the environment"
_HALF_CHARACTER = re.compile("[\ud800-\udfff]")
"""YAML lets an escape make one, which no encoding can hold."""
_MOST_PROBLEMS = 100
"""Limits of a YAML file; a stack file never needs more."""


@dataclass(frozen=True)
class Part:
    """What another file says."""

    file: str
    """By its path from the folder of the stack file."""
    document: "Document"
    path: Path
    """In that file."""


@dataclass(frozen=True)
class Document:
    value: Any
    lines: Mapping[Path, int]
    parts: Mapping[Path, Part] = field(default_factory=dict)
    """The values that stand in other files."""
    faults: tuple[Problem, ...] = ()
    """What is wrong between the files."""
    is_whole: bool = False
    """Whether the files that it includes are in it."""

    @staticmethod
    def of(value: Any) -> "Document":
        """A value that comes from elsewhere than a file, without lines."""
        return Document(value, {})

    def line(self, path: Path) -> int | None:
        """The line of a part, or of the nearest part around it."""
        return next((self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), None)

    def holds(self, path: Path) -> bool:
        return self._at(path) is not _NOTHING

    def at(self, path: Path) -> Any:
        """The value there; None where there is none."""
        value = self._at(path)
        return None if value is _NOTHING else value

    def has_mapping(self, path: Path) -> bool:
        return isinstance(self._at(path), dict)

    def part(self, path: Path) -> tuple[Part, Path] | None:
        """The part of another file that a path leads into, and the path in that file."""
        found = next((path[:n] for n in range(len(path), 0, -1) if path[:n] in self.parts), None)
        return None if found is None else (self.parts[found], (*self.parts[found].path, *path[len(found) :]))

    def _at(self, path: Path) -> Any:
        value = self.value
        for part in path:
            inside = part in value if isinstance(value, dict) else isinstance(value, list) and part in range(len(value))
            if not inside:
                return _NOTHING
            value = value[part]
        return value

    def located(self, problems: Iterable[Problem]) -> Iterator[Problem]:
        """The problems, each with its line, and with its file where that is another one."""
        for problem in problems:
            if problem.file is not None:
                yield problem
                continue
            if in_part := self.part(problem.path):
                part, path = in_part
                [located] = part.document.located([replace(problem, path=path)])
                yield replace(located, file=part.file)
                continue
            path = problem.path
            while path and isinstance(path[-1], int) and not self.holds(path):
                path = path[:-1]  # a single name in place of a list of one
            yield replace(problem, path=path, line=self.line(path))


def document(data: bytes) -> Document:
    """Raises Invalid where the bytes are not one plain YAML mapping."""
    return mapping(data, "a stack file has the key config", _BEGIN)


def mapping(data: bytes, expected: str, fix: str = "Write it, or remove the file") -> Document:
    """Raises Invalid where the bytes are not one plain YAML mapping; `expected` says what the file has."""
    composer = _Composer()
    try:
        value = composer.composed(_text(data))
    except yaml.YAMLError as error:
        raise Invalid((*composer.problems, _syntax_problem(error))) from None
    if composer.problems:
        raise Invalid(composer.problems)
    if not isinstance(value, dict):
        fault = "is empty" if value is None else "is a list" if isinstance(value, list) else "is a single value"
        raise Invalid([_whole(f"the file {fault}; {expected}", fix)])
    return Document(value, composer.lines)


def _text(data: bytes) -> str:
    if len(data) > LARGEST:
        raise Invalid([_whole(f"the file is larger than {LARGEST} bytes", "Check that it is the file you meant")])
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Invalid([_whole("the file is UTF-16; a stack file is UTF-8", "Save it as UTF-8")])
    if data.startswith(b"\xef\xbb\xbf"):
        raise Invalid([_whole("the file begins with a byte order mark (BOM)", "Save it as UTF-8 without one")])
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise Invalid([Problem((), "a character of the line is not UTF-8", "Save the file as UTF-8", line)]) from None


@dataclass
class _Composer:
    """Walks YAML's events once, keeping every value's line and every problem."""

    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def composed(self, text: str) -> Any:
        events = yaml.parse(text, Loader=yaml.SafeLoader)
        value: Any = None
        documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                documents += 1
                if documents > 1:
                    message = "a second document begins here (---); a stack file is one"
                    self._refuse((), event, message, "Move it to a file of its own")
                    return value
                value = self._node(next(events), events, ())
        return value

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], path: Path) -> Any:
        self.lines.setdefault(path, _line(event))
        self._refuse_indirection(event, path)
        if len(path) > _DEEPEST:
            message = f"values are nested more than {_DEEPEST} deep; nothing in a stack file is"
            raise Invalid([Problem((), message, "Remove the surplus brackets or indentation", _line(event))])
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(events, path)
        return self._scalar(event, path) if isinstance(event, yaml.ScalarEvent) else None

    def _mapping(self, events: Iterator[yaml.Event], path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._key(event, events, path)
            place = (*path, key)
            if key in mapping:
                message = f"the key is already on line {self.lines[place]}; the later one would silently replace it"
                self._refuse(place, event, message, "Merge the two, or rename one")
                self._node(next(events), events, (*place, "again"))
                continue
            self.lines[place] = _line(event)
            mapping[key] = self._node(next(events), events, place)
        return mapping

    def _list(self, events: Iterator[yaml.Event], path: Path) -> list[Any]:
        items: list[Any] = []
        for event in events:
            if isinstance(event, yaml.SequenceEndEvent):
                break
            items.append(self._node(event, events, (*path, len(items))))
        return items

    def _key(self, event: yaml.Event, events: Iterator[yaml.Event], path: Path) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            self._node(event, events, (*path, "?"))
            message = "a key is a mapping, a list or an alias; keys are text"
            self._refuse(path, event, message, "Write a plain name before the colon")
            return "?"
        place = (*path, event.value)
        if event.value == "<<" and event.implicit[0]:
            message = "<< merges another mapping, which hides the values; stack files do not allow merges"
            self._refuse(path, event, message, "Write the values out")
            return event.value
        self._refuse_indirection(event, place)
        value = self._scalar(event, place)
        if not isinstance(value, str) and scalars.surprise(event.value) is None:
            fix = f'Put it in quotes: "{event.value}"' if event.value else "Write the name before the colon"
            self._refuse(place, event, "a key is text, and without quotes this one is not", fix)
        return event.value

    def _scalar(self, event: yaml.ScalarEvent, path: Path) -> scalars.Scalar:
        if _HALF_CHARACTER.search(event.value):
            self._refuse(
                path[:-1], event, "the text holds half a character, such as \\ud800", "Write the character itself"
            )
            return ""
        if not event.implicit[0]:
            return event.value
        reason = scalars.surprise(event.value)
        if reason:
            fix = f'Put it in quotes for the text: "{event.value}"{scalars.alternative(event.value)}'
            self._refuse(path, event, f"{event.value} without quotes {reason}", fix)
        return scalars.value(event.value)

    def _refuse_indirection(self, event: yaml.Event, path: Path) -> None:
        anchor = event.anchor if isinstance(event, yaml.NodeEvent) else None
        if isinstance(event, yaml.AliasEvent):
            message = f"*{anchor} is a YAML alias; in a stack file every value is written where it is used"
            self._refuse(path, event, message, "Write the value out")
        elif anchor:
            message = f"&{anchor} is a YAML anchor; in a stack file every value is written where it is used"
            self._refuse(path, event, message, f"Remove &{anchor}")
        if getattr(event, "tag", None) not in {None, "!"}:
            self._refuse(path, event, "the value has a YAML tag (!…); a stack file has plain values", "Remove the tag")

    def _refuse(self, path: Path, event: yaml.Event, message: str, fix: str) -> None:
        self.problems.append(Problem(path, message, fix, _line(event)))
        if len(self.problems) >= _MOST_PROBLEMS:
            raise Invalid(self.problems)


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _whole(message: str, fix: str) -> Problem:
    return Problem((), message, fix)


def _syntax_problem(error: yaml.YAMLError) -> Problem:
    if isinstance(error, ReaderError):
        odd = spelling.oddity(error.character) if isinstance(error.character, str) else None
        return _whole(f"this is not YAML: {odd or 'it holds a character that YAML forbids'}", "Remove the character")
    mark = getattr(error, "problem_mark", None)
    line = None if mark is None else mark.line + 1
    reason = str(getattr(error, "problem", None) or "it cannot be read")
    if "\\t" in reason:
        return Problem((), "the line is indented by a tab; YAML allows spaces only", "Replace the tab by spaces", line)
    begun = getattr(error, "context_mark", None)
    if "<stream end>" in reason or "unexpected end of stream" in reason:
        opened = "" if begun is None else f" (it is opened on line {begun.line + 1})"
        return Problem((), f"the file ends inside brackets or quotes{opened}", "Close what is open", line)
    if "mapping values are not allowed" in reason:
        return Problem((), "a colon stands where no key can be", "Put the text with the colon in quotes", line)
    fix = "Look at the indentation, the colons and the brackets of this line and the one before"
    return Problem((), f"this is not YAML: {reason}", fix, line)
