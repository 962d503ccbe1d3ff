"""Shared by commands that read a stack file and show a result: the file, the format, the output."""

import json
import sys
from collections.abc import Iterable
from enum import StrEnum
from pathlib import Path
from typing import Any

import typer
from rich.console import Console

from mesh import model
from mesh.declaration import problems, spelling
from mesh.declaration.problems import Invalid
from mesh.files import stacks
from mesh.terminal.exits import BAD_STACK_FILE
from mesh.views import page, tables
from mesh.views.tables import Sheet

DEFAULT_FILE = Path("stacks/Pulumi.lab.yaml")
FILE_HELP = f"A stack file, such as stacks/Pulumi.prod.yaml; default: {DEFAULT_FILE}."
_UNBOUNDED = 1000
"""Columns where the output goes to a file or a pipe, which cut nothing."""

_MOST_NAMED, _FEW = 40, 5
"""So many names are listed; of more, a few."""


class Format(StrEnum):
    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    HTML = "html"
    MARKDOWN = "md"


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


def fix(word: str, known: Iterable[str], spelled: Iterable[str] = ()) -> str:
    """Of a name that is unknown: the one that was meant, in whichever spelling, else those there are."""
    names = sorted(known)
    some = names if len(names) <= _MOST_NAMED else [*names[:_FEW], f"{len(names) - _FEW:,} more"]
    verb = "is only" if len(some) == 1 else "are"
    return spelling.suggestion(word, (*names, *spelled), f"There {verb} {spelling.listed(some or ['none'])}.")


def show(sheet: Sheet, records: list[dict[str, Any]], format: Format, *, title: str, summary: str) -> None:
    """In the form that was asked for: the sheet is for people, the records are for scripts."""
    match format:
        case Format.JSON:
            show_json({"about": summary, "records": records})
        case Format.CSV:
            typer.echo(tables.comma_separated(tables.flat(records)), nl=False)
        case Format.HTML:
            typer.echo(page.page(title, (summary,), {"": sheet}), nl=False)
        case Format.MARKDOWN:
            show_markdown(sheet, summary)
        case Format.TABLE:
            show_table(sheet, (summary,), console())


def show_json(data: dict[str, Any]) -> None:
    typer.echo(json.dumps(data, indent=2, ensure_ascii=False))


def show_markdown(sheet: Sheet, summary: str, *more: Sheet) -> None:
    """Further sheets follow the first."""
    typer.echo("\n".join((*(tables.markdown(each) for each in (sheet, *more) if each.rows), summary)))


def show_table(sheet: Sheet, below: Iterable[str], screen: Console, *more: Sheet) -> None:
    """Further sheets follow the first."""
    with screen.capture() as captured:
        shown = [each for each in (sheet, *more) if each.rows] or [sheet]
        for number, each in enumerate(shown):
            if number:
                screen.print()
            for part in tables.fitting(each, screen):
                screen.print(part)
        for line in below:
            screen.print(line, soft_wrap=True, markup=False)
    # Tables fill their last column with spaces, which nobody wants in a file.
    screen.file.write("".join(f"{line.rstrip()}\n" for line in captured.get().splitlines()))
