"""Authorities of clusters, issued and renewed among an environment's secrets. Each tells what it did, a line each."""

from datetime import datetime
from pathlib import Path

from mesh.failures import Failure
from mesh.files.secret_files import SecretFiles
from mesh.model import Environment
from mesh.pki.ca import folders, phases
from mesh.pki.certificates import Certificate
from mesh.pki.signing import Authority


def issue(
    environment: Environment, secrets: SecretFiles, root: Authority, also: tuple[Certificate, ...], now: datetime
) -> list[str]:
    """Issues missing and invalid CAs. Raises Failure before it changes anything."""
    phases.require_sound(root, now)
    clusters = tuple(cluster.name for cluster in environment.clusters)
    existing = folders.intermediates(secrets, clusters)
    issued = phases.issued(existing, clusters, root, also, environment.name, now)
    return [
        _said(cluster, folders.write_intermediate(secrets, cluster, issued[cluster], now), secrets)
        if cluster in issued
        else f"{cluster}: good as it is"
        for cluster in clusters
    ]


def rotate(environment: Environment, secrets: SecretFiles, cluster: str, root: Authority, now: datetime) -> str:
    """Raises Failure, and has then changed nothing."""
    phases.require_sound(root, now)
    existing = folders.intermediates(secrets, (cluster,))
    if cluster not in existing:
        raise Failure(f"{cluster} has no authority to renew. Issue one: mesh authority issue.")
    renewed = phases.rotated(existing[cluster], root, environment.name, cluster, now)
    return _said(cluster, folders.write_intermediate(secrets, cluster, renewed, now), secrets)


def _said(cluster: str, kept: Path | None, secrets: SecretFiles) -> str:
    written = f"{cluster}: ✓ {folders.place(secrets, cluster)}"
    return f"{written} (what was there before is in {kept.name})" if kept else written
