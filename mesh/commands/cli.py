"""The `mesh` command: one command a module, which is imported when it is asked for."""

import sys
from importlib import import_module
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import mesh
from mesh.failures import Failure
from mesh.terminal import encodings
from mesh.terminal.exits import JOB_FAILED

_INTERRUPTED = 130
_COMMANDS = {
    "init": "Begin a project of your own: a starter stack, and all around it.",
    "check": "Validate stack files and the plan that they become.",
    "findings": "List all kinds of findings of mesh check.",
    "preview": "Show what a deployment would change, also in access.",
    "drift": "Show what somebody changed behind the program's back, and what that opens.",
    "recover": "Repair a stack after a killed run.",
    "access": "Show who can call whom, judged from the plan.",
    "explain": "Trace a call: what lets it through or stops it.",
    "whatif": "Show which routes still work without a cluster, machine …",
    "learn": "Propose routes from what sidecars and gateways log.",
    "graph": "Draw the environment of a stack file.",
    "report": "Write a page that shows an environment: picture, calls, findings.",
    "plan": None,
    "schema": None,
    "authority": None,
    "egress": None,
    "machine": None,
    "ci": None,
    "lab": "The whole environment on this machine, without a cloud.",
}
"""By name, which is its module's too: its line in `mesh --help`, or None for the first line of its own help."""


class _Commands(TyperGroup):
    """Imports the module of the command that runs, and no other: `mesh check` needs no Pulumi and no API client."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self.commands: dict[str, Any] = dict.fromkeys(_COMMANDS)  # what a typo is compared with

    def list_commands(self, _context: Any) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, _context: Any, name: str) -> Any:
        if name not in _COMMANDS:
            return None
        module = import_module(f"mesh.commands.{name}")
        line = _COMMANDS[name]
        alone = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
        if hasattr(module, "app"):
            alone.add_typer(module.app, name=name, help=line or module.app.info.help)
        else:
            alone.command(name, short_help=line)(getattr(module, name))
        return typer.main.get_group(alone).commands[name]


app = typer.Typer(
    name="mesh",
    cls=_Commands,
    help="Azure networks, AKS clusters, VMs and Istio from one stack file, with exactly the declared routes open.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    rich_markup_mode=None,
)


def main() -> None:
    encodings.write_stand_ins()
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
