"""A path as it was asked for → its template: ids, dates, numbers and hashes become holes."""

import re
from collections.abc import Iterable

HOLE = "\0"
"""A hole in a template. No line has this character, so nobody who calls can write one."""
WRITTEN = "{*}"
"""A hole in a route."""
_VALUE = re.compile(
    r"[+-]?[0-9]+([.,][0-9]+)*"
    r"|[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
    r"|[0-9]{4}-([0-9]{2}|W[0-9]{2}|Q[1-4])(-[0-9]{2})?([T_ ][0-9:.Z+-]*)?"
    r"|(?=[0-9a-fA-F]*[0-9])[0-9a-fA-F]{8,}"
    r"|[0-7][0-9A-HJKMNP-TV-Z]{25}"
    r"|[A-Za-z]{1,10}[-_:]([0-9]{2,}|[0-9]{4}-[0-9]{2,})"
    r"|(?=([^0-9]*[0-9]){4})[0-9A-Za-z_-]+"
    r"|(?=[^0-9]*[0-9])[0-9A-Za-z_=-]{20,}"
    r"|[\w.+-]+(@|%40)[\w-]+(\.[\w-]+)+"
    r"|[^%]*(%(?!00|0[ad]|2[2ef57]|3[ce]|5c)[0-9a-f]{2}[^%]*)+",
    re.IGNORECASE,
)
"""Numbers, UUIDs, dates, hashes, ULIDs, order-42, four digits or more, long tokens, mail addresses, encoded text."""
_ENDING = re.compile(r"\.[a-z]{2,4}[0-9]?$")
"""Of a file's name."""


def template(path: str) -> str:
    """Without the query."""
    segments = path.partition("?")[0].split("/")
    return "/".join(HOLE if _is_value(segment) else segment for segment in segments)


def values(template_: str, paths: Iterable[str]) -> tuple[int, ...]:
    """Of each hole, how many different values the paths have."""
    return tuple(len(set(column)) for column in _columns(template_, paths))


def written(template_: str, paths: Iterable[str]) -> str:
    """As a route has it. A hole with a single value is that value: nothing is widened beyond what was seen."""
    parts = template_.split(HOLE)
    text = parts[0]
    for column, part in zip(_columns(template_, paths), parts[1:], strict=True):
        different = set(column)
        text += (different.pop() if len(different) == 1 else WRITTEN) + part
    return text


def _columns(template_: str, paths: Iterable[str]) -> list[tuple[str, ...]]:
    """The values of each hole, one for each path."""
    places = [place for place, segment in enumerate(template_.split("/")) if segment == HOLE]
    rows = [path.split("/") for path in paths]
    return [tuple(row[place] for row in rows) for place in places]


def _is_value(segment: str) -> bool:
    return bool(_VALUE.fullmatch(segment) or _VALUE.fullmatch(_ENDING.sub("", segment)))
