"""`mesh plan`: a stack file → its plan, as a tree or as files."""

from pathlib import Path
from typing import Annotated

import typer

from mesh import render
from mesh.commands import command_line
from mesh.files import stacks
from mesh.plan import yaml_files
from mesh.views import plan as plan_view


def plan(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A stack file, such as stacks/Pulumi.prod.yaml.")],
    out: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write YAML files into this folder, for kubectl and istioctl too."),
    ] = None,
) -> None:
    """Show everything that a stack file becomes. Nothing is deployed.

    Exit codes: 0 shown or written, 2 wrong use or a bad stack file, 3 the folder cannot be written.
    """
    result = render.plan(command_line.environment(file))
    if out is None:
        command_line.console().print(plan_view.tree(result))
    else:
        stacks.write(yaml_files.files(result), out)
        typer.echo(f"{file}: the plan is in {out}.")
