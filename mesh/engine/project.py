"""The working directory → the engine on a stack of the project that it stands in."""

import os
import shutil
from pathlib import Path

from mesh.engine.runs import Engine
from mesh.failures import Failure


def engine(stack: str) -> Engine:
    return Engine(_pulumi(), _project(), stack, os.environ)


def _pulumi() -> Path:
    command = shutil.which("pulumi")
    if command is None:
        raise Failure("pulumi is not on PATH. For the lab: `. .lab/env`.")
    return Path(command)


def _project() -> Path:
    """The folder of Pulumi.yaml, at or above the working directory."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "Pulumi.yaml").exists():
            return folder
    raise Failure(f"There is no Pulumi.yaml in {here} or above it. Run this in the checkout of hybrid-mesh.")
