"""`mesh preview`: its arguments, and what it says."""

import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mesh.engine import project
from mesh.engine.replacements import Losses
from mesh.engine.runs import SUCCEEDED
from mesh.failures import Failure
from mesh.terminal import exits
from mesh.terminal.progress import Report


def preview(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack, as Pulumi calls it, such as prod.")],
    allow: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            envvar="HYBRID_MESH_ALLOW",
            help="A cluster or network that may be lost, such as cluster/west; once for each.",
        ),
    ] = None,
) -> None:
    """Show what a deployment would change. It may lose no cluster or network that is not named.

    Ends with 1 where one would be deleted or replaced and is not allowed to, with 3 where the preview itself failed.
    """
    report, losses = Report(Console()), Losses()
    with exits.readable(report, again=f"mesh preview --stack {stack}"):
        engine = project.engine(stack)
        with tempfile.TemporaryDirectory(prefix="mesh-preview-") as folder:
            log = Path(folder, "preview.log")
            outcome = engine.run("preview", "--diff", "--suppress-progress", log=log, seen=losses.see)
            typer.echo(log.read_text(errors="replace"), nl=False)
        refused = {name: fate for name, fate in sorted(losses.found.items()) if name not in (allow or ())}
        for name, fate in sorted(losses.found.items()):
            report.line(f"{name} would be {fate}.", style="red" if name in refused else "yellow")
        if outcome.status != SUCCEEDED:
            errors = "\n".join(f"  {error}" for error in outcome.errors)
            raise Failure(f"Stack {stack} could not be previewed:\n{errors}")
    if refused:
        allowed = "".join(f" --allow {name}" for name in refused)
        report.line(
            "What stands there would be lost with it. Take the change back; or, where it is meant: "
            f"mesh preview --stack {stack}{allowed}"
        )
        raise typer.Exit(exits.FOUND_SOMETHING)
