"""`mesh access`: its arguments, and in which form what is judged is shown."""

from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from mesh.access import enforcement as enforcements
from mesh.access import matrix as matrices
from mesh.access import selection
from mesh.access.blast_radius import BlastRadii
from mesh.access.declared import allowances
from mesh.access.judge import Judge
from mesh.access.world import World
from mesh.commands import command_line
from mesh.commands.command_line import DEFAULT_FILE, FILE_HELP, Format
from mesh.declaration import spelling
from mesh.render import plan
from mesh.views import blast_radius as blast_radius_views
from mesh.views import enforcement as enforcement_views
from mesh.views import matrix as views
from mesh.views import page, tables
from mesh.views.matrix import View
from mesh.views.tables import Sheet

_MOST_IN_A_GRID = 40
"""Callers, or callees."""
_MOST_IN_A_LIST = 200
"""Of calls, for somebody at a terminal or in a pull request."""


class Layout(StrEnum):
    AUTO = "auto"
    GRID = "grid"
    LIST = "list"
    NAMESPACES = "namespaces"


def access(
    file: Annotated[Path, typer.Argument(metavar="FILE", help=FILE_HELP, show_default=False)] = DEFAULT_FILE,
    callers: Annotated[
        list[str] | None,
        typer.Option("--from", metavar="CALLER", help="Only these: a name, a pattern, a namespace/ or ingress/."),
    ] = None,
    callees: Annotated[list[str] | None, typer.Option("--to", metavar="CALLEE", help="Only calls of these.")] = None,
    port: Annotated[str | None, typer.Option(metavar="PORT", help="Only at this port, by name or number.")] = None,
    declared: Annotated[
        bool | None,
        typer.Option("--declared/--undeclared", help="Only what a route declares, or only what goes beyond."),
    ] = None,
    enforcement: Annotated[
        bool, typer.Option("--enforcement", help="What really keeps everybody else out of each.")
    ] = False,
    compromised: Annotated[
        str | None,
        typer.Option(metavar="WORKLOAD", help="What an attacker reaches who owns this, or ingress/GATEWAY."),
    ] = None,
    blast_radius: Annotated[
        bool, typer.Option("--blast-radius", help="From which workloads an attacker reaches most.")
    ] = False,
    layout: Annotated[Layout, typer.Option(help="How a table is laid out; auto takes what fits.")] = Layout.AUTO,
    format: Annotated[Format, typer.Option(help="csv and json are for scripts, md for pull requests.")] = Format.TABLE,
) -> None:
    """Show who can call whom, at which port and with which requests, judged from the plan alone."""
    judge = Judge(World(plan(command_line.environment(file))))
    if compromised:
        _show_compromised(judge, compromised, file, format)
        return
    if blast_radius:
        _show_blast_radii(judge, file, format)
        return
    whole = matrices.matrix(judge)
    asked = selection.part(
        whole, _meant(judge, "--from", callers, whole.callers), _meant(judge, "--to", callees, whole.callees), port
    )
    view = _standing(View(asked, allowances(judge.world), judge.world.workloads), declared)
    if enforcement:
        found = enforcements.enforcement(judge, whole, view.matrix.cells)
        command_line.show(
            enforcement_views.sheet(found),
            enforcement_views.data(found),
            format,
            title="What really keeps others out",
            summary=f"{file}: {enforcement_views.summary(found)}",
        )
    else:
        _show(view, file, layout, format)


def _show_compromised(judge: Judge, name: str, file: Path, format: Format) -> None:
    radii, workloads = BlastRadii(judge), judge.world.workloads
    known = {*workloads, *matrices.Asking(judge).gateways}
    if name not in known:
        fix = command_line.fix(name, known)
        raise command_line.wrong_use(f"--compromised: nobody is called {spelling.shown(name)}. {fix}")
    radius = radii.of(name)
    command_line.show(
        blast_radius_views.sheet(radius),
        blast_radius_views.data(radius),
        format,
        title=f"What an attacker reaches who owns {name}",
        summary=f"{file}: {blast_radius_views.summary(radius.counts, len(workloads.keys() - {name}))}",
    )


def _show_blast_radii(judge: Judge, file: Path, format: Format) -> None:
    found = BlastRadii(judge).widest_first()
    command_line.show(
        blast_radius_views.ranking(found),
        blast_radius_views.ranking_data(found),
        format,
        title="From where an attacker reaches most",
        summary=f"{file}: {blast_radius_views.ranking_summary(found)}",
    )


def _show(view: View, file: Path, layout: Layout, format: Format) -> None:
    summary = f"{file}: {views.summary(view)}"
    match format:
        case Format.JSON:
            command_line.show_json({"file": str(file), **views.data(view)})
        case Format.CSV:
            typer.echo(tables.comma_separated(views.records(view)), nl=False)
        case Format.HTML:
            notes = (summary, *_reading(view, views.grid(view), layout))
            typer.echo(page.page("Who can call whom", notes, _parts(view)), nl=False)
        case Format.MARKDOWN:
            large = len(view.matrix.cells) > _MOST_IN_A_LIST
            sheet = views.listed_namespaces(view) if large else views.listed(view)
            command_line.show_markdown(sheet, summary, views.exposed(view))
        case Format.TABLE:
            console = command_line.console()
            shown = _shown(view, layout, console)
            reading = (*_reading(view, shown, layout), summary)
            command_line.show_table(shown, reading, console, views.exposed(view))


def _meant(judge: Judge, option: str, patterns: list[str] | None, known: tuple[str, ...]) -> frozenset[str]:
    """All where nothing is asked."""
    if not patterns:
        return frozenset(known)
    spelled = selection.spellings(judge.world, known)
    names_by_pattern = {pattern: selection.matching(pattern, spelled) for pattern in patterns}
    for pattern, names in names_by_pattern.items():
        if not names:
            possible = {way for ways in spelled.values() for way in ways}
            fix = command_line.fix(pattern, known, possible)
            raise command_line.wrong_use(f"{option}: nobody is called {spelling.shown(pattern)}. {fix}")
    return frozenset().union(*names_by_pattern.values())


def _standing(view: View, declared: bool | None) -> View:
    if declared is None:
        return view
    matrix = view.matrix
    cells = tuple(cell for cell in matrix.cells if (view.standing(cell) == "declared") is declared)
    exposures = selection.exposures_of(matrix, cells)
    return View(replace(matrix, cells=cells, exposures=exposures), view.declared, view.workloads)


def _shown(view: View, layout: Layout, console: Console) -> Sheet:
    grid = views.grid(view)
    match layout:
        case Layout.GRID:
            return grid
        case Layout.LIST:
            return views.listed(view)
        case Layout.AUTO if not command_line.is_terminal():
            return views.listed(view)
        case Layout.AUTO:
            small = max(len(grid.rows), len(grid.columns)) <= _MOST_IN_A_GRID
            if small and tables.fits(grid, console):
                return grid
            if len(view.matrix.cells) <= _MOST_IN_A_LIST:
                return views.listed(view)
    by_namespace = views.namespaces(view)
    return by_namespace if tables.fits(by_namespace, console) else views.listed_namespaces(view)


def _parts(view: View) -> dict[str, Sheet]:
    grid = views.grid(view)
    small = max(len(grid.rows), len(grid.columns)) <= _MOST_IN_A_GRID
    overview = {"Who calls whom": grid} if small else {"Calls open between namespaces": views.namespaces(view)}
    return {
        **overview,
        "What is open, and what lets it through": views.deciding(view),
        "What clients are asked for": views.exposed(view),
        "Identities and hosts": views.identified(view),
    }


def _reading(view: View, shown: Sheet, layout: Layout) -> Iterator[str]:
    """How to read it."""
    marks = {"~": "only partly", "!": "more than is declared"}
    if shown == views.grid(view):
        shown_marks = {mark for row in shown.rows for cell in row[1:] for mark in marks if mark in cell}
        yield from (f"{mark} {meaning}" for mark, meaning in marks.items() if mark in shown_marks)
    elif layout is Layout.AUTO and shown != views.listed(view):
        yield "Counted by namespace, as there are many; --from and --to ask for some, --layout list shows each."
