"""Keys, and certificates that authorities sign: what the mesh's own authority and the lab's have in common."""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from mesh.pki.certificates import Certificate, Key

Kind = Literal["ec", "rsa"]
CLOCK_SKEW = datetime.timedelta(hours=1)
"""Certificates begin so much in the past: a machine whose clock is late takes them as well."""
_RSA_BITS = 4096


@dataclass(frozen=True)
class Authority:
    certificate: Certificate
    key: Key

    def key_pem(self) -> str:
        return private_pem(self.key).decode()

    def pem(self) -> bytes:
        """Its certificate alone: what those who trust it are given."""
        return self.certificate.public_bytes(serialization.Encoding.PEM)


def new_key(kind: Kind) -> Key:
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    return ec.generate_private_key(ec.SECP256R1())


def private_pem(key: Key) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def name(parts: Mapping[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts.items()])


def authority(
    subject: x509.Name,
    key: Key,
    now: datetime.datetime,
    end: datetime.datetime,
    *,
    path_length: int,
    above: Authority | None = None,
) -> Authority:
    """One that signs others: itself where there is none above it. `path_length`: so many authorities may follow."""
    usage = x509.KeyUsage(
        digital_signature=False,
        key_cert_sign=True,
        crl_sign=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )
    built = (
        begun(subject, key, now, end)
        .issuer_name(above.certificate.subject if above else subject)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(usage, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if above is not None:
        built = built.add_extension(signed_by(above), critical=False)
    return Authority(built.sign(above.key if above else key, hashes.SHA256()), key)


def begun(subject: x509.Name, key: Key, now: datetime.datetime, end: datetime.datetime) -> x509.CertificateBuilder:
    """A certificate of a key, without its issuer and what it is for."""
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(end)
    )


def signed_by(above: Authority) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(above.key.public_key())
