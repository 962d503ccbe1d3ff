"""The `match` of a VirtualService's HTTP route, as a test of requests.

What istiod makes of one: istio/istio pilot/pkg/networking/core/route/route.go, TranslateRouteMatch.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mesh.access.attempts import Request

_Test = Callable[[str], bool]
_CLAIMS = "@request.auth.claims"
_PSEUDO = (("method", ":method"), ("authority", ":authority"), ("scheme", ":scheme"))


@dataclass(frozen=True)
class Heard:
    """A request, as a proxy compares it."""

    path: str
    query: Mapping[str, str]
    """Of each parameter the first value, as it is written."""
    headers: Mapping[str, str]
    """In lower case, with those that HTTP/2 calls `:method`, `:authority` and `:scheme`."""

    @staticmethod
    def of(request: Request, path: str, host: str, scheme: str) -> "Heard":
        """With its path normalized."""
        query: dict[str, str] = {}
        for parameter in request.path.partition("#")[0].partition("?")[2].split("&"):
            name, _, value = parameter.partition("=")
            query.setdefault(name, value)
        headers: dict[str, str] = {}
        for name, value in request.headers:
            headers[name.lower()] = f"{headers[name.lower()]},{value}" if name.lower() in headers else value
        headers |= {":method": request.method, ":authority": host, ":scheme": scheme, ":path": request.path}
        return Heard(path, query, headers)


Accepts = Callable[[Heard], bool]


def test(match: Mapping[str, Any]) -> Accepts:
    """Whether all that a match says of requests holds; everything where it says nothing."""
    tests: list[Accepts] = []
    if uri := match.get("uri"):
        of_path = _path(uri, ignore_case=match.get("ignoreUriCase", False))
        tests.append(lambda heard: of_path(heard.path))
    for field, header in _PSEUDO:
        if field in match:
            tests.append(_header(header, match[field]))
    tests += [_header(name.lower(), said) for name, said in match.get("headers", {}).items()]
    tests += [_without(name.lower(), said) for name, said in match.get("withoutHeaders", {}).items()]
    tests += [_parameter(name, said) for name, said in match.get("queryParams", {}).items()]
    return lambda heard: all(test_(heard) for test_ in tests)


def takes_everything(match: Mapping[str, Any]) -> bool:
    """A gateway puts such a route behind the others of its host (IsCatchAllRoute)."""
    uri = match.get("uri", {"prefix": "/"})
    says_more = any(match.get(field) for field in ("headers", "withoutHeaders", "queryParams", "method"))
    says_more = says_more or any(match.get(field) for field in ("authority", "scheme"))
    return not says_more and (uri.get("prefix") == "/" or uri.get("regex") == ".*")


def expression(said: str) -> re.Pattern[str] | None:
    """RE2's, whose classes are ASCII; None where it is none, which Istio refuses."""
    try:
        return re.compile(said, re.ASCII)
    except re.error:
        return None


def _string(said: Mapping[str, str]) -> _Test:
    match said:
        case {"exact": wanted}:
            return lambda text: text == wanted
        case {"prefix": beginning}:
            return lambda text: text.startswith(beginning)
        case {"regex": wanted}:
            compiled = expression(wanted)
            return lambda text: compiled is not None and compiled.fullmatch(text) is not None
        case _:
            return lambda _: True


def _path(said: Mapping[str, str], *, ignore_case: bool) -> _Test:
    """Case is ignored of everything but a regular expression."""
    if not ignore_case or "regex" in said:
        return _string(said)
    folded = _string({kind: value.lower() for kind, value in said.items()})
    return lambda text: folded(text.lower())


def _asks_presence(said: Mapping[str, str] | None) -> bool:
    """Nothing said, or the regular expression `*`, which is none, asks only whether it is there."""
    return not said or said.get("regex") == "*"


def _header(name: str, said: Mapping[str, str] | None) -> Accepts:
    if name.startswith(_CLAIMS):
        return lambda _: False  # no attempt has a token
    if _asks_presence(said):
        return lambda heard: name in heard.headers
    matches = _string(said or {})
    return lambda heard: name in heard.headers and matches(heard.headers[name])


def _without(name: str, said: Mapping[str, str] | None) -> Accepts:
    """A header that is not there counts as an empty one, unless only its presence is asked for."""
    if name.startswith(_CLAIMS):
        return lambda _: True
    if _asks_presence(said):
        return lambda heard: name not in heard.headers
    matches = _string(said or {})
    return lambda heard: not matches(heard.headers.get(name, ""))


def _parameter(name: str, said: Mapping[str, str] | None) -> Accepts:
    if _asks_presence(said):
        return lambda heard: name in heard.query
    matches = _string(said or {})
    return lambda heard: name in heard.query and matches(heard.query[name])
