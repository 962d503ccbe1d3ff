"""Servers that outlive whoever started them, each known by a locked file instead of a number that may be reused."""

import fcntl
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_LOG_LINES_SHOWN = 12
_SECONDS_TO_END = 10
_SECONDS_FOR_A_PORT = 3


class ServerFailed(Exception):
    """A server that is needed does not run; says why, and where its log is."""


@dataclass(frozen=True)
class Process:
    """A server, whether it runs or not. What it is called names its log and its lock in the folder.

    The server inherits the locked file and so holds the lock exactly as long as it lives, however it ends.
    """

    name: str
    folder: Path

    @property
    def log(self) -> Path:
        return self.folder / f"{self.name}.log"

    @property
    def _lock(self) -> Path:
        return self.folder / f"{self.name}.pid"

    def pid(self) -> int | None:
        """Its process id, None where it does not run."""
        try:
            with self._lock.open() as file:
                try:
                    fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
                except BlockingIOError:
                    written = file.read().strip()
                    return int(written) if written else None
        except FileNotFoundError:
            return None
        return None

    def start(self, command: Sequence[str | Path], port: int | None = None) -> None:
        """Starts it in a session of its own, unless it runs. Only one caller at a time may do so: see `locked`.

        A server that was killed gives back its port a moment after its lock: that moment is waited for.
        """
        if self.pid() is not None:
            return
        if port is not None:
            _wait_while_taken(port)
        with self._lock.open("a") as lock, self.log.open("ab") as log:
            os.chmod(self.log, 0o600)
            fcntl.flock(lock, fcntl.LOCK_EX)
            try:
                process = subprocess.Popen(
                    [str(part) for part in command],
                    cwd=self.folder,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                    pass_fds=(lock.fileno(),),
                )
            except FileNotFoundError as missing:
                raise ServerFailed(f"{command[0]} is missing. `make up` builds it.") from missing
            lock.truncate(0)
            lock.write(f"{process.pid}\n")

    def stop(self) -> None:
        """Asks it to end, and makes it end where it does not in time."""
        self._send(signal.SIGTERM)
        if not self._ended():
            self.kill()

    def kill(self) -> None:
        """Ends it at once: for servers whose data goes with them."""
        self._send(signal.SIGKILL)
        if not self._ended():
            raise ServerFailed(f"{self.name} (process {self.pid()}) cannot be ended.")

    def failure(self, what_happened: str) -> ServerFailed:
        lines = self.log.read_text(errors="replace").splitlines() if self.log.exists() else []
        shown = "\n".join(f"  {line}" for line in lines[-_LOG_LINES_SHOWN:])
        return ServerFailed(f"{self.name} {what_happened}. Its last words, from {self.log}:\n{shown}")

    def _send(self, number: signal.Signals) -> None:
        pid = self.pid()
        if pid is not None:
            try:
                os.kill(pid, number)
            except ProcessLookupError:
                return

    def _ended(self) -> bool:
        deadline = time.monotonic() + _SECONDS_TO_END
        while self.pid() is not None:
            if time.monotonic() > deadline:
                return False
            time.sleep(0.02)
        return True


def _wait_while_taken(port: int) -> None:
    """Who holds it for long is no server that was killed: the one that needs it then says so itself."""
    deadline = time.monotonic() + _SECONDS_FOR_A_PORT
    while time.monotonic() < deadline:
        try:
            # Bound as servers bind: that connections of before are not forgotten yet does not matter.
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            time.sleep(0.05)
        else:
            return


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Holds a lock against other processes and other threads; freed by the kernel if the holder dies."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
