"""`mesh graph`: its arguments, and where the picture goes."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from mesh import stacks
from mesh.declaration import problems, spelling
from mesh.declaration.problems import Invalid
from mesh.endings import BAD_STACK_FILE
from mesh.failures import Failure
from mesh.graph import mermaid, staging
from mesh.graph.groups import Fold
from mesh.graph.svg import svg
from mesh.model import Environment


class Format(StrEnum):
    SVG = "svg"
    MERMAID = "mermaid"


def graph(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A stack file, such as stacks/Pulumi.prod.yaml.")],
    format: Annotated[Format, typer.Option(help="What to draw it in; mermaid is for pull requests.")] = Format.SVG,
    out: Annotated[Path | None, typer.Option(metavar="FILE", help="Write it here, over what is there.")] = None,
    fold: Annotated[
        Fold, typer.Option(help="One card for each namespace at a place, or for each workload; auto folds many.")
    ] = "auto",
    focus: Annotated[
        str | None, typer.Option(metavar="WORKLOAD", help="Draw only this one, who calls it and whom it calls.")
    ] = None,
) -> None:
    """Draw what a stack file declares: networks, clusters, machines, workloads, and who may call whom."""
    try:
        environment = stacks.environment(file)
    except Invalid as invalid:
        typer.echo(problems.report(invalid.problems, str(file)), err=True)
        raise typer.Exit(BAD_STACK_FILE) from None
    known = [workload.name for workload in environment.workloads]
    if focus is not None and focus not in known:
        way_out = spelling.suggestion(focus, known, f"{file} declares no workload of a like name.")
        typer.echo(f"--focus: there is no workload {spelling.shown(focus)}. {way_out}", err=True)
        raise typer.Exit(BAD_STACK_FILE)
    picture = (
        _flowchart(environment, fold, focus)
        if format is Format.MERMAID
        else svg(staging.scene(environment, fold, focus))
    )
    if out is None:
        typer.echo(picture, nl=False)
        return
    try:
        out.write_text(picture, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{out}: cannot be written: {error.strerror}. Name another file with --out.") from None
    typer.echo(f"{file}: the picture is in {out}.")


def _flowchart(environment: Environment, fold: Fold, focus: str | None) -> str:
    """Folded where auto leaves that open and it is too large otherwise."""
    folds: tuple[Fold, ...] = ("auto", "namespace") if fold == "auto" else (fold,)
    for each in folds:
        found = mermaid.flowchart(staging.scene(environment, each, focus))
        if mermaid.fits(found):
            return found
    raise Failure(
        f"{environment.name} is too large for Mermaid, which draws at most {mermaid.MOST_CHARACTERS:,} characters and "
        f"{mermaid.MOST_ARROWS} arrows. Draw one workload with --focus, or all of it with --format svg."
    )
