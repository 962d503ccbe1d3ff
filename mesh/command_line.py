"""What commands have in common where they read a stack file and show what they find."""

import sys
from pathlib import Path

import typer
from rich.console import Console

from mesh import model, stacks
from mesh.declaration import problems
from mesh.declaration.problems import Invalid
from mesh.endings import BAD_STACK_FILE

DEFAULT_FILE = Path("stacks/Pulumi.lab.yaml")
FILE_HELP = f"A stack file, such as stacks/Pulumi.prod.yaml; {DEFAULT_FILE} where none is named."
_UNBOUNDED = 1000
"""Columns where the output goes to a file or a pipe, which cut nothing."""


def environment(file: Path) -> model.Environment:
    """Ends the command where the file has problems."""
    try:
        return stacks.environment(file)
    except Invalid as invalid:
        raise wrong_use(problems.report(invalid.problems, str(file))) from None


def is_terminal() -> bool:
    return sys.stdout.isatty()


def console() -> Console:
    return Console(highlight=False, width=None if is_terminal() else _UNBOUNDED)


def wrong_use(message: str) -> typer.Exit:
    """To be raised."""
    typer.echo(message, err=True)
    return typer.Exit(BAD_STACK_FILE)
