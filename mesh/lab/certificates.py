"""The keys and certificates of the lab's own servers: an authority of its own for each, that nothing else trusts."""

import datetime
import ipaddress
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from mesh.pki import signing
from mesh.pki.signing import Authority

_LIFETIME = datetime.timedelta(days=3650)
_LOOPBACK = ipaddress.ip_address("127.0.0.1")


def new_authority(name: str) -> Authority:
    now = datetime.datetime.now(datetime.UTC)
    return signing.authority(_named(name), signing.new_key("ec"), now, now + _LIFETIME, path_length=0)


def identity(authority: Authority, name: str, dns_names: Sequence[str] = ()) -> bytes:
    """A certificate for a server or client on the loopback address, and its key, in one PEM text."""
    alternatives = [x509.IPAddress(_LOOPBACK), *(x509.DNSName(dns) for dns in ("localhost", *dns_names))]
    return b"".join(signed(authority, name, alternatives))


def signed(authority: Authority, name: str, alternatives: Sequence[x509.GeneralName]) -> tuple[bytes, bytes]:
    """A certificate for a server or client of these names, and its key, in PEM."""
    key, now = signing.new_key("ec"), datetime.datetime.now(datetime.UTC)
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    certificate = (
        signing.begun(_named(name), key, now, now + _LIFETIME)
        .issuer_name(authority.certificate.subject)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(signing.signed_by(authority), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM), signing.private_pem(key)


def nobody_revoked(authority: Authority) -> bytes:
    """Its revocation list, empty, in PEM."""
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateRevocationListBuilder().issuer_name(authority.certificate.subject)
    dated = builder.last_update(now - signing.CLOCK_SKEW).next_update(now + _LIFETIME)
    return dated.sign(authority.key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)


def new_signing_key() -> bytes:
    """The key that signs service account tokens of a cluster: RSA, as in AKS."""
    return signing.private_pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def _named(name: str) -> x509.Name:
    return signing.name({NameOID.COMMON_NAME: name})
