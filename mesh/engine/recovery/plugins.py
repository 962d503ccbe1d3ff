"""Provider plugins that outlive a killed engine: what they have in hand lands after it, so recovery waits for them."""

import re
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_PROCESSES = Path("/proc")
_PLUGIN = re.compile(r"(pulumi-resource-[\w-]+|mesh\.lab\.providers\.\w+).* 127\.0\.0\.1:(\d+)$")
_SECONDS_BETWEEN_LOOKS = 0.2


@dataclass(frozen=True)
class Plugin:
    """A plugin whose engine, named by its last argument, no longer listens."""

    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.name} (process {self.pid})"


def wait_for_orphaned(seconds: float, waiting: Callable[[tuple[Plugin, ...]], None]) -> tuple[Plugin, ...]:
    """Those that are still at work after so many seconds; `waiting` hears of those that are, at every look.

    A plugin ends by itself: the lab's with what it has in hand, the official ones some minutes after the engine. None
    is killed here: one that is cut off in a request leaves Azure at work, and nobody learns how that ended.
    """
    deadline = time.monotonic() + seconds
    while left := _orphaned():
        if time.monotonic() > deadline:
            return left
        waiting(left)
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    return ()


def _orphaned() -> tuple[Plugin, ...]:
    found = [(pid, match) for pid, command in _commands() if (match := _PLUGIN.search(command))]
    silent = {port for port in {int(match[2]) for _, match in found} if not _listens(port)}
    return tuple(Plugin(pid, match[1].rpartition("/")[2]) for pid, match in sorted(found) if int(match[2]) in silent)


def _commands() -> list[tuple[int, str]]:
    """The command lines of all processes, by process."""
    if not _PROCESSES.exists():
        listed = subprocess.run(["ps", "-eo", "pid=,args="], capture_output=True, text=True, check=True).stdout
        split = (line.strip().partition(" ") for line in listed.splitlines())
        return [(int(pid), command.rstrip()) for pid, _, command in split]
    commands = []
    for path in _PROCESSES.glob("[0-9]*/cmdline"):
        with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            command = path.read_bytes().rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace")
            commands.append((int(path.parent.name), command))
    return commands


def _listens(port: int) -> bool:
    with socket.socket() as connection:
        connection.settimeout(1)
        return connection.connect_ex(("127.0.0.1", port)) == 0
