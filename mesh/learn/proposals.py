"""Calls that were seen → routes to declare, calls to look at, and declared routes that nobody used."""

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from mesh import request_paths
from mesh.learn import templates
from mesh.learn.calls import Call, Calls, Seen
from mesh.model import Environment, Ingress, Port, Route, Workload

_ODD_METHODS = frozenset({"TRACE", "CONNECT"})
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", *_ODD_METHODS})
_ATTACK = re.compile(
    r"\.\.|%|//|\\|[<>'\"(){}$;\s]|/\.(?!well-known)|\.(php|aspx?|jsp|cgi|bak|sql|old)$|/(wp-|cgi-bin|etc/|phpmyadmin|actuator)",
    re.IGNORECASE,
)
_HEALTH = re.compile(
    r"/(.*/)?(healthz?|health-?check|livez?|liveness|readyz?|readiness|ping|metrics|status)", re.IGNORECASE
)


@dataclass(frozen=True)
class Evidence:
    method: str
    path: str
    values: tuple[int, ...]
    """Of each hole, how many were seen."""
    count: int
    first: str
    last: str


@dataclass(frozen=True)
class Proposal:
    caller: str
    callee: str
    port: Port
    evidence: tuple[Evidence, ...]

    @property
    def requests(self) -> tuple[tuple[tuple[str, ...], tuple[str, ...]], ...]:
        """Methods and paths, grouped so that every combination was seen."""
        methods: dict[str, set[str]] = defaultdict(set)
        for seen in self.evidence:
            if seen.method:
                methods[seen.path].add(seen.method)
        paths: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for path in sorted(methods):
            paths[tuple(sorted(methods[path]))].append(path)
        return tuple((together, tuple(paths[together])) for together in sorted(paths))


@dataclass(frozen=True)
class Apart:
    """A call that is not proposed."""

    call: Call
    count: int
    reason: str


@dataclass(frozen=True)
class Learned:
    proposals: tuple[Proposal, ...]
    apart: tuple[Apart, ...]
    unused: tuple[Route, ...]


def learned(environment: Environment, calls: Calls, least: int) -> Learned:
    """Paths that were asked for less often than `least` are not proposed."""
    workloads = {workload.name: workload for workload in environment.workloads}
    declared: dict[tuple[str, str, int], list[Route]] = defaultdict(list)
    for route in environment.routes:
        for name in _names(route):
            declared[(name, route.callee.name, route.port.number)].append(route)
    used: set[int] = set()
    apart: list[Apart] = []
    proposed: dict[tuple[str, str, Port], list[Evidence]] = defaultdict(list)
    for call, seen in calls.seen.items():
        routes = declared.get((call.caller, call.callee, call.port), [])
        covering = [route for route in routes if _covers(route, call)]
        if covering:
            used |= {id(route) for route in covering} if seen.answered else set()
            continue
        callee = workloads[call.callee]
        port = next((port for port in callee.ports if port.number == call.port), None)
        reason = _reason(call, seen, workloads, callee, port, least)
        if reason or port is None:
            apart.append(Apart(call, seen.count, reason))
        else:
            proposed[(call.caller, call.callee, port)].append(_evidence(call, seen))
    return Learned(
        tuple(
            Proposal(caller, callee, port, tuple(sorted(evidence, key=lambda item: (item.path, item.method))))
            for (caller, callee, port), evidence in sorted(
                proposed.items(), key=lambda item: (*item[0][:2], item[0][2].number)
            )
        ),
        tuple(sorted(apart, key=lambda item: (-item.count, item.call.caller, item.call.callee, item.call.template))),
        tuple(route for route in environment.routes if id(route) not in used),
    )


def _evidence(call: Call, seen: Seen) -> Evidence:
    path = templates.filled(call.template, seen.values)
    counts = tuple(len(values) for values in seen.values if len(values) > 1)
    return Evidence(call.method, path, counts, seen.count, seen.first, seen.last)


def _names(route: Route) -> Iterator[str]:
    if isinstance(route.caller, Ingress):
        yield f"ingress/{route.caller.gateway.name}"
        yield f"ingress/{route.caller.cluster.name}/{route.caller.gateway.name}"
    else:
        yield route.caller.name


def _covers(route: Route, call: Call) -> bool:
    if not route.port.is_http:
        return True
    return any(
        (not request.methods or call.method in request.methods)
        and any(request_paths.covers(path, call.template) for path in request.paths)
        for request in route.requests
    )


def _reason(
    call: Call, seen: Seen, workloads: dict[str, Workload], callee: Workload, port: Port | None, least: int
) -> str:
    """Why a call is not proposed; empty where it is."""
    caller = workloads.get(call.caller)
    if port is None:
        return f"{call.callee} declares no port {call.port}"
    if call.caller.startswith("<"):
        return "the caller is not a declared workload"
    if caller is not None and not caller.sidecar:
        return f"{call.caller} has no sidecar, so it has no identity"
    if caller is callee:
        return "a workload may always call itself"
    if port.is_http != bool(call.method):
        return f"port {port.name} is declared as {port.protocol}"
    if not port.is_http:
        return "" if seen.answered else "refused" if seen.denied else "failed, or no data"
    return _reason_of_requests(call, seen, least)


def _reason_of_requests(call: Call, seen: Seen, least: int) -> str:
    if call.method in _ODD_METHODS or call.method not in _METHODS:
        return "odd method"
    if _ATTACK.search(call.template.replace(templates.HOLE, "1")) or not call.template.startswith("/"):
        return "looks like an attack: its path"
    if seen.probes * 2 > seen.count:
        return "health probe or scanner: its user agent"
    if _HEALTH.fullmatch(call.template):
        return "health check"
    if not seen.answered:
        return "refused every time" if seen.denied == seen.count else "never answered with success"
    if seen.answered < least:
        return f"seen less than {least} times"
    return ""
