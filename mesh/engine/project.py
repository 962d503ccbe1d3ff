"""The working directory and a stack name → the engine on that stack."""

import os
import shutil
from pathlib import Path

import yaml

from mesh.engine.runs import Engine
from mesh.failures import Failure


def engine(stack: str) -> Engine:
    """Where the command is not on PATH, its first run says so."""
    return Engine(Path(shutil.which("pulumi") or "pulumi"), folder(), stack, os.environ)


def stack_file(stack: str) -> str:
    """Where Pulumi.yaml has stack files, seen from its folder; a stack may be named with its organization."""
    return f"stacks/Pulumi.{stack.rpartition('/')[2]}.yaml"


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
