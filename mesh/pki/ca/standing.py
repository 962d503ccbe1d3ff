"""What is wrong with an environment's authorities, as their files stand."""

from datetime import datetime

from mesh.failures import Failure
from mesh.files.secret_files import SecretFiles
from mesh.model import Environment
from mesh.pki.ca import checks, folders
from mesh.pki.certificates import Finding


def warnings(environment: Environment, secrets: SecretFiles, stack_file: str, now: datetime) -> list[str]:
    """Raises Failure, which names all that fails."""
    found = findings(environment, secrets, stack_file, now)
    failing = [finding.text for finding in found if finding.fails]
    if failing:
        listed = "".join(f"\n  {text}." for text in failing)
        raise Failure(f"the authorities in {secrets.folder / 'authority'} cannot be used:{listed}")
    return [f"{finding.text}." for finding in found]


def findings(environment: Environment, secrets: SecretFiles, stack_file: str, now: datetime) -> tuple[Finding, ...]:
    """Raises Failure where files cannot be read."""
    clusters = tuple(cluster.name for cluster in environment.clusters)
    existing = folders.intermediates(secrets, clusters)
    missing = (
        Finding(f"{cluster}: it has no authority. Issue one: mesh authority issue {stack_file}", True)
        for cluster in clusters
        if cluster not in existing
    )
    return (*missing, *checks.findings(existing, stack_file, now))
