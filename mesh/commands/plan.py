"""`mesh plan`: its arguments, and where it writes."""

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
        Path | None, typer.Option(metavar="DIR", help="Write YAML files here, which kubectl and istioctl take too.")
    ] = None,
) -> None:
    """Show what a stack file becomes; nothing is touched."""
    result = render.plan(command_line.environment(file))
    if out is None:
        command_line.console().print(plan_view.tree(result))
    else:
        stacks.write(yaml_files.files(result), out)
        typer.echo(f"{file}: the plan is in {out}.")
