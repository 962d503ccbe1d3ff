"""A path as it was asked for → its template: ids, dates, numbers and hashes become holes."""

import re

HOLE = "{*}"
_VALUE = re.compile(
    r"[0-9]+"
    r"|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    r"|[0-9]{4}-[0-9]{2}-[0-9]{2}(T[0-9:.Z+-]*)?"
    r"|(?=[0-9a-fA-F]*[0-9])[0-9a-fA-F]{8,}"
    r"|[0-9A-HJKMNP-TV-Z]{26}"
    r"|[A-Za-z]{1,10}[-_]([0-9]{2,}|[0-9]{4}-[0-9]{2,})"
)


def template(path: str) -> tuple[str, tuple[str, ...]]:
    """With the value of each hole. A query is no part of it."""
    segments = path.partition("?")[0].split("/")
    values = tuple(segment for segment in segments if _VALUE.fullmatch(segment))
    if not values:
        return "/".join(segments), ()
    return "/".join(HOLE if _VALUE.fullmatch(segment) else segment for segment in segments), values


def filled(template_: str, seen: list[set[str]]) -> str:
    """Holes with a single value seen are that value: nothing is widened beyond what was seen."""
    parts = template_.split(HOLE)
    written = parts[0]
    for values, part in zip(seen, parts[1:], strict=True):
        written += (next(iter(values)) if len(values) == 1 else HOLE) + part
    return written
