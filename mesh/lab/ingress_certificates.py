"""The certificates of an environment's ingress gateways, made where nobody else makes them: in the lab.

Beside each, for whoever wants to try a gateway: a client's certificate, and the authority of the server's.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509

from mesh.declaration.problems import Invalid
from mesh.files import private_files, stacks
from mesh.files.secret_files import SecretFiles
from mesh.findings.certificates import gateway_certificates
from mesh.lab import certificates
from mesh.lab.paths import Lab
from mesh.model import Environment, IngressTls
from mesh.render import ingress

_ANY_CLIENT = "client.example.com"
"""The client name for a gateway that accepts every client of its CA."""


@dataclass(frozen=True)
class _Shown:
    """A gateway's certificate, with the hosts for which it is shown."""

    tls: IngressTls
    hosts: tuple[str, ...]

    @property
    def files(self) -> dict[str, str]:
        return ingress.certificate_files(self.tls)


def issue(lab: Lab, files: Iterable[Path]) -> None:
    """For each stack file that can be previewed there; what is there and good stays as it is."""
    for file in files:
        try:
            environment = stacks.environment(file)
        except Invalid:
            continue  # it cannot be previewed either, and says so then
        secrets = SecretFiles(lab.secrets / environment.name)
        provide(environment, secrets, lab.clients / environment.name, datetime.now(UTC))


def provide(environment: Environment, secrets: SecretFiles, clients: Path, now: datetime) -> None:
    """Makes what is not there, or is not as the gateways need it now."""
    by_secret: dict[str, list[_Shown]] = {}
    for shown in _shown(environment):
        by_secret.setdefault(shown.tls.secret, []).append(shown)
    for secret, uses in by_secret.items():
        if not all(_is_good(shown, secrets, now) for shown in uses) or not (clients / secret).is_dir():
            _make(secret, uses, secrets.folder / "certificates" / secret, clients / secret)


def _shown(environment: Environment) -> Iterator[_Shown]:
    for cluster in environment.clusters:
        for gateway in cluster.ingress:
            routes = ingress.routes_from(environment, cluster, gateway)
            if routes and gateway.tls and gateway.tls.source == "files":
                yield _Shown(gateway.tls, tuple(ingress.served_hosts(routes)))


def _is_good(shown: _Shown, secrets: SecretFiles, now: datetime) -> bool:
    if not secrets.has(shown.files.values()):
        return False
    texts = {key: secrets.read(file) for key, file in shown.files.items()}
    return not any(gateway_certificates.of_certificate(shown.tls, texts, list(shown.hosts), now))


def _make(secret: str, uses: list[_Shown], folder: Path, client_folder: Path) -> None:
    servers, clients = (certificates.new_authority(f"{secret} {whose} authority") for whose in ("server", "client"))
    hosts = sorted({host for shown in uses for host in shown.hosts})
    names = sorted({name for shown in uses for name in shown.tls.client_names}) or [_ANY_CLIENT]
    certificate, key = certificates.signed(servers, hosts[0], [x509.DNSName(host) for host in hosts])
    made = {
        "tls.crt": certificate,
        "tls.key": key,
        "ca.crt": clients.pem(),
        "ca.crl": certificates.nobody_revoked(clients),
    }
    for name in sorted({name for shown in uses for name in shown.files}):
        private_files.write(folder / name, made[name])
    certificate, key = certificates.signed(clients, names[0], [_alternative(name) for name in names])
    private_files.write(client_folder / "client.crt", certificate)
    private_files.write(client_folder / "client.key", key)
    private_files.write(client_folder / "server-authority.crt", servers.pem())


def _alternative(name: str) -> x509.GeneralName:
    return x509.UniformResourceIdentifier(name) if "://" in name else x509.DNSName(name)
