"""`mesh drift`: its arguments, and what it says of what somebody changed behind the program's back."""

from typing import TYPE_CHECKING, Annotated, Literal

import typer
from rich.console import Console

from mesh.engine import project
from mesh.files import redaction
from mesh.live import looks
from mesh.terminal import exits
from mesh.terminal.progress import Report

if TYPE_CHECKING:
    from mesh.review.drift.report import Drift

Format = Literal["table", "md", "json"]


def drift(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack, as Pulumi calls it, such as prod.")],
    format: Annotated[Format, typer.Option(help="md is for an issue, json for scripts.")] = "table",
    repair: Annotated[bool, typer.Option("--repair", help="Put back what is declared, then look again.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="With --repair: do not ask.")] = False,
    delete: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="With --repair: delete this too, though the program does not own it: KIND/NAMESPACE/NAME@CLUSTER, or "
            "its id in Azure; once for each.",
        ),
    ] = None,
    allow: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="With --repair: what may be lost, such as cluster/west; once for each."),
    ] = None,
) -> None:
    """Show what somebody changed behind the program's back, and which calls that opens or breaks.

    Changes nothing, but with --repair. Ends with 0 where there is no drift (any more), with 1 where there is some, with
    2 for a wrong stack file or option, with 3 where it could not look or not repair.
    """
    if not repair and (yes or delete or allow):
        typer.echo("--yes, --delete and --allow go with --repair.", err=True)
        raise typer.Exit(exits.BAD_STACK_FILE)
    if repair:
        from mesh.commands import drift_repair  # here: a look alone loads what it needs while the engine works

        drift = drift_repair.repaired(stack, delete or (), allow or (), yes=yes)
        _show(drift, format)
        raise typer.Exit(exits.FOUND_SOMETHING if drift.drifted else 0)
    report = Report(Console(stderr=True))
    file, shown = project.stack_file(stack), redaction.without_secrets_of(stack)
    with exits.readable(report, again=f"mesh drift --stack {stack}", stack_file=file, shown=shown):
        drift = looks.look(project.engine(stack), report).drift
        _show(drift, format)
    if drift.drifted:
        raise typer.Exit(exits.FOUND_SOMETHING)


def _show(drift: "Drift", format: Format) -> None:
    from mesh.commands import command_line
    from mesh.views import drift as views

    match format:
        case "json":
            command_line.show_json(views.data(drift))
        case "md":
            typer.echo(views.markdown(drift), nl=False)
        case "table":
            below = (*(views.repairs(drift) if drift.drifted else ()), views.summary(drift))
            command_line.show_table(views.sheet(drift), below, command_line.console())
