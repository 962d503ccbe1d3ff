"""A call that was seen → why it is not proposed."""

import re

from mesh.learn import suspicion, templates
from mesh.learn.calls import Call, Seen
from mesh.model import Ingress, Port, Workload

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_GRPC = re.compile(r"/[A-Za-z_][A-Za-z0-9_.]*/[A-Za-z_][A-Za-z0-9_]*")
_PLAIN = re.compile(r"[/A-Za-z0-9._~!&'()+,=:@-]*")
"""Paths that a route can name."""


def against(call: Call, path: str, seen: Seen, caller: Workload | Ingress | None, port: Port | None, least: int) -> str:
    """Empty where the call is proposed, as `path`."""
    if port is None:
        return f"{call.callee} declares no port {call.port}"
    if caller is None:
        return "the caller is not a declared workload"
    if isinstance(caller, Workload) and not caller.sidecar:
        return f"{call.caller} has no sidecar, so it has no identity"
    if call.caller == call.callee:
        return "a workload may always call itself"
    if port.is_http != bool(call.method):
        return f"port {port.name} is declared as {port.protocol}"
    if not port.is_http:
        if isinstance(caller, Ingress):
            return "an ingress gateway has no routes that are not HTTP"
        return "" if seen.answered else "refused" if seen.refused else "failed, or no data"
    return _of_requests(call, path, seen, port, least)


def _of_requests(call: Call, path: str, seen: Seen, port: Port, least: int) -> str:
    if call.method not in _METHODS:
        return "odd method"
    if suspicion.is_attack(call.template):
        return "looks like an attack: its path"
    if seen.probes * 2 > seen.count:
        return "health check or scanner: its user agent"
    if suspicion.is_health_check(call.template):
        return "health check: its path"
    if not seen.answered:
        return "refused every time" if seen.refused >= seen.count else "never answered with success"
    if seen.is_scanned:
        return "looks like a scan: most requests of its clients fail"
    if port.protocol == "grpc" and not _GRPC.fullmatch(call.template):
        return "not a method of gRPC"
    if not _PLAIN.fullmatch(path.replace(templates.WRITTEN, "")):
        return "its path has characters that a route cannot name"
    if seen.answered < least:
        return f"answered less than {least} times"
    return ""
