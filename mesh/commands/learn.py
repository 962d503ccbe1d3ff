"""`mesh learn`: its arguments, and the routes that logged calls need."""

import gzip
import sys
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, BinaryIO, cast

import typer

from mesh.commands import command_line
from mesh.learn import lines
from mesh.learn.calls import Calls
from mesh.learn.proposals import learned
from mesh.views import learned as views

_GZIP = b"\x1f\x8b"


class Format(StrEnum):
    TABLE = "table"
    YAML = "yaml"
    JSON = "json"


def learn(
    files: Annotated[list[str], typer.Argument(metavar="LOGS", help="Log files, also gzipped; - is standard input.")],
    file: Annotated[Path, typer.Option("--file", "-f", help=command_line.FILE_HELP)] = command_line.DEFAULT_FILE,
    unused: Annotated[bool, typer.Option("--unused", help="Show the declared routes that no line uses.")] = False,
    least: Annotated[int, typer.Option(min=1, help="How often a path must succeed to be proposed.")] = 2,
    format: Annotated[Format, typer.Option(help="yaml is for the stack file, json for scripts.")] = Format.TABLE,
) -> None:
    """Propose routes from what sidecars and gateways log. Changes nothing.

    Ends with 0 where it can read the logs, with 2 where a file or the stack file is wrong or no line is readable.
    """
    environment = command_line.environment(file)
    calls, read, unreadable = Calls(environment), 0, 0
    for text in _texts(files):
        if not text.strip():
            continue
        line = lines.line(text)
        if line is None:
            unreadable += 1
        else:
            read += 1
            calls.add(line)
    if not read:
        what = f"none of {unreadable:,} lines is a call" if unreadable else "the logs are empty"
        raise command_line.wrong_use(f"{what}. Give access logs of sidecars or gateways: kubectl logs -c istio-proxy")
    found = learned(environment, calls, least)
    summary = views.summary(found, calls, read, unreadable)
    match format:
        case Format.JSON:
            command_line.show_json(views.data(found, calls, read, unreadable))
        case Format.YAML:
            typer.echo(views.routes(found.proposals), nl=False)
            typer.echo(summary, err=True)
        case Format.TABLE:
            sheet = views.unused(found) if unused else views.sheet(found)
            command_line.show_table(sheet, summary.splitlines(), command_line.console())


def _texts(files: list[str]) -> Iterator[str]:
    """Lines; a file that cannot be read ends the command."""
    for name in files:
        try:
            if name == "-":
                yield from _decoded(sys.stdin.buffer)
            else:
                with Path(name).open("rb") as stream:
                    yield from _decoded(stream)
        except (OSError, EOFError) as error:
            raise command_line.wrong_use(
                f"{name}: cannot be read: {getattr(error, 'strerror', None) or error}. Check the name and the file."
            ) from None


def _decoded(stream: BinaryIO) -> Iterator[str]:
    buffered = cast(Any, stream)
    zipped = buffered.peek(2)[:2] == _GZIP
    for line in gzip.GzipFile(fileobj=stream) if zipped else stream:
        yield line.decode("utf-8", "replace").rstrip("\n")
