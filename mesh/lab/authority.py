"""The lab's root of trust, and an authority under it for each cluster of every stack that can be previewed there."""

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from mesh.declaration.problems import Invalid
from mesh.files import stacks
from mesh.files.secret_files import SecretFiles
from mesh.lab.paths import Lab
from mesh.pki.ca import folders, issuing, upkeep
from mesh.pki.signing import Authority

_TRUST_DOMAIN = "lab"


def issue(lab: Lab, files: Iterable[Path]) -> None:
    """Issues the CAs of all stacks; a valid CA is not changed."""
    root, now = _root(lab), datetime.now(UTC)
    for file in files:
        try:
            environment = stacks.environment(file)
        except Invalid:
            continue  # it cannot be previewed either, and says so then
        upkeep.issue(environment, SecretFiles(lab.secrets / environment.name), root, (), now)


def _root(lab: Lab) -> Authority:
    if not lab.authority.exists():
        folders.write_root(lab.authority, issuing.root(_TRUST_DOMAIN, "ec", datetime.now(UTC)))
    return folders.root_in(lab.authority)
