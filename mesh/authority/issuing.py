"""New keys and certificates: of a root, and of the intermediates under it."""

import datetime
from dataclasses import dataclass
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from mesh import names
from mesh.certificates import Certificate, Key

Kind = Literal["ec", "rsa"]

ROOT_LIFETIME = datetime.timedelta(days=3652)
INTERMEDIATE_LIFETIME = datetime.timedelta(days=730)
_RSA_BITS = 4096
_CLOCK_SKEW = datetime.timedelta(hours=1)
"""Begins so much in the past: a machine whose clock is late takes it as well."""
COMMON_NAME_MAX = 64
_ROOT_SUFFIX = " root authority"
TRUST_DOMAIN_MAX = COMMON_NAME_MAX - len(_ROOT_SUFFIX)


@dataclass(frozen=True)
class Authority:
    certificate: Certificate
    key: Key

    def key_pem(self) -> str:
        return self.key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode()


def root(trust_domain: str, kind: Kind, now: datetime.datetime) -> Authority:
    """A new root, that signs itself."""
    key = _key(kind)
    name = _name({NameOID.ORGANIZATION_NAME: names.PROJECT, NameOID.COMMON_NAME: f"{trust_domain}{_ROOT_SUFFIX}"})
    builder = _builder(name, name, key, now, now + ROOT_LIFETIME, path_length=1)
    return Authority(builder.sign(key, hashes.SHA256()), key)


def intermediate(above: Authority, environment: str, cluster: str, now: datetime.datetime) -> Authority:
    """A new intermediate, that signs workloads and no further authority; it ends with the root at the latest."""
    key = _key("rsa" if isinstance(above.key, rsa.RSAPrivateKey) else "ec")
    end = min(now + INTERMEDIATE_LIFETIME, above.certificate.not_valid_after_utc)
    builder = _builder(_intermediate_name(environment, cluster), above.certificate.subject, key, now, end, 0)
    signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(above.key.public_key())
    signed = builder.add_extension(signer, critical=False).sign(above.key, hashes.SHA256())
    return Authority(signed, key)


def is_of(certificate: Certificate, environment: str, cluster: str) -> bool:
    """Whether an intermediate was issued for a cluster."""
    return certificate.subject == _intermediate_name(environment, cluster)


def _intermediate_name(environment: str, cluster: str) -> x509.Name:
    return _name(
        {
            NameOID.ORGANIZATION_NAME: names.PROJECT,
            NameOID.ORGANIZATIONAL_UNIT_NAME: environment,
            NameOID.COMMON_NAME: cluster,
        }
    )


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    key: Key,
    now: datetime.datetime,
    end: datetime.datetime,
    path_length: int,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=True, path_length=path_length), critical=True)
        .add_extension(_signs(), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _signs() -> x509.KeyUsage:
    return x509.KeyUsage(
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


def _key(kind: Kind) -> Key:
    if kind == "rsa":
        return rsa.generate_private_key(public_exponent=65537, key_size=_RSA_BITS)
    return ec.generate_private_key(ec.SECP256R1())


def _name(parts: dict[x509.ObjectIdentifier, str]) -> x509.Name:
    return x509.Name([x509.NameAttribute(kind, value) for kind, value in parts.items()])
