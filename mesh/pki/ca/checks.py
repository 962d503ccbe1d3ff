"""What is wrong with the authorities of an environment's clusters, each and together, at a given moment.

Pure. Istiod itself would fall silent, or sign what the other clusters refuse; so it is said before anything is made.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import permutations
from typing import TypeVar

from mesh.pki import certificates
from mesh.pki.certificates import Certificate, Finding, Key, Unreadable

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
    """What the cluster's workloads trust; more than one while a root is replaced."""

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


def findings(by_cluster: Mapping[str, Texts], stack_file: str, now: datetime) -> tuple[Finding, ...]:
    """Of all clusters; `stack_file` is what commands in the messages name."""
    found: list[Finding] = []
    readable: dict[str, Intermediate] = {}
    for cluster, texts in sorted(by_cluster.items()):
        try:
            readable[cluster] = read(texts)
        except Unreadable as why:
            found.append(Finding(f"{cluster}: {why}. Restore it, or delete it and {_issue(stack_file)}", True))
    for cluster, intermediate in readable.items():
        renew = f"Renew it: mesh authority rotate {stack_file} {cluster}"
        found += (
            Finding(f"{cluster}: {finding.text}", finding.fails)
            for finding in intermediate_findings(intermediate, renew, now)
        )
    return (*found, *_root_findings(readable, now), *_strangers(readable))


def intermediate_findings(intermediate: Intermediate, renew: str, now: datetime) -> Iterator[Finding]:
    """Of one cluster alone, but for its root's dates."""
    certificate = intermediate.certificate
    if not certificates.belongs(certificate, intermediate.key):
        yield Finding("ca-key.pem is not the key of ca-cert.pem. Restore the two that were issued together", True)
    if not certificates.is_authority(certificate):
        yield Finding("ca-cert.pem may not sign certificates (CA is not true). Take one that is an authority's", True)
    if certificate in intermediate.roots:
        yield Finding("ca-cert.pem is the root itself, whose key belongs in no cluster. Take an intermediate", True)
    elif certificate not in intermediate.chain:
        yield Finding("cert-chain.pem does not hold ca-cert.pem, which workloads have to present. Add it", True)
    if intermediate.root is None:
        yield Finding("ca-cert.pem was signed by none of root-cert.pem. Put its root there", True)
    if any(certificates.fingerprint(root) in SAMPLE_ROOTS for root in intermediate.roots):
        yield Finding("root-cert.pem is Istio's sample root, whose key is public. Make one: mesh authority init", True)
    yield from certificates.date_findings("ca-cert.pem", certificate, now, renew)


def _root_findings(by_cluster: Mapping[str, Intermediate], now: datetime) -> Iterator[Finding]:
    """Each root once, however many clusters have it."""
    vouching = {one.root for one in by_cluster.values() if one.root is not None}
    for root in sorted(vouching, key=certificates.fingerprint):
        name = f'the root "{certificates.subject(root)}"'
        if not certificates.is_authority(root):
            yield Finding(f"{name} may not sign certificates (CA is not true). Take one that is an authority's", True)
        yield from certificates.date_findings(name, root, now, "Replace it in three steps: docs/authority.md")


def _strangers(by_cluster: Mapping[str, Intermediate]) -> Iterator[Finding]:
    """Clusters whose workloads would refuse each other's certificates."""
    for trusting, trusted in permutations(by_cluster, 2):
        root = by_cluster[trusted].root
        if root is not None and root not in by_cluster[trusting].roots:
            yield Finding(
                f"{trusting} does not trust {trusted}, whose root {certificates.fingerprint(root)} is not in "
                f"{trusting}'s root-cert.pem. Issue both from one root; to change roots: docs/authority.md",
                True,
            )


def _read(file: str, reader: Callable[[str], Read], text: str) -> Read:
    try:
        return reader(text)
    except Unreadable as why:
        raise Unreadable(f"{file} {why}") from None


def _issue(stack_file: str) -> str:
    return f"issue a new one: mesh authority issue {stack_file}"
