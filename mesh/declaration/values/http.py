"""Values of HTTP: hosts, methods, paths, headers, causes of a retry."""

import re
from datetime import timedelta
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, WithJsonSchema

from mesh import request_paths
from mesh.declaration import spelling
from mesh.declaration.values.rule import Rule, printed, wrong

LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"


def _dns_host(host: str) -> str:
    if re.fullmatch(r"[0-9.]+", host):
        raise wrong(f"{host} is an address; a host is a DNS name", "Write the name that clients call it by")
    if host.startswith("*"):
        raise wrong(
            f"{spelling.shown(host)} is a wildcard; it would match hosts that are not declared",
            "Write each host out",
        )
    if re.match(r"[a-z]+://", host):
        raise wrong(
            f"{spelling.shown(host)} is a URL; a host is a DNS name", "Leave out the scheme, the port and the path"
        )
    if host != host.lower():
        raise wrong(
            f"{spelling.shown(host)} has capital letters; hosts are in lower case", f"Write {printed(host.lower())}"
        )
    return host


Host = Annotated[
    str,
    AfterValidator(_dns_host),
    Rule(
        rf"({LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?",
        "a host is a DNS name of two labels or more, of lower-case letters, digits and hyphens",
        "Write a name such as shop.example.com",
        253,
    ),
]
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT")
Method = Annotated[
    str,
    Rule(
        "|".join(METHODS),
        "it is not an HTTP method; methods are in capital letters",
        "Write one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS, TRACE and CONNECT",
        7,
    ),
]


def _request_path(path: str) -> str:
    if not path.startswith(("/", "*")):
        raise wrong(f"{spelling.shown(path)} does not begin with /", f"Write /{printed(path).lstrip('/')}")
    if re.search(r"[?#]", path):
        raise wrong(
            f"{spelling.shown(path)} has a ? or #; queries and fragments are not part of a path", "Leave them out"
        )
    if re.search(r"//|/\.{1,2}(/|$)|\\", path):
        raise wrong(
            f"{spelling.shown(path)} never matches: the proxy resolves //, /./, /../ and \\ before it compares",
            "Write the path as the service sees it",
        )
    if "%" in path:
        raise wrong(
            f"{spelling.shown(path)} has a %: the proxy decodes some encoded characters before it compares, and others "
            "not",
            "Write a character as it is, or end the path with a * before it",
        )
    pattern = request_paths.canonical(path)
    _hole_problem(path, pattern)
    return pattern


def _hole_problem(path: str, pattern: str) -> None:
    """Refuses what Istio's path templates cannot say: pkg/config/security/security.go, CheckValidPathTemplate."""
    literal = re.sub(r"(?<=/)\{\*\*?\}(?=/|$)", "", pattern)
    if re.search(r"[{}\s]", literal):
        raise wrong(
            f"{spelling.shown(path)} has braces or blanks, which are no part of a path",
            "Write {*} for a whole segment, such as /orders/{*}/items",
        )
    if pattern == "*":
        raise wrong('"*" does not begin with /', "Write /*")
    stars = literal[1:] if literal.startswith("*") and literal == pattern else literal
    if "*" in (stars if "{" in pattern or stars != literal else stars[:-1]):
        raise wrong(
            f"{spelling.shown(path)} has a * that is no whole segment, and is not its only one at an end",
            "Write {*} for one segment, such as /orders/{*}/items, or one * at the end or the beginning",
        )
    if "{**}" in pattern and re.search(r"\{\*\*\}.*\{", pattern):
        raise wrong(
            f"{spelling.shown(path)} has a hole behind {{**}}, which is the last one of a path",
            "Write {*} for each segment before it",
        )


RequestPath = Annotated[
    str,
    AfterValidator(_request_path),
    Rule(
        r"[/*][^?#%\s\\]*",
        "a path begins with /, and may have {*} for a segment and a * at its end",
        "Write one such as /orders/*",
        1024,
    ),
]
Rewrite = Annotated[
    str,
    Rule(
        r"/[^?#%\s\\*{}]*",
        "a rewritten path begins with / and has no star, hole, query or %",
        "Write the beginning that takes the place of the path's, such as /orders/",
        1024,
    ),
]
Origin = Annotated[
    str,
    Rule(
        rf"https?://({LABEL}\.)*{LABEL}(:[0-9]{{1,5}})?",
        "an origin is a scheme and a host, without a path or a star",
        "Write one such as https://shop.example.com",
        300,
    ),
]
HeaderName = Annotated[
    str,
    Rule(
        "[a-z0-9]([a-z0-9-]*[a-z0-9])?",
        "a header's name has lower-case letters, digits and hyphens",
        "Write one such as x-canary",
        100,
    ),
]
CookieName = Annotated[
    str,
    Rule(
        "[A-Za-z0-9_-]+",
        "a cookie's name has letters, digits, hyphens and underscores",
        "Write one such as sid",
        100,
    ),
]
HeaderValue = Annotated[
    str, Rule("[!-~]([ -~]*[!-~])?", "a header's value is one line of plain characters", "Write one such as 1", 200)
]


def _status_as_text(value: Any) -> Any:
    """A status may be written as the number that it is."""
    return str(value) if type(value) is int else value


RetryCause = Annotated[
    str,
    BeforeValidator(_status_as_text, json_schema_input_type=str | int),
    Rule(
        "5xx|gateway-error|reset|connect-failure|refused-stream|retriable-4xx|[45][0-9]{2}"
        "|cancelled|deadline-exceeded|internal|resource-exhausted|unavailable",
        "a call cannot be retried after it",
        "Write connect-failure, refused-stream, reset, gateway-error, 5xx, a status such as 503, or for grpc "
        "unavailable, cancelled, deadline-exceeded, internal or resource-exhausted",
        30,
    ),
]
_UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000}


def _duration(value: Any) -> timedelta:
    if isinstance(value, timedelta):
        return value
    parts = re.fullmatch("([1-9][0-9]{0,8})(ms|s|m|h)", value) if isinstance(value, str) else None
    if not parts:
        what = spelling.shown(value) if isinstance(value, str) else f"{value}" if type(value) is int else "it"
        raise wrong(f"{what} is not a time: a number from 1 with ms, s, m or h", "Write one such as 500ms, 2s or 5m")
    milliseconds = int(parts[1]) * _UNITS[parts[2]]
    if milliseconds > 24 * _UNITS["h"]:
        raise wrong(f"{value} is longer than a day", "Write 24h or less")
    return timedelta(milliseconds=milliseconds)


Duration = Annotated[
    timedelta,
    BeforeValidator(_duration),
    WithJsonSchema({"type": "string", "pattern": "^[1-9][0-9]*(ms|s|m|h)$"}),
]
