"""The `mesh` command: registers one command a module."""

import sys
from typing import Annotated

import typer

import mesh
from mesh.commands.access import access
from mesh.commands.authority import app as authority
from mesh.commands.check import check
from mesh.commands.ci import app as ci
from mesh.commands.drift import drift
from mesh.commands.explain import explain
from mesh.commands.findings import findings
from mesh.commands.graph import graph
from mesh.commands.lab import app as lab
from mesh.commands.machine import app as machine
from mesh.commands.plan import plan
from mesh.commands.preview import preview
from mesh.commands.recover import recover
from mesh.commands.report import report
from mesh.commands.schema import schema
from mesh.commands.whatif import whatif
from mesh.failures import Failure
from mesh.terminal.exits import JOB_FAILED

_INTERRUPTED = 130

app = typer.Typer(
    name="mesh",
    help="Azure networks, AKS clusters, VMs and Istio from one stack file, with exactly the declared routes open.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)
app.command(short_help="Validate stack files and the plan that they become.")(check)
app.command(short_help="List all kinds of findings of mesh check.")(findings)
app.command(short_help="Show what a deployment would change, also in access.")(preview)
app.command(short_help="Show what somebody changed behind the program's back, and what that opens.")(drift)
app.command(short_help="Repair a stack after a killed run.")(recover)
app.command(short_help="Show who can call whom, judged from the plan.")(access)
app.command(short_help="Trace a call: what lets it through or stops it.")(explain)
app.command(short_help="Show which routes still work without a cluster, machine …")(whatif)
app.command(short_help="Draw the environment of a stack file.")(graph)
app.command(short_help="Write a page that shows an environment: picture, calls, findings.")(report)
app.command()(plan)
app.command()(schema)
app.add_typer(authority, name="authority")
app.add_typer(machine, name="machine")
app.add_typer(ci, name="ci")
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
