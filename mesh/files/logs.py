"""Log files, plain or gzipped, and standard input → their lines, with the place that they come from."""

import gzip
import io
import sys
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO, cast

from mesh.failures import Failure

_GZIP = b"\x1f\x8b"
_LONGEST = 1_000_000
"""Bytes of a line; more is no log."""


def lines(files: list[str], places: Collection[str]) -> Iterator[tuple[str, str]]:
    """Place and text. `east=FILE` says that a file is of the cluster or machine east. Raises Failure."""
    for named in files:
        place, equals, rest = named.partition("=")
        is_placed = bool(equals) and place in places
        name = rest if is_placed else named
        try:
            if name == "-":
                yield from _decoded(place if is_placed else "", sys.stdin.buffer)
            else:
                with Path(name).open("rb") as stream:
                    yield from _decoded(place if is_placed else "", stream)
        except (OSError, EOFError, zlib.error) as error:
            reason = getattr(error, "strerror", None) or error
            raise Failure(f"{name}: cannot be read: {reason}. Check the name and the file.") from None


def _decoded(place: str, stream: BinaryIO) -> Iterator[tuple[str, str]]:
    buffered = io.BufferedReader(cast(io.RawIOBase, stream))
    is_zipped = buffered.peek(2)[:2] == _GZIP
    source = gzip.GzipFile(fileobj=buffered) if is_zipped else buffered
    while line := source.readline(_LONGEST):
        yield place, line.decode("utf-8", "replace").rstrip("\r\n")
