"""Certificates in PEM: what they say, and what is wrong with them at a given moment.

Pure: the caller brings the text and the time. No message holds more of a key than that it cannot be read.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

Certificate = x509.Certificate
Key = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey

FAILS_BEFORE = timedelta(days=14)
"""A certificate with less time left is refused: who has to renew it needs some days."""
WARNS_BEFORE = timedelta(days=90)
_CLOCK_SKEW = timedelta(hours=1)


class Unreadable(Exception):
    """Why a text is no certificate or key; tells nothing of the text."""


def certificates(pem: str) -> tuple[Certificate, ...]:
    """PEM text → its certificates, in order. Raises Unreadable, also if there is none."""
    try:
        return tuple(x509.load_pem_x509_certificates(pem.encode()))
    except ValueError:
        raise Unreadable("is not a certificate in PEM (-----BEGIN CERTIFICATE-----)") from None


def key(pem: str) -> Key:
    """Raises Unreadable."""
    try:
        private = serialization.load_pem_private_key(pem.encode(), password=None)
    except TypeError:
        raise Unreadable("is locked by a password, which nobody is there to type. Write it without one") from None
    except (ValueError, UnsupportedAlgorithm):
        raise Unreadable("is not a private key in PEM (-----BEGIN PRIVATE KEY-----)") from None
    if not isinstance(private, Key):
        raise Unreadable("is neither an EC nor an RSA key")
    return private


def pem(*several: Certificate) -> str:
    return "".join(certificate.public_bytes(serialization.Encoding.PEM).decode() for certificate in several)


def fingerprint(certificate: Certificate) -> str:
    """SHA-256, as openssl writes it."""
    return certificate.fingerprint(hashes.SHA256()).hex(":").upper()


def subject(certificate: Certificate) -> str:
    """Its common name; where it has none, the whole name."""
    return _name(certificate.subject)


def issuer(certificate: Certificate) -> str:
    return _name(certificate.issuer)


def days_left(certificate: Certificate, now: datetime) -> int:
    """Negative once it has expired."""
    return (certificate.not_valid_after_utc - now).days


def belongs(certificate: Certificate, private: Key) -> bool:
    """Whether the key is the certificate's."""
    return certificate.public_key() == private.public_key()


def is_authority(certificate: Certificate) -> bool:
    """Whether it may sign other certificates."""
    try:
        constraints = certificate.extensions.get_extension_for_class(x509.BasicConstraints).value
    except x509.ExtensionNotFound:
        return False
    try:
        usage = certificate.extensions.get_extension_for_class(x509.KeyUsage).value
    except x509.ExtensionNotFound:
        return constraints.ca
    return constraints.ca and usage.key_cert_sign


def is_signed_by(certificate: Certificate, authority: Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(authority)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def root_of(
    certificate: Certificate, between: Iterable[Certificate], roots: Iterable[Certificate]
) -> Certificate | None:
    """The root to which its signatures lead, by way of the certificates in between; None where to none of them."""
    roots, left, at = tuple(roots), list(between), certificate
    while True:
        if found := next((root for root in roots if root == at or is_signed_by(at, root)), None):
            return found
        above = next((one for one in left if one != at and is_authority(one) and is_signed_by(at, one)), None)
        if above is None:
            return None
        left.remove(above)
        at = above


def alternative_names(certificate: Certificate) -> tuple[str, ...]:
    """The DNS names that it is for, in small letters; the common name, which no client looks at any more, is none."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return ()
    return tuple(name.lower() for name in names.get_values_for_type(x509.DNSName))


def is_for(certificate: Certificate, host: str) -> bool:
    """Whether a client that calls a host takes it. A wildcard stands for one whole label (RFC 6125, 6.4.3)."""
    above = host.lower().partition(".")[2]
    return bool({host.lower(), f"*.{above}"} & set(alternative_names(certificate)))


def date_faults(
    name: str, certificate: Certificate, now: datetime, fix: str, least: timedelta = FAILS_BEFORE
) -> Iterator[str]:
    """Why a certificate's dates make it unusable; `name` is what the message calls it."""
    end = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
    if certificate.not_valid_before_utc > now + _CLOCK_SKEW:
        begin = f"{certificate.not_valid_before_utc:%Y-%m-%d}"
        yield f"{name} is not valid before {begin}. Check this machine's clock, or wait"
    if certificate.not_valid_after_utc <= now:
        yield f"{name} expired on {end}. {fix}"
    elif certificate.not_valid_after_utc - now < least:
        days = _days(days_left(certificate, now))
        yield f"{name} expires on {end}, in {days}; at least {least.days} have to be left. {fix}"


def expiries(
    name: str,
    certificate: Certificate,
    now: datetime,
    fix: str,
    least: timedelta = FAILS_BEFORE,
    soon: timedelta = WARNS_BEFORE,
) -> Iterator[str]:
    """That a certificate which can still be used expires soon."""
    if least <= certificate.not_valid_after_utc - now < soon and certificate.not_valid_after_utc > now:
        end = f"{certificate.not_valid_after_utc:%Y-%m-%d}"
        yield f"{name} expires on {end}, in {_days(days_left(certificate, now))}. {fix}"


def _days(number: int) -> str:
    return "less than a day" if number < 1 else "1 day" if number == 1 else f"{number} days"


def _name(name: x509.Name) -> str:
    common = name.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(common[0].value) if common else name.rfc4514_string()
