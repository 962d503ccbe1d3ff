"""The certificates of ingress gateways, as their files stand."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from cryptography import x509

from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.model import IngressTls
from mesh.pki import certificates
from mesh.pki.certificates import Certificate, Unreadable
from mesh.render import ingress

CERTIFICATE_UNUSABLE = Kind(
    code="certificate-unusable",
    severity="error",
    what="A certificate of a gateway, its key, its authority or its revocation list cannot be used.",
    why="Istiod and Envoy say so in their logs only, and a client sees a handshake that fails.",
    example="certificates/shop: tls.crt is not for shop.example.com: it is for other.example.com. Have one issued "
    "for it",
    fix="Put files there that belong together, are for the gateway's hosts, and are valid now.",
)
CERTIFICATE_EXPIRES = Kind(
    code="certificate-expires",
    severity="warning",
    what="A certificate of a gateway expires soon.",
    why="From that moment every handshake with it fails.",
    example="certificates/shop: tls.crt expires on 2031-05-31, in 20 days. Renew it",
    fix="Renew it.",
)
KINDS = (CERTIFICATE_UNUSABLE, CERTIFICATE_EXPIRES)

_WARNS_BEFORE = timedelta(days=30)
"""Public authorities issue for 90 days at most, and renew in the last 30."""
_FAILS_BEFORE = timedelta(0)


def findings(context: Context) -> Iterator[Finding]:
    """Of the certificates whose files are all there."""
    if (files := context.certificates) is None:
        return
    environment = context.plan.environment
    for cluster in environment.clusters:
        for gateway in cluster.ingress:
            routes = ingress.routes_from(environment, cluster, gateway)
            if routes and gateway.tls and gateway.tls.source == "files":
                names = ingress.certificate_files(gateway.tls)
                if files.texts.keys() >= set(names.values()):
                    texts = {key: files.texts[name] for key, name in names.items()}
                    yield from of_certificate(gateway.tls, texts, ingress.served_hosts(routes), files.moment)


def of_certificate(tls: IngressTls, texts: Mapping[str, str], hosts: list[str], now: datetime) -> Iterator[Finding]:
    """Of one certificate, by the keys of its secret, with the hosts for which it is shown."""
    subject = f"certificates/{tls.secret}"
    for fault in _faults(tls, texts, hosts, now):
        yield Finding(CERTIFICATE_UNUSABLE, subject, fault)
    for text in _expiries(tls, texts, now):
        yield Finding(CERTIFICATE_EXPIRES, subject, text)


def _faults(tls: IngressTls, texts: Mapping[str, str], hosts: list[str], now: datetime) -> Iterator[str]:
    try:
        served, key = certificates.certificates(texts["tls.crt"])[0], None
    except Unreadable as why:
        yield f"tls.crt {why}"
    else:
        yield from _served_faults(served, hosts, now)
        try:
            key = certificates.key(texts["tls.key"])
        except Unreadable as why:
            yield f"tls.key {why}"
        if key and not certificates.belongs(served, key):
            fix = "Put there the two that belong together, the server's certificate first in tls.crt"
            yield f"tls.key is not the key of tls.crt. {fix}"
    if tls.mode == "mutual":
        yield from _authority_faults(tls, texts, now)


def _served_faults(served: Certificate, hosts: list[str], now: datetime) -> Iterator[str]:
    for host in hosts:
        if not certificates.is_for(served, host):
            listed = ", ".join(certificates.alternative_names(served)) or "no DNS name"
            yield f"tls.crt is not for {host}: it is for {listed}. Have one issued for it"
    yield from certificates.date_faults("tls.crt", served, now, "Renew it", _FAILS_BEFORE)


def _authority_faults(tls: IngressTls, texts: Mapping[str, str], now: datetime) -> Iterator[str]:
    try:
        authorities = certificates.certificates(texts["ca.crt"])
    except Unreadable as why:
        yield f"ca.crt {why}"
        return
    for authority in authorities:
        name = _name(authority)
        if not certificates.is_authority(authority):
            yield f"{name} may not sign certificates (CA is not true). Take the clients' authority"
        yield from certificates.date_faults(name, authority, now, "Renew it", _FAILS_BEFORE)
    if tls.revocation_list:
        yield from _revocation_faults(texts["ca.crl"], authorities, now)


def _revocation_faults(text: str, authorities: tuple[Certificate, ...], now: datetime) -> Iterator[str]:
    """An expired list refuses every client."""
    try:
        revoked = x509.load_pem_x509_crl(text.encode())
    except ValueError:
        yield "ca.crl is not a revocation list in PEM (-----BEGIN X509 CRL-----)"
        return
    if not any(_is_of(revoked, authority) for authority in authorities):
        yield "ca.crl was signed by nobody in ca.crt. Take the list of the clients' authority"
    if revoked.next_update_utc and revoked.next_update_utc <= now:
        yield f"ca.crl expired on {revoked.next_update_utc:%Y-%m-%d}. Fetch the authority's new one"


def _expiries(tls: IngressTls, texts: Mapping[str, str], now: datetime) -> Iterator[str]:
    for key in ("tls.crt", "ca.crt") if tls.mode == "mutual" else ("tls.crt",):
        try:
            found = certificates.certificates(texts[key])
        except Unreadable:
            continue
        for certificate in found[:1] if key == "tls.crt" else found:
            name = key if key == "tls.crt" else _name(certificate)
            yield from certificates.expiries(name, certificate, now, "Renew it", _FAILS_BEFORE, _WARNS_BEFORE)


def _name(authority: Certificate) -> str:
    return f'"{certificates.subject(authority)}" in ca.crt'


def _is_of(revoked: x509.CertificateRevocationList, authority: Certificate) -> bool:
    try:
        return revoked.issuer == authority.subject and revoked.is_signature_valid(authority.public_key())  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
