"""A root and the CA files of clusters → the files to write: kept, renewed, or moved to a new root.

Pure but for new keys. A root is replaced in three phases, each deployed before the next begins (docs/authority.md):
both roots are trusted; intermediates come of the new one; the old one is dropped. A phase that is skipped is refused.
"""

from collections.abc import Mapping
from datetime import datetime

from mesh.failures import Failure
from mesh.pki import certificates, intermediates
from mesh.pki.ca import issuing
from mesh.pki.certificates import Certificate, Unreadable
from mesh.pki.intermediates import Intermediate, Texts
from mesh.pki.signing import Authority


def require_sound(root: Authority, now: datetime) -> None:
    """Raises Failure where a root should issue nothing."""
    name = f'the root "{certificates.subject(root.certificate)}"'
    if not certificates.belongs(root.certificate, root.key):
        raise Failure(f"the key is not that of {name}. Name the two that belong together.")
    if not certificates.is_authority(root.certificate):
        raise Failure(f"{name} may not sign certificates (CA is not true). Take one that is an authority's.")
    if certificates.fingerprint(root.certificate) in intermediates.SAMPLE_ROOTS:
        raise Failure(f"{name} is Istio's sample, whose key is public. Make one: mesh authority init.")
    for fault in certificates.date_faults(name, root.certificate, now, "Make a new one: mesh authority init"):
        raise Failure(f"{fault}.")


def issued(
    existing: Mapping[str, Texts],
    clusters: tuple[str, ...],
    root: Authority,
    also: tuple[Certificate, ...],
    environment: str,
    now: datetime,
) -> dict[str, Texts]:
    """The files to write, of those clusters whose files are not good as they are.

    `also` are roots to trust beside the one that issues. Raises Failure, where a phase is skipped.
    """
    readable = {cluster: _read(cluster, texts) for cluster, texts in existing.items()}
    roots = (root.certificate, *(one for one in also if one != root.certificate))
    _require_order(readable, root.certificate, roots)
    texts: dict[str, Texts] = {}
    for cluster in clusters:
        intermediate = readable.get(cluster)
        if intermediate is None or not _is_good(intermediate, root.certificate, environment, cluster, now):
            texts[cluster] = _new(root, _as_before(intermediate, roots), environment, cluster, now)
        elif set(intermediate.roots) != set(roots):
            texts[cluster] = _with_roots(existing[cluster], roots)
    return texts


def _as_before(intermediate: Intermediate | None, roots: tuple[Certificate, ...]) -> tuple[Certificate, ...]:
    """In the order that they have already: istiod takes root-cert.pem, byte by byte, for another where it differs.

    It then refuses the whole change until it is restarted (handleEvent in istio's pilot/pkg/bootstrap/istio_ca.go).
    """
    return intermediate.roots if intermediate and set(intermediate.roots) == set(roots) else roots


def rotated(existing: Texts, root: Authority, environment: str, cluster: str, now: datetime) -> Texts:
    """A new key and certificate under the same root. Raises Failure where the root is another."""
    intermediate = _read(cluster, existing)
    if root.certificate not in intermediate.roots:
        raise Failure(
            f"{cluster} does not trust the root {certificates.fingerprint(root.certificate)}. Name the folder of the "
            "root that it has with --authority; to replace a root: docs/authority.md."
        )
    return _new(root, intermediate.roots, environment, cluster, now)


def _is_good(intermediate: Intermediate, root: Certificate, environment: str, cluster: str, now: datetime) -> bool:
    return (
        intermediate.root == root
        and issuing.is_of(intermediate.certificate, environment, cluster)
        and not any(intermediates.faults(intermediate))
        and not any(certificates.date_faults("", intermediate.certificate, now, "", certificates.WARNS_BEFORE))
    )


def _require_order(by_cluster: Mapping[str, Intermediate], root: Certificate, roots: tuple[Certificate, ...]) -> None:
    elsewhere = [cluster for cluster, one in by_cluster.items() if one.root is not None and one.root != root]
    strangers = [cluster for cluster, one in by_cluster.items() if root not in one.roots]
    if elsewhere and strangers:
        raise Failure(
            f"{', '.join(strangers)}: this root is not trusted there yet, so workloads would refuse each other. First "
            "issue with the old root and --root-also the new root's certificate, deploy that, and wait a day: "
            "docs/authority.md. Where nothing runs yet, delete the folder authority among its secrets instead."
        )
    for cluster in elsewhere:
        old = by_cluster[cluster].root
        if old is not None and old not in roots:
            raise Failure(
                f"{cluster}: its authority still comes of the root {certificates.fingerprint(old)}, whose certificates "
                "live for a day. Add --root-also with that root's certificate; drop it in the next phase: "
                "docs/authority.md."
            )


def _new(root: Authority, roots: tuple[Certificate, ...], environment: str, cluster: str, now: datetime) -> Texts:
    made = issuing.intermediate(root, environment, cluster, now)
    certificate = certificates.pem(made.certificate)
    return Texts(certificate, made.key_pem(), certificate, certificates.pem(*roots))


def _with_roots(texts: Texts, roots: tuple[Certificate, ...]) -> Texts:
    return Texts(texts.certificate, texts.key, texts.chain, certificates.pem(*roots))


def _read(cluster: str, texts: Texts) -> Intermediate:
    try:
        return intermediates.read(texts)
    except Unreadable as why:
        raise Failure(
            f"{cluster}: {why}. Restore it, or delete the cluster's folder to have a new one issued."
        ) from None
