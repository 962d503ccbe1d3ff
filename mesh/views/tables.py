"""Rows under headings, as a table in a terminal, lines in a narrow one, CSV, or Markdown."""

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from rich import box
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

_UNBOUNDED = 100_000


@dataclass(frozen=True)
class Sheet:
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    """Rows; a cell may have several lines."""
    ruled: bool = False
    """Whether its lines and columns are to be followed by eye: a grid."""


def flat(records: Sequence[Mapping[str, Any]]) -> Sheet:
    """For scripts: what JSON has, a row for each."""
    columns = tuple(records[0]) if records else ()
    return Sheet(columns, tuple(tuple(map(_flat, record.values())) for record in records))


def said(sheet: Sheet) -> Sheet:
    """For people: without the columns in which nothing stands."""
    kept = [number for number in range(len(sheet.columns)) if any(row[number] for row in sheet.rows)]
    rows = tuple(tuple(row[number] for number in kept) for row in sheet.rows)
    return replace(sheet, columns=tuple(sheet.columns[number] for number in kept), rows=rows)


def table(sheet: Sheet) -> Table:
    frame = box.SQUARE if sheet.ruled else None
    grid = Table(box=frame, pad_edge=sheet.ruled, header_style="bold", padding=(0, 1))
    for column in sheet.columns:
        grid.add_column(Text(column), no_wrap=True)
    for row in sheet.rows:
        grid.add_row(*map(Text, row))
    return grid


def fits(sheet: Sheet, console: Console) -> bool:
    """Whether a table of it needs no more columns than there are."""
    unbounded = console.options.update(max_width=_UNBOUNDED)
    return console.measure(table(sheet), options=unbounded).maximum <= console.width


def fitting(sheet: Sheet, console: Console) -> Iterator[RenderableType]:
    """A table where it fits, else what each row says, one under the other; nothing where there are no rows."""
    if not sheet.rows:
        return
    sheet = said(sheet)
    if fits(sheet, console):
        yield table(sheet)
        return
    for first, *rest in sheet.rows:
        yield Text(first, style="bold", overflow="fold")
        for column, value in zip(sheet.columns[1:], rest, strict=True):
            if value:
                yield Padding(Text(f"{column}: {', '.join(value.splitlines())}", overflow="fold"), (0, 0, 0, 2))


def comma_separated(sheet: Sheet) -> str:
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(sheet.columns)
    writer.writerows(sheet.rows)
    return written.getvalue()


def markdown(sheet: Sheet) -> str:
    sheet = said(sheet)
    lines = (sheet.columns, ("---",) * len(sheet.columns), *(tuple(map(_cell, row)) for row in sheet.rows))
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def _flat(value: Any) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return "; ".join(map(_flat, value))
        case dict():
            return " → ".join(map(_flat, value.values()))
        case _:
            return str(value)


def _cell(text: str) -> str:
    """As code, in which stars and underscores are themselves."""
    return "<br>".join(f"`{line}`".replace("|", r"\|") for line in text.splitlines())
