"""The one etcd in which all API servers of the lab keep their objects, each under a prefix of its own."""

import base64
import json
import ssl
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx

from mesh.files import private_files
from mesh.lab import certificates
from mesh.lab.loopback import answers, free_port, wait_until
from mesh.lab.paths import Lab
from mesh.lab.processes import Process, locked


@dataclass(frozen=True)
class _Ports:
    client: int
    peer: int


class Etcd:
    """Only who holds its client certificate reads or writes it, other users of the machine included."""

    def __init__(self, lab: Lab) -> None:
        self._program = lab.binaries / "etcd"
        self._folder = lab.servers / "etcd"
        self._unfinished = lab.servers / "unfinished" / "etcd"
        self._lock = lab.servers / "locks" / "etcd.lock"
        self.process = Process("etcd", self._folder)

    @property
    def port(self) -> int:
        return self._ports().client

    @property
    def address(self) -> str:
        return f"https://127.0.0.1:{self.port}"

    @property
    def authority(self) -> Path:
        return self._folder / "authority.pem"

    @property
    def identity(self) -> Path:
        """A certificate and its key, for etcd itself and for its clients."""
        return self._folder / "identity.pem"

    def start(self) -> None:
        with locked(self._lock):
            if not self._folder.exists():
                self._create()
            self.process.start(self._command(), self.port)
            wait_until(self._is_ready, [self.process])

    def stop(self) -> None:
        with locked(self._lock):
            self.process.stop()

    def remove_unless(self, clusters: Path) -> None:
        """Deletes it with all it keeps, unless there is a cluster left in that folder that needs it."""
        with locked(self._lock):
            if self._folder.exists() and not any(clusters.glob("*")):
                self.process.kill()
                private_files.disappear(self._folder, self._unfinished)

    def forget(self, prefix: str) -> None:
        """Deletes all keys below the prefix: those from it up to the next possible one."""
        first = f"{prefix}/".encode()
        after = first[:-1] + bytes([first[-1] + 1])
        keys = {"key": base64.b64encode(first).decode(), "range_end": base64.b64encode(after).decode()}
        with self._client() as client:
            client.post("/v3/kv/deleterange", json=keys).raise_for_status()

    def _ports(self) -> _Ports:
        return _Ports(**json.loads((self._folder / "ports.json").read_text()))

    def _create(self) -> None:
        authority = certificates.new_authority("etcd authority")
        files = {
            "ports.json": json.dumps(asdict(_Ports(free_port(), free_port()))).encode(),
            "authority.pem": authority.pem(),
            "identity.pem": certificates.identity(authority, "etcd"),
        }
        private_files.appear(self._folder, files, self._unfinished)

    def _command(self) -> list[str | Path]:
        peers = f"https://127.0.0.1:{self._ports().peer}"
        return [
            self._program,
            f"--data-dir={self._folder / 'data'}",
            f"--listen-client-urls={self.address}",
            f"--advertise-client-urls={self.address}",
            f"--listen-peer-urls={peers}",
            f"--initial-advertise-peer-urls={peers}",
            f"--initial-cluster=default={peers}",
            "--client-cert-auth",
            f"--trusted-ca-file={self.authority}",
            f"--cert-file={self.identity}",
            f"--key-file={self.identity}",
            "--peer-client-cert-auth",
            f"--peer-trusted-ca-file={self.authority}",
            f"--peer-cert-file={self.identity}",
            f"--peer-key-file={self.identity}",
            "--log-level=warn",
        ]

    def _client(self) -> httpx.Client:
        trust = ssl.create_default_context(cafile=str(self.authority))
        trust.load_cert_chain(self.identity)
        return httpx.Client(base_url=self.address, verify=trust, trust_env=False, timeout=30)

    def _is_ready(self) -> bool:
        with self._client() as client:
            return answers(client, "/health")
