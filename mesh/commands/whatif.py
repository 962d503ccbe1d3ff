"""`mesh whatif`: a stack file and lost parts → the routes that still work."""

from pathlib import Path
from typing import Annotated

import typer

from mesh.access import plan_without
from mesh.access.judge import Judge
from mesh.access.whatif import survivals
from mesh.access.world import World
from mesh.commands import command_line
from mesh.commands.command_line import DEFAULT_FILE, FILE_HELP, Format
from mesh.declaration import spelling
from mesh.render import plan
from mesh.terminal import exits
from mesh.views import whatif as views


def whatif(
    without: Annotated[
        list[str],
        typer.Option(
            metavar="PART",
            help="cluster/NAME, machine/NAME, network/NAME, gateway/CLUSTER/NAME or peering/A/B. May be repeated.",
        ),
    ],
    file: Annotated[Path, typer.Argument(metavar="FILE", help=FILE_HELP, show_default=False)] = DEFAULT_FILE,
    format: Annotated[
        Format, typer.Option(help="csv and json are for scripts, md is for pull requests.")
    ] = Format.TABLE,
) -> None:
    """Show which routes still work without a part of the environment.

    Reads a stack file, removes the named parts from its plan, and prints each route with what it still goes through.
    Needs no cloud.

    Exit codes: 0 all routes still work, 1 a route is lost wholly or in part, 2 wrong use or a bad stack file.
    """
    whole = plan(command_line.environment(file))
    known = plan_without.removals(whole)
    for part in without:
        if part not in known:
            fix = command_line.fix(part, known)
            raise command_line.wrong_use(f"--without: there is no {spelling.shown(part)}. {fix}")
    fates = survivals(Judge(World(whole)), Judge(World(plan_without.without(whole, without))))
    command_line.show(
        views.sheet(fates),
        views.data(fates),
        format,
        title=f"Without {spelling.listed(without)}",
        summary=f"{file} without {spelling.listed(without)}: {views.summary(fates)}",
    )
    if any(survival.fate in ("lost", "partly") for survival in fates):
        raise typer.Exit(exits.FOUND_SOMETHING)
