"""`mesh report`: its arguments."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mesh import findings
from mesh.commands import command_line
from mesh.commands.command_line import DEFAULT_FILE, FILE_HELP
from mesh.files import included, revisions, stacks
from mesh.files.certificate_files import certificate_files
from mesh.files.secret_files import SecretFiles
from mesh.model import Environment
from mesh.render import plan
from mesh.report.contents import Judged, contents
from mesh.report.page import page
from mesh.terminal import exits
from mesh.terminal.progress import Report


def report(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=FILE_HELP, show_default=False)] = DEFAULT_FILE,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="FILE.html", help="Write it here, over what is there.")
    ] = Path("report.html"),
    base: Annotated[
        str | None,
        typer.Option(metavar="REF", help="Show in colour what changed since this revision, such as origin/main."),
    ] = None,
) -> None:
    """Write a page that shows an environment: its picture, who calls whom and why, and findings. It needs no server."""
    progress = Report(Console(stderr=True))
    with exits.readable(progress, again=f"mesh report {file} --out {out}"):
        head = _judged(command_line.environment(file), file)
        before, name = _before(file, base) if base else (None, "")
        text = page(contents(head, before, name))
        out.write_text(text, encoding="utf-8")
        progress.line(f"✓ {out} ({len(text.encode()) / 1e6:.1f} MB): open it in a browser.", style="green")


def _judged(environment: Environment, file: Path) -> Judged:
    planned = plan(environment)
    certificates = certificate_files(environment, SecretFiles.of(environment.name), str(file), datetime.now(UTC))
    return Judged(planned, findings.assess(planned, certificates).standing)


def _before(file: Path, base: str) -> tuple[Judged | None, str]:
    """What the file declared where this change branches off; None where it was not there."""
    folder = file.resolve().parent
    revision = revisions.branching_off(folder, base)
    was = revisions.contents(folder, revision, file.name)
    if was is None:
        return None, ""
    before = stacks.environment_of(was, stacks.name(file), included.at(folder, revision, file.name))
    return _judged(before, file), str(revision)
