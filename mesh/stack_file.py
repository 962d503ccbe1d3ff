"""The text of a stack file, into its value and the line of each part of it.

YAML's events are composed here rather than by its library, which keeps the last of two equal keys without a word,
follows aliases without a bound and makes Python objects of tags.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import yaml

from mesh import scalars, spelling
from mesh.problems import Invalid, Path, Problem

_LARGEST = 2 * 1024 * 1024
"""Bytes: some ten times an environment of 2,000 workloads."""
_DEEPEST = 32


@dataclass(frozen=True)
class Document:
    value: Any
    lines: Mapping[Path, int]

    @staticmethod
    def of(value: Any) -> "Document":
        """A value that comes from elsewhere than a file, without lines."""
        return Document(value, {})

    def line(self, path: Path) -> int | None:
        """The line of a part, or of the nearest part around it."""
        return next((self.lines[path[:n]] for n in range(len(path), -1, -1) if path[:n] in self.lines), None)

    def holds(self, path: Path) -> bool:
        value = self.value
        for part in path:
            if isinstance(value, dict) and isinstance(part, str) and part in value:
                value = value[part]
            elif isinstance(value, list) and isinstance(part, int) and part < len(value):
                value = value[part]
            else:
                return False
        return True

    def located(self, problems: Iterable[Problem]) -> Iterator[Problem]:
        """The problems, each with its line."""
        return (replace(problem, line=self.line(problem.path)) for problem in problems)


def document(data: bytes) -> Document:
    """Raises Invalid where the bytes are not one plain YAML mapping."""
    composer = _Composer()
    try:
        value = composer.composed(_text(data))
    except yaml.YAMLError as error:
        raise Invalid((*composer.problems, _syntax_problem(error))) from None
    if composer.problems:
        raise Invalid(composer.problems)
    if not isinstance(value, dict):
        raise Invalid([_not_a_mapping(value)])
    return Document(value, composer.lines)


def _text(data: bytes) -> str:
    if len(data) > _LARGEST:
        raise Invalid(
            [
                Problem(
                    (),
                    f"the file has {len(data)} bytes; a stack file has at most {_LARGEST}",
                    "Check that this is the file you meant",
                )
            ]
        )
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise Invalid([Problem((), "the file is UTF-16; a stack file is UTF-8", "Save it as UTF-8")])
    if data.startswith(b"\xef\xbb\xbf"):
        raise Invalid(
            [
                Problem(
                    (),
                    "the file begins with a byte order mark, which Pulumi takes for part of the first key",
                    "Save it as UTF-8 without a byte order mark (BOM)",
                    1,
                )
            ]
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        column = error.start - data.rfind(b"\n", 0, error.start)
        raise Invalid(
            [Problem((), f"byte {column} of the line is not UTF-8", "Save the file as UTF-8", line)]
        ) from None


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
                    self._refuse(
                        (),
                        event,
                        "a second document begins here (---); a stack file is one",
                        "Move it to a file of its own",
                    )
                    return value
                value = self._node(next(events), events, ())
        return value

    def _node(self, event: yaml.Event, events: Iterator[yaml.Event], path: Path) -> Any:
        self.lines.setdefault(path, event.start_mark.line + 1)
        self._refuse_indirection(event, path)
        if len(path) > _DEEPEST:
            raise Invalid(
                [
                    Problem(
                        (),
                        f"values are nested more than {_DEEPEST} deep; nothing in a stack file is",
                        "Remove the surplus brackets or indentation",
                        event.start_mark.line + 1,
                    )
                ]
            )
        if isinstance(event, yaml.MappingStartEvent):
            return self._mapping(events, path)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._list(events, path)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        return None

    def _mapping(self, events: Iterator[yaml.Event], path: Path) -> dict[str, Any]:
        mapping: dict[str, Any] = {}
        for event in events:
            if isinstance(event, yaml.MappingEndEvent):
                break
            key = self._key(event, events, path)
            place = (*path, key)
            if key in mapping:
                self._refuse(
                    place,
                    event,
                    f"the key is already on line {self.lines[place]}; the later one would silently replace it",
                    "Merge the two, or rename one",
                )
                self._node(next(events), events, (*place, "again"))
                continue
            self.lines[place] = event.start_mark.line + 1
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
            self._refuse(path, event, "a key is a mapping, a list or an alias; keys are text", "Write a plain name")
            return "?"
        if event.value == "<<" and event.implicit[0]:
            self._refuse(
                path, event, "<< merges another mapping in, which hides what is set here", "Write the values out"
            )
            return "<<"
        self._refuse_indirection(event, (*path, event.value))
        value = self._scalar(event, (*path, event.value))
        if not isinstance(value, str) and scalars.surprise(event.value) is None:
            self._refuse(
                (*path, event.value),
                event,
                "a key is text, and YAML does not read this one so",
                f'Put it in quotes: "{event.value}"' if event.value else "Write the missing key",
            )
        return event.value

    def _scalar(self, event: yaml.ScalarEvent, path: Path) -> scalars.Scalar:
        if not event.implicit[0]:
            return event.value
        reason = scalars.surprise(event.value)
        if reason:
            truth = event.value.casefold() in {"yes", "no", "on", "off", "y", "n"}
            self._refuse(
                path,
                event,
                f"{event.value} without quotes {reason}",
                f'Write "{event.value}" in quotes for the text'
                + (", true or false for a truth value" if truth else ", or a plain decimal number"),
            )
        return scalars.value(event.value)

    def _refuse_indirection(self, event: yaml.Event, path: Path) -> None:
        if isinstance(event, yaml.AliasEvent):
            self._refuse(
                path,
                event,
                f"*{event.anchor} stands for a value elsewhere in the file; "
                "what is open has to be readable where it is declared",
                "Write the value out",
            )
        elif getattr(event, "anchor", None):
            self._refuse(
                path,
                event,
                f"&{event.anchor} names this value for use elsewhere; anchors are not allowed",
                f"Remove &{event.anchor}",
            )
        if getattr(event, "tag", None) not in {None, "!"}:
            self._refuse(
                path, event, "the value has a YAML tag (!…); a stack file has plain values only", "Remove the tag"
            )

    def _refuse(self, path: Path, event: yaml.Event, message: str, way_out: str) -> None:
        self.problems.append(Problem(path, message, way_out, event.start_mark.line + 1))


def _syntax_problem(error: yaml.YAMLError) -> Problem:
    mark = getattr(error, "problem_mark", None)
    reason = str(getattr(error, "problem", None) or getattr(error, "reason", None) or "it cannot be read")
    line = None if mark is None else mark.line + 1
    if isinstance(error, yaml.reader.ReaderError):
        odd = spelling.oddity(chr(error.character)) if isinstance(error.character, int) else None
        return Problem(
            (), f"this is not YAML: {odd or 'it holds a character that YAML forbids'}", "Remove the character"
        )
    if "'\\t'" in reason or "\t" in reason:
        return Problem((), "this line is indented by a tab; YAML allows only spaces", "Replace the tab by spaces", line)
    return Problem(
        (),
        f"this is not YAML: {reason}",
        "Look at the indentation, the colons and the brackets of this line and the one before",
        line,
    )


def _not_a_mapping(value: Any) -> Problem:
    found = "is empty" if value is None else "is a list" if isinstance(value, list) else "is a single value"
    return Problem(
        (),
        f"the file {found}; a stack file has the key config",
        "Begin with config: and the environment under hybrid-mesh:environment",
        None if value is None else 1,
    )
