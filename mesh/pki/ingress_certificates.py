"""What is wrong with the certificates of ingress gateways, as their files stand: said before anything is registered.

Istiod and Envoy would say it in their logs only, and to a client by a handshake that fails.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from cryptography import x509

from mesh.failures import Failure
from mesh.files.secret_files import SecretFiles
from mesh.model import Environment, IngressTls
from mesh.pki import certificates
from mesh.pki.certificates import Certificate, Finding, Unreadable
from mesh.render import ingress

_WARNS_BEFORE = timedelta(days=30)
"""Public authorities issue for 90 days at most, and renew in the last 30."""


def warnings(environment: Environment, secrets: SecretFiles, now: datetime) -> list[str]:
    """Raises Failure, which names all that fails."""
    found = findings(environment, secrets, now)
    failing = [finding.text for finding in found if finding.fails]
    if failing:
        listed = "".join(f"\n  {text}." for text in failing)
        raise Failure(f"the certificates in {secrets.folder / 'certificates'} cannot be used:{listed}")
    return [f"{finding.text}." for finding in found]


def findings(environment: Environment, secrets: SecretFiles, now: datetime) -> tuple[Finding, ...]:
    """Of the certificates whose files are all there. Raises Failure where one cannot be read."""
    found: list[Finding] = []
    for cluster in environment.clusters:
        for gateway in cluster.ingress:
            routes = ingress.routes_from(environment, cluster, gateway)
            if routes and gateway.tls and gateway.tls.source == "files":
                files = ingress.certificate_files(gateway.tls)
                if secrets.has(files.values()):
                    texts = {key: secrets.read(file) for key, file in files.items()}
                    found += of_one(gateway.tls, texts, ingress.served_hosts(routes), now)
    return tuple(dict.fromkeys(found))


def of_one(tls: IngressTls, texts: Mapping[str, str], hosts: list[str], now: datetime) -> Iterator[Finding]:
    """Of one certificate, by the keys of its secret, with the hosts for which it is shown."""
    try:
        served, key = certificates.certificates(texts["tls.crt"])[0], None
    except Unreadable as why:
        yield Finding(f"{tls.secret}/tls.crt {why}", True)
    else:
        yield from _served_findings(tls.secret, served, hosts, now)
        try:
            key = certificates.key(texts["tls.key"])
        except Unreadable as why:
            yield Finding(f"{tls.secret}/tls.key {why}", True)
        if key and not certificates.belongs(served, key):
            way_out = "Put there the two that belong together, the server's certificate first in tls.crt"
            yield Finding(f"{tls.secret}/tls.key is not the key of tls.crt. {way_out}", True)
    if tls.mode == "mutual":
        yield from _authority_findings(tls, texts, now)


def _served_findings(name: str, served: Certificate, hosts: list[str], now: datetime) -> Iterator[Finding]:
    for host in hosts:
        if not certificates.is_for(served, host):
            listed = ", ".join(certificates.alternative_names(served)) or "no DNS name"
            yield Finding(f"{name}/tls.crt is not for {host}: it is for {listed}. Have one issued for it", True)
    yield from _date_findings(f"{name}/tls.crt", served, now)


def _authority_findings(tls: IngressTls, texts: Mapping[str, str], now: datetime) -> Iterator[Finding]:
    try:
        authorities = certificates.certificates(texts["ca.crt"])
    except Unreadable as why:
        yield Finding(f"{tls.secret}/ca.crt {why}", True)
        return
    for authority in authorities:
        name = f'"{certificates.subject(authority)}" in {tls.secret}/ca.crt'
        if not certificates.is_authority(authority):
            yield Finding(f"{name} may not sign certificates (CA is not true). Take the clients' authority", True)
        yield from _date_findings(name, authority, now)
    if tls.revocation_list:
        yield from _revocation_findings(f"{tls.secret}/ca.crl", texts["ca.crl"], authorities, now)


def _revocation_findings(
    name: str, text: str, authorities: tuple[Certificate, ...], now: datetime
) -> Iterator[Finding]:
    """An expired list refuses every client."""
    try:
        revoked = x509.load_pem_x509_crl(text.encode())
    except ValueError:
        yield Finding(f"{name} is not a revocation list in PEM (-----BEGIN X509 CRL-----)", True)
        return
    if not any(_is_of(revoked, authority) for authority in authorities):
        yield Finding(f"{name} was signed by nobody in ca.crt. Take the list of the clients' authority", True)
    if revoked.next_update_utc and revoked.next_update_utc <= now:
        yield Finding(f"{name} expired on {revoked.next_update_utc:%Y-%m-%d}. Fetch the authority's new one", True)


def _is_of(revoked: x509.CertificateRevocationList, authority: Certificate) -> bool:
    try:
        return revoked.issuer == authority.subject and revoked.is_signature_valid(authority.public_key())  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False


def _date_findings(name: str, certificate: Certificate, now: datetime) -> Iterator[Finding]:
    return certificates.date_findings(
        name, certificate, now, "Renew it", fails_before=timedelta(0), warns_before=_WARNS_BEFORE
    )
