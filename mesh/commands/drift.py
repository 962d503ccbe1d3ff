"""`mesh drift`: its arguments, and what it says of what somebody changed behind the program's back."""

import tempfile
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mesh.commands import command_line, drift_repair
from mesh.engine import project
from mesh.engine.runs import Engine
from mesh.files import stacks
from mesh.live import reading, state
from mesh.plan import Plan
from mesh.render import plan as planned
from mesh.repair.rounds import Look
from mesh.review.drift.endings import endings
from mesh.review.drift.report import Drift
from mesh.review.drift.report import drift as compared
from mesh.terminal import exits
from mesh.terminal.progress import Report
from mesh.views import drift as views


class Format(StrEnum):
    TABLE = "table"
    MARKDOWN = "md"
    JSON = "json"


def drift(
    stack: Annotated[str, typer.Option("--stack", "-s", help="The stack, as Pulumi calls it, such as prod.")],
    format: Annotated[Format, typer.Option(help="md is for an issue, json for scripts.")] = Format.TABLE,
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
        raise command_line.wrong_use("--yes, --delete and --allow go with --repair.")
    if repair:
        found = drift_repair.repaired(stack, delete or (), allow or (), look, yes=yes)
        show(found, format)
        raise typer.Exit(exits.FOUND_SOMETHING if found.drifted else 0)
    report = Report(Console(stderr=True))
    with exits.readable(report, again=f"mesh drift --stack {stack}", stack_file=project.stack_file(stack)):
        engine = project.engine(stack)
        plan = planned(stacks.environment(engine.project / project.stack_file(stack)))
        found = look(engine, plan, report).drift
        show(found, format)
    if found.drifted:
        raise typer.Exit(exits.FOUND_SOMETHING)


def look(engine: Engine, plan: Plan, report: Report) -> Look:
    """Reads what is live and compares; writes nothing anywhere but a log in a temporary folder."""
    with report.step(f"Reading the state of stack {engine.stack}"):
        known = state.read(engine)
    with tempfile.TemporaryDirectory(prefix="mesh-drift-") as folder:
        log = Path(folder, "refresh.log")
        with report.step("Looking at Azure and the clusters", "as long as a refresh") as step:
            live, seen = reading.live(engine, plan, known, log, step)
    with report.step("Judging what differs"):
        file = project.stack_file(engine.stack)
        ending = endings(plan, live, file, datetime.now(UTC))
        return Look(known, live, compared(engine.stack, plan, live, seen.drifted, ending))


def show(found: Drift, format: Format) -> None:
    match format:
        case Format.JSON:
            command_line.show_json(views.data(found))
        case Format.MARKDOWN:
            typer.echo(views.markdown(found), nl=False)
        case Format.TABLE:
            below = (*(views.repairs(found) if found.drifted else ()), views.summary(found))
            command_line.show_table(views.sheet(found), below, command_line.console())
