"""Real Kubernetes API servers, one per simulated AKS cluster, over one etcd; all on the loopback address."""

import base64
import json
import re
import secrets
import ssl
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx
import yaml

from mesh.files import private_files
from mesh.lab import certificates, custom_resources
from mesh.lab.etcd import Etcd
from mesh.lab.loopback import answers, free_port, wait_until
from mesh.lab.paths import Lab
from mesh.lab.processes import Process, locked

# Those that make deletion, identities and RBAC work. Nothing here runs pods, so what creates pods is left out.
_CONTROLLERS = (
    "clusterrole-aggregation-controller",
    "garbage-collector-controller",
    "namespace-controller",
    "root-ca-certificate-publisher-controller",
    "serviceaccount-controller",
    "serviceaccount-token-controller",
)
_NAMES_OF_THE_API_SERVER = tuple(
    f"kubernetes{rest}" for rest in ("", ".default", ".default.svc", ".default.svc.cluster.local")
)


@dataclass(frozen=True)
class RunningServer:
    name: str
    pid: int
    port: int | None


@dataclass(frozen=True)
class _Settings:
    """Settings of a cluster's server, chosen at its first start and kept until it is deleted."""

    port: int
    service_cidr: str
    issuer: str
    administrator_token: str
    controllers_token: str


class Servers:
    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._etcd = Etcd(lab)
        self._clusters = lab.servers / "clusters"

    def start(self, cluster: str, service_cidr: str = "10.0.0.0/16", issuer: str | None = None) -> str:
        """Makes the cluster's servers run, whatever state they are in, and returns its kubeconfig.

        The range and the issuer of tokens count at the first start only: as in AKS they last as long as the cluster.
        """
        folder = self._folder(cluster)
        with locked(self._lock(cluster)):
            if not folder.exists():
                self._create(cluster, service_cidr, issuer or _issuer())
            self._etcd.start()
            settings = self._settings(cluster)
            api_server, controllers = self._processes(cluster)
            api_server.start(self._api_server_command(cluster, settings), settings.port)
            # The controllers give up on an API server that takes longer than ten seconds, as it may on a busy machine.
            self._wait_until_answers("/readyz", cluster, settings, (api_server,))
            controllers.start(self._controllers_command(cluster))
            # The default account is the controllers' work: once it is there, both servers do theirs.
            account = "/api/v1/namespaces/default/serviceaccounts/default"
            self._wait_until_answers(account, cluster, settings, (api_server, controllers))
            kubeconfig = (folder / "kubeconfig").read_text()
            private_files.write(self._kubeconfig(cluster), kubeconfig.encode())
            return kubeconfig

    def stop(self, cluster: str) -> None:
        """Deletes the cluster: ends its servers and removes all that they stored. Already gone is fine."""
        folder = self._folder(cluster)
        with locked(self._lock(cluster)):
            if folder.exists():
                for process in self._processes(cluster):
                    process.kill()
                if self.clusters() != (cluster,):
                    self._etcd.start()
                    self._etcd.forget(_prefix(cluster))
                private_files.disappear(folder, self._unfinished(cluster))
            self._kubeconfig(cluster).unlink(missing_ok=True)
        self._etcd.remove_unless(self._clusters)

    def define(self, cluster: str, definitions: Sequence[Mapping[str, Any]]) -> None:
        """Gives a running cluster kinds, as CustomResourceDefinitions; those that it has already are kept."""
        api_server, _ = self._processes(cluster)
        with self._client(cluster, self._settings(cluster)) as client:
            for definition in definitions:
                custom_resources.define(client, definition, api_server)

    def halt(self) -> None:
        """Ends every server and keeps what they stored: the next start goes on from there."""
        for cluster in self.clusters():
            with locked(self._lock(cluster)):
                for process in self._processes(cluster):
                    process.kill()  # all that they know is in etcd; asked to end, they wait for their clients
        self._etcd.stop()

    def clusters(self) -> tuple[str, ...]:
        """The clusters that were started and not deleted, whether their servers run or not."""
        return tuple(sorted(folder.name for folder in self._clusters.glob("*")))

    def running(self) -> tuple[RunningServer, ...]:
        servers = []
        if (pid := self._etcd.process.pid()) is not None:
            servers.append(RunningServer("etcd", pid, self._etcd.port))
        for cluster in self.clusters():
            api_server, controllers = self._processes(cluster)
            for process, port in ((api_server, self._settings(cluster).port), (controllers, None)):
                if (pid := process.pid()) is not None:
                    servers.append(RunningServer(f"{cluster}/{process.name}", pid, port))
        return tuple(servers)

    def _folder(self, cluster: str) -> Path:
        if not re.fullmatch(r"[A-Za-z0-9]([A-Za-z0-9_-]{0,61}[A-Za-z0-9])?", cluster):
            raise ValueError(f"{cluster!r} is no name of an AKS cluster: 1-63 letters, digits, '-' and '_'")
        return self._clusters / cluster

    def _unfinished(self, cluster: str) -> Path:
        return self._lab.servers / "unfinished" / f"cluster-{cluster}"

    def _lock(self, cluster: str) -> Path:
        return self._lab.servers / "locks" / f"cluster-{cluster}.lock"

    def _kubeconfig(self, cluster: str) -> Path:
        return self._lab.kubeconfigs / f"{cluster}.yaml"

    def _processes(self, cluster: str) -> tuple[Process, Process]:
        folder = self._folder(cluster)
        return Process("kube-apiserver", folder), Process("kube-controller-manager", folder)

    def _settings(self, cluster: str) -> _Settings:
        return _Settings(**json.loads((self._folder(cluster) / "settings.json").read_text()))

    def _create(self, cluster: str, service_cidr: str, issuer: str) -> None:
        settings = _Settings(free_port(), service_cidr, issuer, secrets.token_hex(32), secrets.token_hex(32))
        authority = certificates.new_authority(f"{cluster} authority")
        users = {f"clusterAdmin_{cluster}": settings.administrator_token, "controllers": settings.controllers_token}
        administrator, controllers = (
            _kubeconfig_text(cluster, settings.port, user, token, authority.pem()) for user, token in users.items()
        )
        files = {
            "settings.json": json.dumps(asdict(settings)).encode(),
            "authority.pem": authority.pem(),
            "server.pem": certificates.identity(authority, "kube-apiserver", _NAMES_OF_THE_API_SERVER),
            "service-accounts.pem": certificates.new_signing_key(),
            "tokens.csv": "".join(
                f'{token},{user},{user},"system:masters"\n' for user, token in users.items()
            ).encode(),
            "kubeconfig": administrator,
            "controllers.kubeconfig": controllers,
        }
        private_files.appear(self._folder(cluster), files, self._unfinished(cluster))

    def _api_server_command(self, cluster: str, settings: _Settings) -> list[str | Path]:
        folder = self._folder(cluster)
        return [
            self._lab.binaries / "kube-apiserver",
            f"--etcd-servers={self._etcd.address}",
            f"--etcd-cafile={self._etcd.authority}",
            f"--etcd-certfile={self._etcd.identity}",
            f"--etcd-keyfile={self._etcd.identity}",
            f"--etcd-prefix={_prefix(cluster)}",
            "--bind-address=127.0.0.1",
            "--advertise-address=127.0.0.1",
            "--endpoint-reconciler-type=none",  # an endpoint may not be a loopback address
            f"--secure-port={settings.port}",
            f"--cert-dir={folder}",
            f"--tls-cert-file={folder / 'server.pem'}",
            f"--tls-private-key-file={folder / 'server.pem'}",
            f"--token-auth-file={folder / 'tokens.csv'}",
            "--authorization-mode=Node,RBAC",
            f"--service-account-issuer={settings.issuer}",
            f"--service-account-key-file={folder / 'service-accounts.pem'}",
            f"--service-account-signing-key-file={folder / 'service-accounts.pem'}",
            f"--api-audiences={settings.issuer},istio-ca",
            f"--service-cluster-ip-range={settings.service_cidr}",
            "--allow-privileged",
            "--profiling=false",
        ]

    def _controllers_command(self, cluster: str) -> list[str | Path]:
        folder = self._folder(cluster)
        return [
            self._lab.binaries / "kube-controller-manager",
            f"--kubeconfig={folder / 'controllers.kubeconfig'}",
            f"--service-account-private-key-file={folder / 'service-accounts.pem'}",
            f"--root-ca-file={folder / 'authority.pem'}",
            f"--controllers={','.join(_CONTROLLERS)}",
            "--leader-elect=false",
            "--secure-port=0",
            "--kube-api-qps=200",
            "--kube-api-burst=400",
            "--profiling=false",
        ]

    def _wait_until_answers(self, path: str, cluster: str, settings: _Settings, processes: tuple[Process, ...]) -> None:
        with self._client(cluster, settings) as client:
            wait_until(lambda: answers(client, path), processes)

    def _client(self, cluster: str, settings: _Settings) -> httpx.Client:
        trust = ssl.create_default_context(cafile=str(self._folder(cluster) / "authority.pem"))
        headers = {"Authorization": f"Bearer {settings.administrator_token}"}
        address = f"https://127.0.0.1:{settings.port}"
        return httpx.Client(base_url=address, verify=trust, headers=headers, trust_env=False)


def _prefix(cluster: str) -> str:
    return f"/clusters/{cluster}"


def _issuer() -> str:
    """An address like those of AKS, where every cluster has an issuer of tokens of its own."""
    return f"https://westeurope.oic.prod-aks.azure.com/{uuid.uuid4()}/{uuid.uuid4()}/"


def _kubeconfig_text(cluster: str, port: int, user: str, token: str, authority: bytes) -> bytes:
    reach = {
        "server": f"https://127.0.0.1:{port}",
        "certificate-authority-data": base64.b64encode(authority).decode(),
    }
    return yaml.safe_dump(
        {
            "apiVersion": "v1",
            "kind": "Config",
            "clusters": [{"name": cluster, "cluster": reach}],
            "users": [{"name": user, "user": {"token": token}}],
            "contexts": [{"name": cluster, "context": {"cluster": cluster, "user": user}}],
            "current-context": cluster,
        },
        sort_keys=False,
    ).encode()
