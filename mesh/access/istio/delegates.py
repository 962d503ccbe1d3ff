"""HTTP routes that delegate to another VirtualService, as the routes that come of both.

Which of them conflict: istio/istio pilot/pkg/model/virtualservice.go, MergeHTTPRoutes.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_Match = Mapping[str, Any]

_STRINGS = ("uri", "scheme", "method", "authority")
_MAPS = ("headers", "withoutHeaders", "queryParams")
_INHERITED = ("rewrite", "directResponse", "timeout", "retries", "fault", "mirror", "mirrors", "headers")


def merged(root: Mapping[str, Any], routes: list[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Each of the delegate's routes, with what the root's asks besides; one that conflicts with it is left out."""
    inherited = {key: root[key] for key in _INHERITED if key in root}
    for route in routes:
        matches = _matches(root.get("match", []), route.get("match", []))
        if matches is not None:
            yield {**inherited, **route, "match": matches}


def _matches(root: list[_Match], leaf: list[_Match]) -> list[_Match] | None:
    """None where one of the delegate's matches is in none of the root's."""
    if not root or not leaf:
        return root or leaf
    matches: list[_Match] = []
    for match in leaf:
        fitting = [{**other, **match, **_united(other, match)} for other in root if not _conflict(other, match)]
        if not fitting:
            return None
        matches += fitting
    return matches


def _united(root: _Match, leaf: _Match) -> _Match:
    maps = {key: {**root.get(key, {}), **leaf.get(key, {})} for key in (*_MAPS, "sourceLabels")}
    return {key: value for key, value in maps.items() if value}


def _conflict(root: _Match, leaf: _Match) -> bool:
    return (
        any(_strings_conflict(root.get(key), leaf.get(key)) for key in _STRINGS)
        or any(
            _strings_conflict(root.get(key, {}).get(name), said) for key in _MAPS for name, said in _items(leaf, key)
        )
        or root.get("ignoreUriCase", False) != leaf.get("ignoreUriCase", False)
        or bool(root.get("port") and leaf.get("port") and root["port"] != leaf["port"])
        or bool(root.get("sourceNamespace") and leaf.get("sourceNamespace") != root["sourceNamespace"])
        or any(root.get("sourceLabels", {}).get(name, said) != said for name, said in _items(leaf, "sourceLabels"))
        or bool(root.get("gateways") and not set(leaf.get("gateways", ())) <= set(root["gateways"]))
    )


def _items(match: _Match, key: str) -> list[tuple[str, Any]]:
    return list(match.get(key, {}).items())


def _strings_conflict(root: Mapping[str, str] | None, leaf: Mapping[str, str] | None) -> bool:
    """Whether the delegate's asks for something that is not among the root's."""
    if root is None or leaf is None:
        return False
    match root:
        case {"exact": wanted}:
            return leaf.get("exact") != wanted
        case {"prefix": beginning}:
            return not leaf.get("exact", leaf.get("prefix", "")).startswith(beginning)
        case _:
            return True
