"""CORS settings of a callee → what a gateway answers browsers, which ask before a script of another website calls.

Such a question (a preflight) is OPTIONS with the headers `origin` and `access-control-request-method`. The gateway
answers it itself, so the callee is asked nothing that no route declares.
"""

import re
from typing import Any

from mesh.model import Cors, Environment, Workload

PREFLIGHT = "OPTIONS"
_METHODS = ("DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
"""What a script may ask where a route is for all methods."""


def of(environment: Environment, callee: Workload) -> Cors | None:
    return next((traffic.cors for traffic in environment.traffic if traffic.callee == callee), None)


def policy(cors: Cors, methods: tuple[str, ...]) -> dict[str, Any]:
    """A VirtualService's corsPolicy for a path that takes these methods, or all where there are none."""
    return {
        "allowOrigins": [{"exact": origin} for origin in cors.origins],
        "allowMethods": list(methods or _METHODS),
        **({"allowHeaders": list(cors.headers)} if cors.headers else {}),
        **({"exposeHeaders": list(cors.expose)} if cors.expose else {}),
        **({"allowCredentials": True} if cors.credentials else {}),
        **({"maxAge": f"{cors.max_age.total_seconds():g}s"} if cors.max_age else {}),
    }


def preflight_match(cors: Cors) -> dict[str, Any]:
    """The part of a VirtualService's match that only preflights from the websites have."""
    origins = "|".join(map(re.escape, cors.origins))
    asking = {"origin": {"regex": origins}, "access-control-request-method": {"regex": ".+"}}
    return {"method": {"exact": PREFLIGHT}, "headers": asking}


def preflight_conditions(cors: Cors) -> list[dict[str, Any]]:
    """The same, as an AuthorizationPolicy asks it."""
    return [
        {"key": "request.headers[origin]", "values": list(cors.origins)},
        {"key": "request.headers[access-control-request-method]", "values": ["*"]},
    ]
