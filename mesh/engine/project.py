"""The working directory and a stack name → the engine on that stack."""

import os
import shutil
from pathlib import Path

import yaml

from mesh.engine.runs import Engine
from mesh.failures import Failure


def engine(stack: str) -> Engine:
    return Engine(_pulumi(), folder(), stack, os.environ)


def stack_file(stack: str) -> str:
    """Where Pulumi.yaml has stack files, seen from its folder."""
    return f"stacks/Pulumi.{stack}.yaml"


def folder() -> Path:
    """The folder of Pulumi.yaml, at or above the working directory."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "Pulumi.yaml").exists():
            return folder
    raise Failure(f"There is no Pulumi.yaml in {here} or above it. Run this in the checkout of hybrid-mesh.")


def name(folder: Path) -> str:
    """As its Pulumi.yaml says. Raises Failure."""
    try:
        said = yaml.safe_load((folder / "Pulumi.yaml").read_text(encoding="utf-8"))
        return str(said["name"])
    except (OSError, UnicodeDecodeError, yaml.YAMLError, KeyError, TypeError):
        raise Failure(f"{folder / 'Pulumi.yaml'} does not say the project's name. Restore it from git.") from None


def _pulumi() -> Path:
    command = shutil.which("pulumi")
    if command is None:
        raise Failure("pulumi is not on PATH. For the lab: `. .lab/env`.")
    return Path(command)
