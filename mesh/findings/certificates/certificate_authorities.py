"""The CAs of an environment's clusters, each and together, as their files stand.

Istiod itself would fall silent, or sign what the other clusters refuse; so it is said before anything is made.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from itertools import permutations

from mesh import names
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.pki import certificates, intermediates
from mesh.pki.certificates import Unreadable
from mesh.pki.intermediates import Intermediate, Texts
from mesh.render.authority import FILES

CERTIFICATE_AUTHORITY_UNUSABLE = Kind(
    code="certificate-authority-unusable",
    severity="error",
    what="The certificate authority (CA) of a cluster cannot be used.",
    why="Its istiod then signs nothing, or signs what the other clusters refuse: calls with mutual TLS fail.",
    example="cluster/east: ca-key.pem is not the key of ca-cert.pem. Restore the two that were issued together",
    fix="Restore its files, or issue a new one with mesh authority issue; mesh authority show lists them.",
)
CERTIFICATE_AUTHORITY_EXPIRES = Kind(
    code="certificate-authority-expires",
    severity="warning",
    what="The certificate authority (CA) of a cluster, or its root, expires soon.",
    why="From that moment workloads get no certificate that the others accept.",
    example="cluster/east: ca-cert.pem expires on 2032-05-31, in 50 days. Renew it: mesh authority rotate "
    "stacks/Pulumi.prod.yaml east",
    fix="Renew it with mesh authority rotate, or replace the root in three steps: docs/authority.md.",
)
KINDS = (CERTIFICATE_AUTHORITY_UNUSABLE, CERTIFICATE_AUTHORITY_EXPIRES)

_REPLACE = "Replace it in three steps: docs/authority.md"


def findings(context: Context) -> Iterator[Finding]:
    """Of the clusters that have any file of a CA; where a cluster has none, the secrets of the plan are missing."""
    if (files := context.certificates) is None:
        return
    complete: dict[str, Texts] = {}
    for cluster in context.plan.environment.clusters:
        texts = {file: files.texts.get(names.authority_file(cluster.name, file)) for file in FILES}
        missing = [file for file, text in texts.items() if text is None]
        if not missing:
            complete[cluster.name] = Texts(*(text or "" for text in texts.values()))
        elif len(missing) < len(FILES):
            issue = f"Restore it, or delete the others and issue a new one: mesh authority issue {files.stack_file}"
            text = f"{', '.join(missing)} is not there. {issue}"
            yield Finding(CERTIFICATE_AUTHORITY_UNUSABLE, f"cluster/{cluster.name}", text)
    yield from of_clusters(tuple(complete), complete, files.stack_file, files.moment)


def of_clusters(
    clusters: tuple[str, ...], by_cluster: Mapping[str, Texts], stack_file: str, now: datetime
) -> tuple[Finding, ...]:
    """Of all that are asked about, also of those without any CA; `stack_file` is for commands in the messages."""
    return tuple(_of_clusters(clusters, by_cluster, stack_file, now))


def _of_clusters(
    clusters: tuple[str, ...], by_cluster: Mapping[str, Texts], stack_file: str, now: datetime
) -> Iterator[Finding]:
    issue = f"mesh authority issue {stack_file}"
    readable: dict[str, Intermediate] = {}
    for cluster in clusters:
        try:
            if cluster in by_cluster:
                readable[cluster] = intermediates.read(by_cluster[cluster])
            else:
                text = f"it has no CA. Issue one: {issue}"
                yield Finding(CERTIFICATE_AUTHORITY_UNUSABLE, f"cluster/{cluster}", text)
        except Unreadable as why:
            text = f"{why}. Restore it, or delete it and issue a new one: {issue}"
            yield Finding(CERTIFICATE_AUTHORITY_UNUSABLE, f"cluster/{cluster}", text)
    for cluster, intermediate in readable.items():
        renew = f"Renew it: mesh authority rotate {stack_file} {cluster}"
        yield from _of_cluster(f"cluster/{cluster}", intermediate, renew, now)
    yield from _of_roots(readable, now)
    yield from _of_strangers(readable)


def _of_cluster(subject: str, intermediate: Intermediate, renew: str, now: datetime) -> Iterator[Finding]:
    """But for its root's dates."""
    dated = ("ca-cert.pem", intermediate.certificate, now, renew)
    for fault in (*intermediates.faults(intermediate), *certificates.date_faults(*dated)):
        yield Finding(CERTIFICATE_AUTHORITY_UNUSABLE, subject, fault)
    for text in certificates.expiries(*dated):
        yield Finding(CERTIFICATE_AUTHORITY_EXPIRES, subject, text)


def _of_roots(by_cluster: Mapping[str, Intermediate], now: datetime) -> Iterator[Finding]:
    """Each root once, however many clusters have it."""
    vouching = {intermediate.root for intermediate in by_cluster.values() if intermediate.root is not None}
    for root in sorted(vouching, key=certificates.fingerprint):
        subject = f'root "{certificates.subject(root)}"'
        if not certificates.is_authority(root):
            text = "it may not sign certificates (CA is not true). Take one that is an authority's"
            yield Finding(CERTIFICATE_AUTHORITY_UNUSABLE, subject, text)
        for fault in certificates.date_faults("it", root, now, _REPLACE):
            yield Finding(CERTIFICATE_AUTHORITY_UNUSABLE, subject, fault)
        for text in certificates.expiries("it", root, now, _REPLACE):
            yield Finding(CERTIFICATE_AUTHORITY_EXPIRES, subject, text)


def _of_strangers(by_cluster: Mapping[str, Intermediate]) -> Iterator[Finding]:
    """Clusters whose workloads would refuse each other's certificates."""
    for trusting, trusted in permutations(by_cluster, 2):
        root = by_cluster[trusted].root
        if root is not None and root not in by_cluster[trusting].roots:
            text = (
                f"it does not trust {trusted}, whose root {certificates.fingerprint(root)} is not in "
                "its root-cert.pem. Issue both from one root; to change roots: docs/authority.md"
            )
            yield Finding(CERTIFICATE_AUTHORITY_UNUSABLE, f"cluster/{trusting}", text)
