"""`mesh recover`: its arguments."""

import os
import shutil
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mesh import endings, recovery
from mesh.engine import Engine
from mesh.failures import Failure
from mesh.progress import Report


def recover(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack, as Pulumi calls it, such as prod.")],
) -> None:
    """Mend a stack whose engine was killed: its lock, its interrupted operations. Nothing else is changed."""
    report = Report(Console())
    with endings.readable(report, again=f"mesh recover --stack {stack}"):
        engine = Engine(_pulumi(), _project(), stack, os.environ)
        found = recovery.interruption(engine)
        if not found:
            report.line(f"✓ Stack {stack} was not interrupted.", style="green")
            return
        log = Path(tempfile.mkdtemp(prefix="mesh-recover-"), "refresh.log")
        recovery.recover(engine, found, report, log)
        report.line(f"What is declared comes back with: pulumi up --stack {stack}")


def _pulumi() -> Path:
    found = shutil.which("pulumi")
    if found is None:
        raise Failure("pulumi is not on PATH. For the lab: `. .lab/env`.")
    return Path(found)


def _project() -> Path:
    """The folder of Pulumi.yaml, at or above the working directory."""
    here = Path.cwd()
    for folder in (here, *here.parents):
        if (folder / "Pulumi.yaml").exists():
            return folder
    raise Failure(f"There is no Pulumi.yaml in {here} or above it. Run this in the checkout of hybrid-mesh.")
