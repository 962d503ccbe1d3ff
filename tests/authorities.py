"""Certificates for tests: any name, any dates, signed by anybody."""

import datetime
from collections.abc import Sequence

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

NOW = datetime.datetime(2030, 6, 1, 12, tzinfo=datetime.UTC)
_A_YEAR = datetime.timedelta(days=365)


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def pem_of(key: ec.EllipticCurvePrivateKey, password: bytes | None = None) -> str:
    locked = serialization.BestAvailableEncryption(password) if password else serialization.NoEncryption()
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, locked).decode()


def certificate_for(
    name: str,
    *,
    names: Sequence[str] = (),
    key: ec.EllipticCurvePrivateKey | None = None,
    signed_by: tuple[x509.Certificate, ec.EllipticCurvePrivateKey] | None = None,
    authority: bool = False,
    begins: datetime.datetime = NOW - _A_YEAR,
    ends: datetime.datetime = NOW + _A_YEAR,
) -> x509.Certificate:
    """Signed by itself where nobody else is named."""
    key = key or new_key()
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    issuer, signer = (signed_by[0].subject, signed_by[1]) if signed_by else (subject, key)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(ends)
        .add_extension(x509.BasicConstraints(ca=authority, path_length=None), critical=True)
    )
    if names:
        alternatives = x509.SubjectAlternativeName([x509.DNSName(one) for one in names])
        builder = builder.add_extension(alternatives, critical=False)
    return builder.sign(signer, hashes.SHA256())
