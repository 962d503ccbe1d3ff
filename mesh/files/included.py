"""Patterns of included files → the files beside a stack file that match, on disk or at a revision, with their bytes."""

import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from mesh.declaration import stack_file
from mesh.declaration.include_patterns import matches
from mesh.declaration.problems import Invalid, Problem
from mesh.files import revisions
from mesh.files.revisions import Revision

Reader = Callable[[Sequence[str]], Mapping[str, bytes]]
"""From patterns to files by their path from the folder of the stack file."""


def nothing(_patterns: Sequence[str]) -> Mapping[str, bytes]:
    return {}


def beside(stack: Path) -> Reader:
    """Raises Invalid where a file cannot be read, or a link leads out of the stack file's folder."""
    return lambda patterns: _read(stack.parent, patterns) if patterns else {}


def at(folder: Path, revision: Revision, stack: str) -> Reader:
    """`stack` is the path of the stack file from `folder`. Raises Failure."""
    beginning = f"{parent}/" if (parent := os.path.dirname(stack)) else ""

    def read(patterns: Sequence[str]) -> Mapping[str, bytes]:
        known = revisions.files(folder, revision, beginning) if patterns else ()
        named = (path.removeprefix(beginning) for path in known)
        return {path: _contents(folder, revision, beginning + path) for path in named if _is_meant(path, patterns)}

    return read


def _contents(folder: Path, revision: Revision, path: str) -> bytes:
    return revisions.contents(folder, revision, path) or b""


def _is_meant(path: str, patterns: Sequence[str]) -> bool:
    return any(matches(pattern, path) for pattern in patterns)


def _read(folder: Path, patterns: Sequence[str]) -> Mapping[str, bytes]:
    paths = {path for pattern in patterns for path in folder.glob(pattern)}
    files: dict[str, bytes] = {}
    for path in sorted(paths):
        named = path.relative_to(folder).as_posix()
        if not _is_meant(named, patterns):
            continue
        if not path.resolve().is_relative_to(folder.resolve()):
            message = "it is a link that leads out of the folder of the stack file"
            raise Invalid([Problem((), message, "Put the file itself there", file=named)])
        try:
            with path.open("rb") as stream:
                files[named] = stream.read(stack_file.LARGEST + 1)
        except OSError as error:
            message = f"it cannot be read: {error.strerror}"
            raise Invalid([Problem((), message, "Check the file and its rights", file=named)]) from None
    return files
