"""Files as git has them at a revision."""

import subprocess
from dataclasses import dataclass
from pathlib import Path

from mesh.failures import Failure

_USUAL = ("origin/HEAD", "origin/main", "origin/master", "main", "master")
"""What a change is compared with where nothing is named: the first that there is."""
_SHOWN = 10
"""Digits of a commit."""


@dataclass(frozen=True)
class Revision:
    """Where a change branches off."""

    name: str
    """As it was asked for, such as origin/main."""
    commit: str

    def __str__(self) -> str:
        return f"{self.name} at {self.commit[:_SHOWN]}"


def branching_off(folder: Path, name: str) -> Revision:
    """Where the change that is checked out branches off from a revision. Raises Failure.

    What came to that revision later is no part of the change. Where git does not know where they part, as the checkout
    is shallow, it is the revision itself.
    """
    _git(folder, "rev-parse", "--git-dir")
    commit = _commit(folder, name)
    if commit is None:
        raise Failure(
            f"git knows no revision {name} here. Check the name; or fetch it: `git fetch origin`. A pipeline checks "
            "out all of the history: fetch-depth: 0."
        )
    done = _run(folder, "merge-base", commit, "HEAD")
    return Revision(name, done.stdout.decode().strip() if done.returncode == 0 else commit)


def usual(folder: Path) -> Revision | None:
    """None where there is no repository, or none of the branches that changes usually go to."""
    try:
        name = next((name for name in _USUAL if _commit(folder, name)), None)
    except Failure:
        return None
    return branching_off(folder, name) if name else None


def contents(folder: Path, revision: Revision, path: str) -> bytes | None:
    """Of a file, by its path from the folder; None where the revision does not have it. Raises Failure."""
    if not _git(folder, "ls-tree", revision.commit, "--", path):
        return None
    return _git(folder, "cat-file", "blob", f"{revision.commit}:./{path}")


def files(folder: Path, revision: Revision, below: str) -> tuple[str, ...]:
    """The paths of all below a folder, from the folder where git runs. Raises Failure."""
    listed = _git(folder, "ls-tree", "-r", "-z", "--name-only", revision.commit, "--", below or ".")
    return tuple(path for path in listed.decode(errors="surrogateescape").split("\0") if path)


def _commit(folder: Path, name: str) -> str | None:
    done = _run(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    return done.stdout.decode().strip() if done.returncode == 0 else None


def _git(folder: Path, *arguments: str) -> bytes:
    done = _run(folder, *arguments)
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        raise Failure(f"git cannot say what there was before: {said}\nRun this in a clone, with --base REVISION.")
    return done.stdout


def _run(folder: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", *arguments], cwd=folder, capture_output=True, check=False)
    except FileNotFoundError:
        raise Failure("git is not on PATH, by which the stack file before the change is read. Install it.") from None
