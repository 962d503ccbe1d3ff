"""Provider plugins that outlive a killed engine: what they have in hand lands after it, so recovery waits for them."""

import re
import socket
import subprocess
import time
from contextlib import suppress
from pathlib import Path

_PROCESSES = Path("/proc")
_PLUGIN = re.compile(r"(?:pulumi-resource-|mesh\.lab\.providers\.)\S+.* 127\.0\.0\.1:(\d+)$")
_SECONDS_FOR_PLUGINS = 60


def wait_until_none_is_orphaned() -> bool:
    """Whether they have ended in time."""
    deadline = time.monotonic() + _SECONDS_FOR_PLUGINS
    while _orphaned():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def _orphaned() -> bool:
    """Whether a plugin runs whose engine, named by its last argument, no longer listens."""
    ports = {int(match[1]) for command in _commands() if (match := _PLUGIN.search(command))}
    return any(not _listens(port) for port in ports)


def _commands() -> list[str]:
    """The command lines of all processes."""
    if not _PROCESSES.exists():
        listed = subprocess.run(["ps", "-eo", "args="], capture_output=True, text=True, check=True).stdout
        return [line.rstrip() for line in listed.splitlines()]
    commands = []
    for path in _PROCESSES.glob("[0-9]*/cmdline"):
        with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            commands.append(path.read_bytes().rstrip(b"\0").replace(b"\0", b" ").decode(errors="replace"))
    return commands


def _listens(port: int) -> bool:
    with socket.socket() as connection:
        connection.settimeout(1)
        return connection.connect_ex(("127.0.0.1", port)) == 0
