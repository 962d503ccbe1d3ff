"""A stack file and the files that it includes → one document that knows of each part which file has it.

A team's file has workloads, routes and traffic. Its name is the team's: `teams/shop.yaml` is of team shop, so that
who may change it is a matter of paths, as in CODEOWNERS.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mesh.declaration import spelling, stack_file
from mesh.declaration.include_patterns import fault, matches
from mesh.declaration.problems import ENVIRONMENT, Invalid, Path, Problem
from mesh.declaration.stack_file import Document, Part

NAMED, LISTED = ("workloads", "traffic"), ("routes",)
"""The sections that a team's file has: entries by name, and lists."""
_SECTIONS = ("workloads", "routes", "traffic")
_INCLUDE: Path = (*ENVIRONMENT, "include")


def patterns(document: Document) -> tuple[str, ...]:
    """Those that are sound; the others are problems of the stack file."""
    return tuple(pattern for _, pattern in _placed(document))


def _placed(document: Document) -> Iterator[tuple[Path, str]]:
    value = document.at(_INCLUDE)
    is_list = isinstance(value, list)
    for position, pattern in enumerate(value if isinstance(value, list) else [value]):
        if isinstance(pattern, str) and fault(pattern) is None:
            yield (*_INCLUDE, position) if is_list else _INCLUDE, pattern


def merged(document: Document, files: Mapping[str, bytes]) -> Document:
    """With the problems that only show here. Files are by path from the folder of the stack file."""
    problems = [*_unmatched(document, files)]
    parts: dict[Path, Part] = {}
    environment = document.at(ENVIRONMENT)
    if not isinstance(environment, dict):
        return replace(document, is_whole=True)
    merged_environment = {**environment}
    for section in _SECTIONS:
        value = environment.get(section)
        empty: Any = [] if section in LISTED else {}
        if value is not None and not isinstance(value, type(empty)):
            return replace(document, is_whole=True)  # a problem of the stack file itself
        merged_environment[section] = empty.copy() if value is None else value.copy()
    for path in sorted(files):
        try:
            team = stack_file.mapping(files[path], f"a team's file has {spelling.listed(_SECTIONS)}")
        except Invalid as invalid:
            problems += [replace(problem, file=path) for problem in invalid.problems]
            continue
        own = [*_faults(team), *_added(merged_environment, parts, document, path, team)]
        problems += [replace(problem, file=path, line=team.line(problem.path)) for problem in own]
    if not parts:
        return replace(document, is_whole=True, faults=tuple(problems))
    value = {**document.value, "config": {**document.value["config"], ENVIRONMENT[-1]: merged_environment}}
    return replace(document, value=value, parts=parts, is_whole=True, faults=tuple(problems))


def _unmatched(document: Document, files: Mapping[str, bytes]) -> Iterator[Problem]:
    for path, pattern in _placed(document):
        if not any(matches(pattern, file) for file in files):
            message = f"there is no file {pattern} in the folder of the stack file"
            yield Problem(path, message, "Write the file, or remove the line: without it, nothing of it is declared")


def _faults(team: Document) -> Iterator[Problem]:
    for section, value in team.value.items():
        if section not in _SECTIONS:
            fix = f"Move it to the stack file; a team's file has {spelling.listed(_SECTIONS)}"
            yield Problem((section,), f"a team cannot declare {section}", spelling.suggestion(section, _SECTIONS, fix))
        elif not isinstance(value, list if section in LISTED else dict):
            wanted = "a list" if section in LISTED else "a mapping"
            yield Problem(
                (section,), f"it is {spelling.kind(value)}, but must be {wanted}", "Remove the key, or fill it"
            )


def _added(
    environment: dict[str, Any], parts: dict[Path, Part], document: Document, file: str, team: Document
) -> Iterator[Problem]:
    """Puts a team's entries into the environment; one problem for each that is there already."""
    for section in NAMED:
        entries = team.value.get(section)
        for name, entry in entries.items() if isinstance(entries, dict) else ():
            place: Path = (*ENVIRONMENT, section, name)
            if name in environment[section]:
                fix = "Remove one of the two, or rename it"
                yield Problem((section, name), f"{name} is declared {_where(place, parts, document)} too", fix)
                continue
            environment[section][name] = entry
            parts[place] = Part(file, team, (section, name))
    for section in LISTED:
        entries = team.value.get(section)
        for position, entry in enumerate(entries if isinstance(entries, list) else ()):
            parts[(*ENVIRONMENT, section, len(environment[section]))] = Part(file, team, (section, position))
            environment[section].append(entry)


def _where(place: Path, parts: Mapping[Path, Part], document: Document) -> str:
    part = parts.get(place)
    if part:
        return f"in {part.file}, line {part.document.line(part.path)}"
    line = document.line(place)
    return f"in the stack file, line {line}" if line and document.lines else "in the stack file"
