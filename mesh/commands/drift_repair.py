"""`mesh drift --repair`: shows what will be put back, asks, does it, and looks again."""

import sys
from collections.abc import Collection

import typer
from rich.console import Console

from mesh.commands import command_line
from mesh.engine import project
from mesh.files import redaction
from mesh.live import looks, reading
from mesh.repair.rounds import Work
from mesh.repair.updates import Stopped
from mesh.review.drift import repairs
from mesh.review.drift.report import Drift
from mesh.terminal import exits
from mesh.terminal.progress import Report
from mesh.views import drift as views


def repaired(stack: str, named: Collection[str], allowed: Collection[str], *, yes: bool) -> Drift:
    """Shows the repair, asks, does it → the drift that is left. Raises typer.Exit and Failure."""
    if not yes and not sys.stdin.isatty():
        raise command_line.wrong_use("Without a terminal nobody can be asked: mesh drift --repair --yes")
    report = Report(Console(stderr=True))
    file, shown = project.stack_file(stack), redaction.without_secrets_of(stack)
    with exits.readable(report, again=f"mesh drift --repair --stack {stack}", stack_file=file, shown=shown):
        engine = project.engine(stack)
        plan = reading.plan(engine)
        work = Work(engine, plan, report, lambda: looks.look(engine, report), named, allowed)
        work.recover()
        first = work.look()
        _refuse_unknown(first.drift, named)
        found = work.repairs(first)
        for line in views.planned(found):
            report.line(line)
        if all(repair.means == "nobody" for repair in found):
            return first.drift
        if not yes and not _is_wanted():
            return first.drift
        try:
            last = work.run(first)
        except Stopped as stopped:
            for name, fate in stopped.losses.items():
                report.line(
                    f"Stopped before the update: {name} would be {fate}. To allow it: --allow {name}", style="red"
                )
            raise typer.Exit(exits.FOUND_SOMETHING) from None
        for line in views.planned(work.repairs(last)):
            report.line(line)
        return last.drift


def _is_wanted() -> bool:
    """The end of the input is no answer, and so no yes. Raises KeyboardInterrupt."""
    try:
        return typer.confirm("Put this back?", err=True)
    except typer.Abort as aborted:
        typer.echo(err=True)
        if isinstance(aborted.__context__, KeyboardInterrupt):
            raise KeyboardInterrupt from None
        return False


def _refuse_unknown(drift: Drift, named: Collection[str]) -> None:
    for name in repairs.unknown(drift, named):
        raise command_line.wrong_use(
            f"--delete {name}: the program knows nothing of this name that it does not own, so nothing was changed. "
            f"{command_line.fix(name, repairs.deletable(drift))}"
        )
