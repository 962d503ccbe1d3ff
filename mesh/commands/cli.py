"""The `mesh` command: argument parsing only."""

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

import mesh
from mesh.commands import command_line
from mesh.commands.access import access
from mesh.commands.authority import app as authority
from mesh.commands.check import check, findings
from mesh.commands.explain import explain
from mesh.commands.graph import graph
from mesh.commands.lab import app as lab
from mesh.commands.machine import app as machine
from mesh.commands.preview import preview
from mesh.commands.recover import recover
from mesh.commands.whatif import whatif
from mesh.declaration import reference, spec
from mesh.failures import Failure
from mesh.files import stacks
from mesh.plan import yaml_files
from mesh.render import plan as planned
from mesh.terminal.exits import JOB_FAILED
from mesh.views import plan as plan_view

_INTERRUPTED = 130

app = typer.Typer(
    name="mesh",
    help="Azure networks, AKS clusters, VMs and Istio from one stack file, with exactly the declared routes open.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
app.command(short_help="Find all problems of stack files, and of what would be deployed of them.")(check)
app.command(short_help="List all findings that mesh check may have.")(findings)
app.command(short_help="Show what a deployment would change; no cluster or network may be lost.")(preview)
app.command(short_help="Mend a stack whose engine was killed.")(recover)
app.command(short_help="Show who can call whom, judged from the plan.")(access)
app.command(short_help="Trace a call: what lets it through, or what stops it.")(explain)
app.command(short_help="Show which routes survive without a cluster, machine, gateway …")(whatif)
app.command(short_help="Draw a stack file's environment.")(graph)
app.add_typer(authority, name="authority")
app.add_typer(machine, name="machine")
app.add_typer(lab, name="lab", help="The whole environment on this machine, without a cloud.")


def main() -> None:
    try:
        app(prog_name="mesh")
    except Failure as failure:
        typer.echo(str(failure), err=True)
        sys.exit(JOB_FAILED)
    except KeyboardInterrupt:
        sys.exit(_INTERRUPTED)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hybrid-mesh {mesh.__version__}")
        raise typer.Exit


@app.callback()
def options(
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version.", is_eager=True, callback=_show_version)
    ] = False,
) -> None:
    pass


@app.command()
def plan(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A stack file, such as stacks/Pulumi.prod.yaml.")],
    out: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write YAML files here, which kubectl and istioctl take too.")
    ] = None,
) -> None:
    """Show what a stack file becomes; nothing is touched."""
    result = planned(command_line.environment(file))
    if out is None:
        command_line.console().print(plan_view.tree(result))
    else:
        stacks.write(yaml_files.files(result), out)
        typer.echo(f"{file}: the plan is in {out}.")


@app.command()
def schema(
    markdown: Annotated[
        bool, typer.Option("--markdown", help="Print it as a page to read: docs/stack-file.md.")
    ] = False,
) -> None:
    """Print the JSON schema of a stack file, for editors."""
    if markdown:
        typer.echo(reference.page(spec.schema()), nl=False)
    else:
        typer.echo(json.dumps(spec.schema(), indent=2, ensure_ascii=False))
