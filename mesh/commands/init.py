"""`mesh init`: its arguments, its questions, and what it says."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from mesh.commands import command_line
from mesh.declaration.problems import Invalid
from mesh.failures import Failure
from mesh.files import stacks, starters
from mesh.terminal.exits import BAD_STACK_FILE

_NO_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"


def init(
    folder: Annotated[Path, typer.Argument(help="Where the project begins.", file_okay=False)] = Path(),
    stack: Annotated[str, typer.Option(help="The first stack; the lab on this machine runs one called lab.")] = "lab",
    subscription: Annotated[
        str | None, typer.Option(help="The Azure subscription. Default: zeros, which the lab takes.")
    ] = None,
    location: Annotated[str | None, typer.Option(help="The Azure region. Default: westeurope.")] = None,
    trust_domain: Annotated[
        str | None, typer.Option(help="The name of the mesh in certificates. Default: cluster.local.")
    ] = None,
    code_host: Annotated[starters.CodeHost, typer.Option(help="Whose workflows are written.")] = "github",
) -> None:
    """Begin a project of your own: a commented starter stack, Pulumi.yaml, the program, a lock, workflows.

    Asks for what no option says, in a terminal. Writes over nothing.

    Exit codes: 0 written, 2 an answer that cannot be used, or files that are there already.
    """
    answers = starters.Answers(
        stack,
        _asked("Azure subscription", subscription, _NO_SUBSCRIPTION),
        _asked("Azure region", location, "westeurope"),
        _asked("Trust domain of the mesh", trust_domain, "cluster.local"),
        code_host,
    )
    files = starters.starter(answers)
    name = f"stacks/Pulumi.{stack}.yaml"
    try:
        stacks.environment_of(files[name].encode(), stack)
        starters.write(files, folder)
    except Invalid as invalid:
        for problem in invalid.problems:
            typer.echo(f"{problem.message}. {problem.fix}.", err=True)
        raise typer.Exit(BAD_STACK_FILE) from None
    except Failure as failure:
        raise command_line.wrong_use(str(failure)) from None
    for written in files:
        typer.echo(f"✓ {folder / written}")
    typer.echo(f"Next: mesh check {folder / name}")


def _asked(question: str, said: str | None, default: str) -> str:
    if said is not None or not sys.stdin.isatty():
        return said if said is not None else default
    answer: str = typer.prompt(question, default=default)
    return answer
