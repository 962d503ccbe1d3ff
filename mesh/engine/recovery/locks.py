"""Locks of a file backend: who holds a stack, and whether that process still lives."""

import json
import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import yaml

from mesh.engine.runs import Engine

_PROCESSES = Path("/proc")
_CLOCKS_DIFFER = timedelta(seconds=2)


@dataclass(frozen=True)
class Lock:
    path: Path
    pid: int
    user: str
    host: str
    taken: datetime

    @property
    def text(self) -> str:
        return f"created by {self.user}@{self.host} (pid {self.pid}) at {self.taken:%Y-%m-%d %H:%M:%S %Z}: {self.path}"

    @property
    def is_stale(self) -> bool:
        """Whether its holder is known to be dead. Of another host nothing is known."""
        return self.host == socket.gethostname() and not self._holder_lives()

    def _holder_lives(self) -> bool:
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        # The number may have been given to another process since: that one started after the lock was taken.
        started = _started(self.pid)
        return started is None or started <= self.taken + _CLOCKS_DIFFER


def held(engine: Engine) -> tuple[Lock, ...]:
    """The locks on the stack. Empty where the backend is not a folder: then only the engine can tell."""
    state = folder_of_state(engine)
    if state is None:
        return ()
    project = yaml.safe_load((engine.project / "Pulumi.yaml").read_text())["name"]
    folder = state / ".pulumi/locks/organization" / project / engine.stack
    return tuple(_lock(path) for path in sorted(folder.glob("*.json")))


def folder_of_state(engine: Engine) -> Path | None:
    """Where a backend that is a folder keeps its states and locks."""
    url = json.loads(engine.answer("whoami", "--json"))["url"]
    if not url.startswith("file://"):
        return None
    return engine.project / Path(url.removeprefix("file://").partition("?")[0]).expanduser()


def _lock(path: Path) -> Lock:
    written = json.loads(path.read_text())
    taken = datetime.fromisoformat(written["timestamp"])
    return Lock(path, written["pid"], written["username"], written["hostname"], taken)


def _started(pid: int) -> datetime | None:
    """When a process started; None where the system does not say (proc(5): the 22nd field, in ticks since boot)."""
    try:
        fields = (_PROCESSES / str(pid) / "stat").read_text().rpartition(")")[2].split()
        booted = next(
            int(line.split()[1]) for line in (_PROCESSES / "stat").read_text().splitlines() if line.startswith("btime ")
        )
    except FileNotFoundError:
        return None
    return datetime.fromtimestamp(booted + int(fields[19]) / os.sysconf("SC_CLK_TCK"), UTC)
