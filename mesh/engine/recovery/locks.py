"""The lock that the engine, or a recovery, keeps on a stack: who holds it, and whether that process still lives."""

import json
import os
import socket
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from getpass import getuser
from pathlib import Path

from mesh.failures import Failure

_PROCESSES = Path("/proc")
_CLOCKS_DIFFER = timedelta(seconds=2)


@dataclass(frozen=True)
class Lock:
    name: str
    """Its file in the backend."""
    pid: int
    user: str
    host: str
    taken: datetime

    @property
    def text(self) -> str:
        return f"created by {self.user}@{self.host} (pid {self.pid}) at {self.taken:%Y-%m-%d %H:%M:%S %Z}: {self.name}"

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


def read(name: str, data: bytes) -> Lock:
    """Raises Failure for a file that is no lock of the engine's."""
    try:
        written = json.loads(data)
        taken = datetime.fromisoformat(written["timestamp"])
        return Lock(name, int(written["pid"]), str(written["username"]), str(written["hostname"]), taken)
    except (ValueError, KeyError, TypeError):
        raise Failure(
            f"The lock {name} cannot be read, so nobody knows who holds it. "
            "When no run is at work on the stack: pulumi cancel, then this command again."
        ) from None


def own() -> bytes:
    """A lock of this process, as the engine writes its own."""
    now = datetime.now(UTC).isoformat()
    return json.dumps(
        {"pid": os.getpid(), "username": getuser(), "hostname": socket.gethostname(), "timestamp": now}
    ).encode()


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
