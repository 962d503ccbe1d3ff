"""`mesh recover`: a stack with an interrupted run → a stack that the next run can continue."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mesh.engine import project, recovery
from mesh.files import redaction
from mesh.terminal import exits
from mesh.terminal.progress import Report


def recover(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The name of the stack, such as prod.")],
) -> None:
    """Repair a stack after a killed run.

    Clears the lock of the killed run, finds resources that exist but are not in the state, and imports them. Changes
    nothing else. You can run it again at any time.

    Exit codes: 0 repaired or not interrupted, 3 the stack is in use or cannot be read.
    """
    report = Report(Console())
    shown = redaction.without_secrets_of(stack)
    with exits.readable(report, again=f"mesh recover --stack {stack}", shown=shown):
        engine = project.engine(stack)
        interruption = recovery.interruption(engine)
        if not interruption:
            report.line(f"✓ Stack {stack} was not interrupted.", style="green")
            return
        log = Path(tempfile.mkdtemp(prefix="mesh-recover-"), "refresh.log")
        recovery.recover(engine, interruption, report, log)
        report.line(f"What is declared comes back with: pulumi up --stack {stack}")
