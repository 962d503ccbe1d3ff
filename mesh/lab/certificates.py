"""The keys and certificates of the lab's own servers: an authority of its own for each, that nothing else trusts."""

import datetime
import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

_LIFETIME = datetime.timedelta(days=3650)
_CLOCK_SKEW = datetime.timedelta(hours=1)
_LOOPBACK = ipaddress.ip_address("127.0.0.1")


@dataclass(frozen=True)
class Authority:
    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey

    def pem(self) -> bytes:
        """Its certificate alone: what those who trust it are given."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def new_authority(name: str) -> Authority:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = _named(name)
    usage = x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    certificate = (
        _dated(x509.CertificateBuilder())
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(certificate, key)


def identity(authority: Authority, name: str, dns_names: Sequence[str] = ()) -> bytes:
    """A certificate for a server or client on the loopback address, and its key, in one PEM text."""
    alternatives = [x509.IPAddress(_LOOPBACK), *(x509.DNSName(dns) for dns in ("localhost", *dns_names))]
    return b"".join(signed(authority, name, alternatives))


def signed(authority: Authority, name: str, alternatives: Sequence[x509.GeneralName]) -> tuple[bytes, bytes]:
    """A certificate for a server or client of these names, and its key, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    usages = [ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH]
    certificate = (
        _dated(x509.CertificateBuilder())
        .subject_name(_named(name))
        .issuer_name(authority.certificate.subject)
        .public_key(key.public_key())
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
        .add_extension(x509.SubjectAlternativeName(alternatives), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(authority.key.public_key()), critical=False)
        .sign(authority.key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM), _private_pem(key)


def nobody_revoked(authority: Authority) -> bytes:
    """Its revocation list, empty, in PEM."""
    now = datetime.datetime.now(datetime.UTC)
    builder = x509.CertificateRevocationListBuilder().issuer_name(authority.certificate.subject)
    revoked = builder.last_update(now - _CLOCK_SKEW).next_update(now + _LIFETIME).sign(authority.key, hashes.SHA256())
    return revoked.public_bytes(serialization.Encoding.PEM)


def new_signing_key() -> bytes:
    """What a cluster signs its service accounts' tokens with: RSA, as AKS does."""
    return _private_pem(rsa.generate_private_key(public_exponent=65537, key_size=2048))


def _dated(builder: x509.CertificateBuilder) -> x509.CertificateBuilder:
    now = datetime.datetime.now(datetime.UTC)
    return (
        builder.serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + _LIFETIME)
    )


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _private_pem(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
