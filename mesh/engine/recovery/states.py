"""The state of a stack where its backend keeps it: read, and changed under a lock, so that no run is overwritten.

The engine can export a state and import one, but a run that begins and ends between the two is lost with the import:
nothing compares. Here the state is read, changed and written in one piece under a lock of the engine's own kind, which
every run of the engine respects, and a cloud's store writes it only over the very version that was read.
"""

import gzip
import json
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import yaml

from mesh.engine.recovery import locks
from mesh.engine.recovery.locks import Lock
from mesh.engine.recovery.stores import Content, Moved, Store, store
from mesh.engine.runs import Engine
from mesh.failures import Failure

_GZIP, _ZSTANDARD = b"\x1f\x8b", b"\x28\xb5\x2f\xfd"


@dataclass(frozen=True)
class Checkpoint:
    """A state as it was read."""

    deployment: dict[str, Any]
    file: str
    content: Content


class State(Protocol):
    def locks(self) -> tuple[Lock, ...]: ...

    @contextmanager
    def taken(self) -> Iterator[None]:
        """Keeps runs off the stack meanwhile, and removes stale locks. Raises Failure where one is at work on it."""

    def read(self) -> Checkpoint: ...

    def replace(self, before: Checkpoint, deployment: dict[str, Any]) -> None:
        """Raises Failure where the state is not any more what was read before; nothing is written then."""


def state(engine: Engine) -> State:
    kept = store(url(engine), engine.project, engine.environment)
    if kept is None:
        return _ServiceState(engine)
    *path, stack = engine.stack.split("/")
    project = path[-1] if len(path) > 1 else yaml.safe_load((engine.project / "Pulumi.yaml").read_text())["name"]
    return _StoredState(kept, project, stack)


def url(engine: Engine) -> str:
    """Of the engine's backend. The variable goes before all else that the engine asks, which takes it a second.

    For a folder it is not asked at all: where a file beside the state is half written, it answers nothing.
    """
    if given := engine.environment.get("PULUMI_BACKEND_URL"):
        return given
    told = _in_project(engine) or _of_login(engine)
    return told if told.startswith("file://") else str(json.loads(engine.answer("whoami", "--json"))["url"])


def _in_project(engine: Engine) -> str:
    try:
        return str((yaml.safe_load((engine.project / "Pulumi.yaml").read_text()).get("backend") or {}).get("url") or "")
    except FileNotFoundError:
        return ""


def _of_login(engine: Engine) -> str:
    home = Path(engine.environment.get("PULUMI_HOME") or Path.home() / ".pulumi")
    try:
        return str(json.loads((home / "credentials.json").read_text()).get("current") or "")
    except (OSError, ValueError):
        return ""


@dataclass(frozen=True)
class _StoredState:
    store: Store
    project: str
    stack: str

    def locks(self) -> tuple[Lock, ...]:
        names = self.store.names(self._locks)
        read = ((name, self.store.read(name)) for name in names)
        return tuple(locks.read(name, content.data) for name, content in read if content)

    @contextmanager
    def taken(self) -> Iterator[None]:
        ours = f"{self._locks}/{uuid.uuid4()}.json"
        self._refuse_where_held(self.locks())
        self.store.create(ours, locks.own())
        try:
            # As the engine does: of two that take it at once, each sees the other's.
            others = [lock for lock in self.locks() if lock.name != ours]
            self._refuse_where_held(others)
            for lock in others:
                self.store.delete(lock.name)
            yield
        finally:
            self.store.delete(ours)

    def read(self) -> Checkpoint:
        base = f".pulumi/stacks/{self.project}/{self.stack}.json"
        for file in (base, f"{base}.gz", f"{base}.zst"):
            content = self.store.read(file)
            if content is not None:
                return Checkpoint(_document(file, content.data)["checkpoint"].get("latest") or {}, file, content)
        raise Failure(f"There is no stack {self.stack} of project {self.project} in the backend ({base} is missing).")

    def replace(self, before: Checkpoint, deployment: dict[str, Any]) -> None:
        document = _document(before.file, before.content.data)
        if deployment == (document["checkpoint"].get("latest") or {}):
            return
        document["checkpoint"]["latest"] = deployment
        data = json.dumps(document).encode()
        try:
            self.store.create(f"{before.file}.bak", before.content.data)
            compressed = before.content.data.startswith(_GZIP)
            self.store.replace(before.file, gzip.compress(data) if compressed else data, before.content)
        except Moved:
            raise _moved(self.stack) from None

    def _refuse_where_held(self, held: tuple[Lock, ...] | list[Lock]) -> None:
        refuse_where_held(self.stack, held)

    @property
    def _locks(self) -> str:
        return f".pulumi/locks/organization/{self.project}/{self.stack}"


@dataclass(frozen=True)
class _ServiceState:
    """In Pulumi Cloud, which locks by itself: an import is refused while a run is at work."""

    engine: Engine

    def locks(self) -> tuple[Lock, ...]:
        return ()

    @contextmanager
    def taken(self) -> Iterator[None]:
        yield

    def read(self) -> Checkpoint:
        data = self.engine.answer("stack", "export", "--stack", self.engine.stack).encode()
        return Checkpoint(json.loads(data)["deployment"], "", Content(data))

    def replace(self, before: Checkpoint, deployment: dict[str, Any]) -> None:
        if deployment == before.deployment:
            return
        if self.read() != before:
            raise _moved(self.engine.stack)
        document = {**json.loads(before.content.data), "deployment": deployment}
        self.engine.answer("stack", "import", "--stack", self.engine.stack, given=json.dumps(document))


def refuse_where_held(stack: str, held: tuple[Lock, ...] | list[Lock]) -> None:
    """Raises Failure where a run is at work on the stack, or where nobody can know whether one is."""
    in_use = [lock for lock in held if not lock.is_stale]
    if in_use:
        raise Failure(
            f"Stack {stack} is locked by a process that runs, or whose host is another one:\n"
            + "\n".join(f"  {lock.text}" for lock in in_use)
            + "\nWait for it to end. If you know that it is dead, remove the lock, then recover: "
            f"pulumi cancel --stack {stack} && mesh recover --stack {stack}"
        )


def _moved(stack: str) -> Failure:
    return Failure(
        f"The state of stack {stack} changed while it was being recovered, so it was left as it is. "
        f"Try again: mesh recover --stack {stack}"
    )


def _document(file: str, data: bytes) -> dict[str, Any]:
    if data.startswith(_ZSTANDARD):
        raise Failure(f"{file} is compressed with zstd, which this command does not read. Plain and gzip it does.")
    try:
        document: dict[str, Any] = json.loads(gzip.decompress(data) if data.startswith(_GZIP) else data)
        if not isinstance(document["checkpoint"], dict):
            raise TypeError
    except (ValueError, KeyError, TypeError, OSError, EOFError):
        raise Failure(
            f"{file} in the backend cannot be read as a state. The one before it is {file}.bak; older ones are under "
            ".pulumi/backups, and in the versions that the storage keeps."
        ) from None
    return document
