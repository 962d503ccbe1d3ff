"""Where a backend keeps its files: its URL and the engine's environment → a folder, or a bucket of a cloud.

The engine writes the same files into all of them. Pulumi Cloud is no such store: it keeps states by itself.
"""

import os
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


class Moved(Exception):
    """A file is not any more what was read."""


@dataclass(frozen=True)
class Content:
    data: bytes
    version: str | None = None
    """What the store calls this version of the file; None where it has no versions."""


class Store(Protocol):
    def names(self, folder: str) -> list[str]:
        """The files of a folder, sorted, each with its whole path."""

    def read(self, name: str) -> Content | None:
        """None where there is no such file."""

    def create(self, name: str, data: bytes) -> None: ...

    def replace(self, name: str, data: bytes, before: Content) -> None:
        """Raises Moved where the file is not what was read before."""

    def delete(self, name: str) -> None:
        """A file that is not there any more is deleted, too."""


def store(url: str, project: Path, environment: Mapping[str, str]) -> Store | None:
    """The backend's store; None for Pulumi Cloud. Raises Failure for one that this program cannot read."""
    kind = url.partition("://")[0]
    if kind in ("http", "https"):
        return None
    if kind == "file":
        return Folder(folder(url, project))
    from mesh.engine.recovery import buckets  # here: most backends on a laptop are folders, and its library is large

    return buckets.bucket(url, environment)


def folder(url: str, project: Path) -> Path:
    """The folder that a URL of the form file://… names."""
    return project / Path(url.removeprefix("file://").partition("?")[0]).expanduser()


@dataclass(frozen=True)
class Folder:
    root: Path

    def names(self, folder: str) -> list[str]:
        return sorted(str(path.relative_to(self.root)) for path in (self.root / folder).glob("*.json"))

    def read(self, name: str) -> Content | None:
        try:
            return Content((self.root / name).read_bytes())
        except FileNotFoundError:
            return None

    def create(self, name: str, data: bytes) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as unfinished:
            unfinished.write(data)
            unfinished.flush()
            os.fsync(unfinished.fileno())
        os.replace(unfinished.name, path)

    def replace(self, name: str, data: bytes, before: Content) -> None:
        if self.read(name) != before:
            raise Moved
        self.create(name, data)

    def delete(self, name: str) -> None:
        (self.root / name).unlink(missing_ok=True)
        (self.root / f"{name}.attrs").unlink(missing_ok=True)  # what the engine tells beside each file
