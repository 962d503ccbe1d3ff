"""Reaching and awaiting the lab's own servers on the loopback address."""

import secrets
import socket
import time
from collections.abc import Callable, Sequence

import httpx

from mesh.lab.processes import Process

_PORTS = range(20000, 32000)  # below the range from which the kernel gives ports to outgoing connections
_SECONDS_TO_BE_READY = 90


def free_port() -> int:
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port


def answers(client: httpx.Client, path: str) -> bool:
    try:
        return client.get(path).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def wait_until(ready: Callable[[], bool], processes: Sequence[Process]) -> None:
    """Waits for servers, and says why where one of them ends instead."""
    deadline = time.monotonic() + _SECONDS_TO_BE_READY
    while not ready():
        for process in processes:
            if process.pid() is None:
                raise process.failure("ended at its start")
            if time.monotonic() > deadline:
                raise process.failure(f"is not ready after {_SECONDS_TO_BE_READY} seconds")
        time.sleep(0.05)
