"""`mesh recover`: its arguments."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mesh.engine import project, recovery
from mesh.terminal import exits
from mesh.terminal.progress import Report


def recover(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack, as Pulumi calls it, such as prod.")],
) -> None:
    """Mend a stack whose engine was killed: its lock, its interrupted operations. Nothing else is changed."""
    report = Report(Console())
    with exits.readable(report, again=f"mesh recover --stack {stack}"):
        engine = project.engine(stack)
        interruption = recovery.interruption(engine)
        if not interruption:
            report.line(f"✓ Stack {stack} was not interrupted.", style="green")
            return
        log = Path(tempfile.mkdtemp(prefix="mesh-recover-"), "refresh.log")
        recovery.recover(engine, interruption, report, log)
        report.line(f"What is declared comes back with: pulumi up --stack {stack}")
