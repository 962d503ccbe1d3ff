"""Small executables that run this Python with what it needs around it."""

import os
import shlex
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from mesh.lab.paths import CHECKOUT, Lab

_MARK = "# Written by `make up`."


def text(command: Sequence[str], variables: Mapping[str, str] | None = None) -> str:
    settings = {"PYTHONPATH": str(CHECKOUT), **(variables or {})}
    exports = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in sorted(settings.items()))
    return f'#!/bin/sh\n{_MARK}\n{exports}exec {shlex.join(command)} "$@"\n'


def is_ours(path: Path) -> bool:
    with path.open("rb") as file:
        return _MARK.encode() in file.read(200)


def write(path: Path, command: Sequence[str], variables: Mapping[str, str] | None = None) -> None:
    """Makes the script exist with this content; one that does already is left alone: a shell may be reading it."""
    wanted = text(command, variables)
    if path.exists() and is_ours(path) and path.read_text() == wanted:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(f".{path.name}.unfinished")
    unfinished.write_text(wanted)
    unfinished.chmod(0o755)
    os.replace(unfinished, path)


def write_mesh(lab: Lab) -> None:
    """The `mesh` command, for shells that source the lab's environment."""
    write(lab.binaries / "mesh", [sys.executable, "-P", "-m", "mesh"])
