"""A VirtualService's corsPolicy: the questions of browsers (preflights) that a proxy answers itself.

Envoy, source/extensions/filters/http/cors/cors_filter.cc: OPTIONS with both headers, from an origin that is allowed.
"""

from collections.abc import Mapping
from typing import Any

from mesh.access.istio.http_matches import Heard, expression

_ORIGIN, _ASKED = "origin", "access-control-request-method"


def answers(rule: Mapping[str, Any], heard: Heard) -> bool:
    policy = rule.get("corsPolicy") or {}
    is_preflight = heard.headers.get(":method") == "OPTIONS" and bool(heard.headers.get(_ASKED))
    origin = heard.headers.get(_ORIGIN)
    return is_preflight and origin is not None and any(_allows(said, origin) for said in policy.get("allowOrigins", ()))


def only_preflights(rule: Mapping[str, Any], match: Mapping[str, Any]) -> bool:
    """Whether a match takes nothing but preflights of origins that its rule allows by name."""
    allowed = {said.get("exact") for said in (rule.get("corsPolicy") or {}).get("allowOrigins", ())}
    asked = match.get("headers", {})
    origin, listed = asked.get(_ORIGIN, {}), set[str]()
    if "exact" in origin:
        listed = {origin["exact"]}
    elif "regex" in origin:
        listed = {part.replace("\\", "") for part in origin["regex"].split("|")}
    return match.get("method") == {"exact": "OPTIONS"} and _ASKED in asked and bool(listed) and listed <= allowed


def _allows(said: Mapping[str, str], origin: str) -> bool:
    match said:
        case {"exact": exact}:
            return exact in ("*", origin)
        case {"prefix": prefix}:
            return origin.startswith(prefix)
        case {"regex": text}:
            compiled = expression(text)
            return compiled is not None and compiled.fullmatch(origin) is not None
    return False
