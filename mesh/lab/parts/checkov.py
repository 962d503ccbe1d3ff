"""Checkov, which only tests need: in a virtual environment of its own, because of its many pinned dependencies."""

import hashlib
import shutil
import subprocess
import venv
from pathlib import Path

from mesh.failures import Failure
from mesh.lab.paths import CHECKOUT, Lab
from mesh.terminal.progress import Report

_LOCK = CHECKOUT / "requirements-checkov.txt"


def command(lab: Lab) -> Path:
    """Where it stands once it is installed."""
    return lab.root / "checkov/bin/checkov"


def install(lab: Lab, report: Report) -> Path:
    """The command, installed where it is not there or not what the lock says."""
    folder = lab.root / "checkov"
    stamp, pin = folder / "installed", hashlib.sha256(_LOCK.read_bytes()).hexdigest()
    if not (stamp.exists() and stamp.read_text() == pin):
        with report.step("Checkov for the tests", "one to three minutes the first time"):
            # pip takes a package that it was interrupted in for installed.
            shutil.rmtree(folder, ignore_errors=True)
            venv.create(folder, with_pip=True)
            done = subprocess.run(
                [folder / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check",
                 "--require-hashes", "-r", _LOCK],
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
            )  # fmt: skip
            if done.returncode:
                raise Failure(f"pip could not install what {_LOCK} says:\n{done.stdout.strip()}")
            stamp.write_text(pin)
    return command(lab)
