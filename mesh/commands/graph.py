"""`mesh graph`: a stack file → a picture of its environment."""

from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal

import typer

from mesh.commands import command_line
from mesh.commands.command_line import DEFAULT_FILE, FILE_HELP
from mesh.declaration import spelling
from mesh.failures import Failure
from mesh.graph import mermaid, staging
from mesh.graph.groups import Fold
from mesh.graph.scenes import Scene
from mesh.graph.svg import svg
from mesh.graph.verdicts import verdicts
from mesh.render import plan


class Format(StrEnum):
    SVG = "svg"
    MERMAID = "mermaid"


def graph(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=FILE_HELP, show_default=False)] = DEFAULT_FILE,
    format: Annotated[Format, typer.Option(help="The format; mermaid is for pull requests.")] = Format.SVG,
    out: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the picture to this file, and replace it.")
    ] = None,
    fold: Annotated[
        Literal["auto", Fold],
        typer.Option(help="One card for a workload, a namespace in one place, or a place. auto: what is readable."),
    ] = "auto",
    focus: Annotated[
        str | None, typer.Option(metavar="WORKLOAD", help="Draw only this workload, its callers and its callees.")
    ] = None,
) -> None:
    """Draw an environment: networks, clusters, machines, workloads and routes.

    Reads a stack file and prints an SVG or a Mermaid chart. What the plan stops or opens against the declared routes is
    red.

    Exit codes: 0 drawn, 2 wrong use or a bad stack file, 3 the picture cannot be written.
    """
    environment = command_line.environment(file)
    known = [workload.name for workload in environment.workloads]
    if focus is not None and focus not in known:
        fix = spelling.suggestion(focus, known, f"{file} declares no workload of a like name.")
        raise command_line.wrong_use(f"--focus: there is no workload {spelling.shown(focus)}. {fix}")
    judged = verdicts(plan(environment))
    scenes = (
        staging.legible(environment, focus, judged)
        if fold == "auto"
        else (staging.scene(environment, fold, focus, judged),)
    )
    picture = _flowchart(environment.name, scenes) if format is Format.MERMAID else svg(scenes[0])
    if scenes[0].warning:
        typer.echo(f"{file}: {scenes[0].warning}. mesh check tells which.", err=True)
    if out is None:
        typer.echo(picture, nl=False)
        return
    try:
        out.write_text(picture, encoding="utf-8")
    except OSError as error:
        raise Failure(f"{out}: cannot be written: {error.strerror}. Name another file with --out.") from None
    typer.echo(f"{file}: the picture is in {out}.")


def _flowchart(name: str, scenes: Iterable[Scene]) -> str:
    """Of the first that fits."""
    for flowchart in map(mermaid.flowchart, scenes):
        if mermaid.fits(flowchart):
            return flowchart
    raise Failure(
        f"{name} is too large for Mermaid, which draws at most {mermaid.MOST_CHARACTERS:,} characters and "
        f"{mermaid.MOST_ARROWS} arrows. Draw one workload with --focus, or all of it with --format svg."
    )
