"""Azure Blob Storage as Microsoft emulates it (Azurite), on the loopback interface."""

import base64
import hashlib
import hmac
import os
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from mesh.lab import paths
from mesh.lab.parts import npm

ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="
"""Published by Microsoft for its emulator; it opens nothing else."""

_PROGRAM = paths.lab().root / "npm/node_modules/azurite/dist/src/blob/main.js"
_SECONDS_TO_START = 60


@dataclass(frozen=True)
class Storage:
    port: int

    def environment(self, container: str) -> dict[str, str]:
        """What the engine needs to keep its state there."""
        return {
            "PULUMI_BACKEND_URL": f"azblob://{container}",
            "AZURE_STORAGE_ACCOUNT": ACCOUNT,
            "AZURE_STORAGE_DOMAIN": f"127.0.0.1:{self.port}",
            "AZURE_STORAGE_PROTOCOL": "http",
            "AZURE_STORAGE_KEY": KEY,
        }

    def create(self, container: str) -> None:
        date = datetime.now(UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")
        headers = f"x-ms-date:{date}\nx-ms-version:2021-08-06\n"
        signed = "PUT" + "\n" * 12 + headers + f"/{ACCOUNT}/{ACCOUNT}/{container}\nrestype:container"
        signature = hmac.new(base64.b64decode(KEY), signed.encode(), hashlib.sha256).digest()
        httpx.put(
            f"http://127.0.0.1:{self.port}/{ACCOUNT}/{container}?restype=container",
            headers={
                **dict(line.split(":", 1) for line in headers.splitlines()),
                "Authorization": f"SharedKey {ACCOUNT}:{base64.b64encode(signature).decode()}",
            },
        ).raise_for_status()


@contextmanager
def running(folder: Path) -> Iterator[Storage]:
    assert _PROGRAM.exists(), "Azurite is not installed: .venv/bin/mesh lab test-parts"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [npm.node(), _PROGRAM, "--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", folder,
         "--silent", "--disableTelemetry"],
        env=os.environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + _SECONDS_TO_START
        while not _listens(port):
            assert process.poll() is None, "Azurite ended"
            assert time.monotonic() < deadline, "Azurite does not answer"
            time.sleep(0.05)
        yield Storage(port)
    finally:
        process.terminate()
        process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as connection:
        return connection.connect_ex(("127.0.0.1", port)) == 0
