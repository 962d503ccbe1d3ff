"""The CA of a cluster: an intermediate below a root, read from its files, and what is wrong with it. Pure."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeVar

from mesh.pki import certificates
from mesh.pki.certificates import Certificate, Key, Unreadable

Read = TypeVar("Read")

SAMPLE_ROOTS = frozenset(
    {
        "63:72:7A:17:85:CA:B4:7A:CE:C5:C2:4C:C0:66:9C:20:82:4E:8A:E1:AC:28:07:9A:4D:2F:8C:83:05:92:E7:B0",
        "11:C9:20:2C:6B:E8:EA:5F:CF:B4:6D:85:91:A8:CF:83:B2:0E:B9:7A:DE:97:23:48:40:85:1A:F8:76:3A:E4:28",
    }
)
"""root-cert.pem and root-cert-alt.pem of istio/istio samples/certs, whose keys everybody has."""


@dataclass(frozen=True)
class Texts:
    """The files of a cluster's authority, as they stand."""

    certificate: str
    key: str
    chain: str
    roots: str


@dataclass(frozen=True)
class Intermediate:
    """A cluster's authority, read."""

    certificate: Certificate
    key: Key
    chain: tuple[Certificate, ...]
    roots: tuple[Certificate, ...]
    """The roots that the cluster trusts; more than one while a root is replaced."""

    @property
    def root(self) -> Certificate | None:
        """The one of its roots that vouches for it."""
        return certificates.root_of(self.certificate, self.chain, self.roots)


def read(texts: Texts) -> Intermediate:
    """Raises Unreadable, with the file that is."""
    chain = _read("cert-chain.pem", certificates.certificates, texts.chain)
    roots = _read("root-cert.pem", certificates.certificates, texts.roots)
    certificate, *_ = _read("ca-cert.pem", certificates.certificates, texts.certificate)
    return Intermediate(certificate, _read("ca-key.pem", certificates.key, texts.key), chain, roots)


def faults(intermediate: Intermediate) -> Iterator[str]:
    """Why the CA of one cluster cannot be used, whatever the date."""
    certificate = intermediate.certificate
    if not certificates.belongs(certificate, intermediate.key):
        yield "ca-key.pem is not the key of ca-cert.pem. Restore the two that were issued together"
    if not certificates.is_authority(certificate):
        yield "ca-cert.pem may not sign certificates (CA is not true). Take one that is an authority's"
    if certificate in intermediate.roots:
        yield "ca-cert.pem is the root itself, whose key belongs in no cluster. Take an intermediate"
    elif certificate not in intermediate.chain:
        yield "cert-chain.pem does not hold ca-cert.pem, which workloads have to present. Add it"
    if intermediate.root is None:
        yield "ca-cert.pem was signed by none of root-cert.pem. Put its root there"
    if any(certificates.fingerprint(root) in SAMPLE_ROOTS for root in intermediate.roots):
        yield "root-cert.pem is Istio's sample root, whose key is public. Make one: mesh authority init"


def _read(file: str, reader: Callable[[str], Read], text: str) -> Read:
    try:
        return reader(text)
    except Unreadable as why:
        raise Unreadable(f"{file} {why}") from None
