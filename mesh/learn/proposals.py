"""Calls that were seen → routes to declare, calls that are listed apart, and declared routes that nobody used."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from mesh import request_paths
from mesh.learn import reasons, templates
from mesh.learn.calls import MOST_PATHS, Call, Calls, Seen
from mesh.model import Environment, Ingress, Port, Request, Route, Workload


@dataclass(frozen=True)
class Evidence:
    """What was seen of one method and path, or of a port that is not HTTP."""

    method: str
    path: str
    host: str
    """Of a gateway that has several; else empty."""
    values: tuple[int, ...]
    """Of each {*}, how many were seen."""
    is_more: bool
    """Whether there were more values than are counted."""
    count: int
    first: str
    last: str


@dataclass(frozen=True)
class Proposal:
    caller: str
    """As a route names it."""
    callee: str
    port: Port
    evidence: tuple[Evidence, ...]
    extends: bool
    """Whether a route from this caller to this port is declared, which lacks these requests."""
    route: Route

    @property
    def requests(self) -> tuple[Request, ...]:
        return self.route.requests


@dataclass(frozen=True)
class Apart:
    """A call that is not proposed."""

    call: Call
    path: str
    count: int
    reason: str


@dataclass(frozen=True)
class Learned:
    proposals: tuple[Proposal, ...]
    apart: tuple[Apart, ...]
    unused: tuple[Route, ...]


def learned(environment: Environment, calls: Calls, least: int) -> Learned:
    """Requests that were answered less often than `least` are not proposed."""
    workloads = {workload.name: workload for workload in environment.workloads}
    callers = _callers(environment)
    declared: dict[tuple[str, str, int], list[Route]] = defaultdict(list)
    for route in environment.routes:
        for name in _names(route):
            declared[(name, route.callee.name, route.port.number)].append(route)
    used: set[int] = set()
    apart: list[Apart] = []
    proposed: dict[tuple[str, str, Port], list[Evidence]] = defaultdict(list)
    for call, seen in calls.seen.items():
        routes = declared.get((call.caller, call.callee, call.port), [])
        covering = [route for route in routes if _covers([route], call, _paths(call, seen))]
        left = [path for path in _paths(call, seen) if not _covers(routes, call, [path])]
        if seen.answered:
            used |= {id(route) for route in covering or (routes if not left else ())}
        if not left:
            continue
        port = next((port for port in workloads[call.callee].ports if port.number == call.port), None)
        path = templates.written(call.template, left)
        reason = reasons.against(call, path, seen, callers.get(call.caller), port, least)
        if reason or port is None:
            apart.append(Apart(call, path, seen.count, reason))
        else:
            proposed[(call.caller, call.callee, port)].append(_evidence(call, seen, left, callers[call.caller]))
    proposals = (
        _proposal(key, evidence, callers, workloads, bool(declared.get((key[0], key[1], key[2].number))))
        for key, evidence in sorted(proposed.items(), key=lambda item: (*item[0][:2], item[0][2].number))
    )
    return Learned(
        tuple(proposals),
        tuple(sorted(apart, key=lambda item: (-item.count, item.call.caller, item.call.callee, item.path))),
        tuple(route for route in environment.routes if id(route) not in used),
    )


def _callers(environment: Environment) -> dict[str, Workload | Ingress]:
    """By each name that a route may use."""
    callers: dict[str, Workload | Ingress] = {workload.name: workload for workload in environment.workloads}
    for cluster in environment.clusters:
        for gateway in cluster.ingress:
            callers[f"ingress/{gateway.name}"] = Ingress(cluster, gateway)
            callers[f"ingress/{cluster.name}/{gateway.name}"] = Ingress(cluster, gateway)
    return callers


def _names(route: Route) -> Iterator[str]:
    if isinstance(route.caller, Ingress):
        yield f"ingress/{route.caller.gateway.name}"
        yield f"ingress/{route.caller.cluster.name}/{route.caller.gateway.name}"
    else:
        yield route.caller.name


def _paths(call: Call, seen: Seen) -> list[str]:
    """All that are known of a call; the template itself stands for those beyond the bound."""
    more = [call.template.replace(templates.HOLE, templates.WRITTEN)] if len(seen.paths) >= MOST_PATHS else []
    return [*sorted(seen.paths), *more] or [call.template]


def _covers(routes: list[Route], call: Call, paths: list[str]) -> bool:
    requests = [request for route in routes if route.port.is_http for request in route.requests]
    fitting = [
        request
        for request in requests
        if (not request.methods or call.method in request.methods)
        and (not call.host or not request.hosts or call.host in request.hosts)
    ]
    if any(not route.port.is_http for route in routes):
        return True
    return bool(fitting) and all(
        any(request_paths.covers(pattern, path) for request in fitting for pattern in request.paths) for path in paths
    )


def _evidence(call: Call, seen: Seen, paths: list[str], caller: Workload | Ingress) -> Evidence:
    several = isinstance(caller, Ingress) and len(caller.gateway.hosts) > 1
    return Evidence(
        method=call.method,
        path=templates.written(call.template, paths),
        host=call.host if several else "",
        values=tuple(count for count in templates.values(call.template, paths) if count > 1),
        is_more=len(seen.paths) >= MOST_PATHS,
        count=seen.count,
        first=seen.first,
        last=seen.last,
    )


def _proposal(
    key: tuple[str, str, Port],
    evidence: list[Evidence],
    callers: dict[str, Workload | Ingress],
    workloads: dict[str, Workload],
    extends: bool,
) -> Proposal:
    caller, callee, port = key
    route = Route(callers[caller], workloads[callee], port, _requests(evidence))
    ordered = tuple(sorted(evidence, key=lambda item: (item.path, item.method, item.host)))
    return Proposal(caller, callee, port, ordered, extends, route)


def _requests(evidence: list[Evidence]) -> tuple[Request, ...]:
    """Methods, paths and hosts, grouped so that every combination was seen."""
    methods: dict[tuple[str, str], set[str]] = defaultdict(set)
    for seen in evidence:
        if seen.method:
            methods[(seen.host, seen.path)].add(seen.method)
    paths: dict[tuple[str, tuple[str, ...]], list[str]] = defaultdict(list)
    for host, path in sorted(methods):
        paths[(host, tuple(sorted(methods[(host, path)])))].append(path)
    hosts: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for (host, together), of_host in sorted(paths.items()):
        hosts[(together, tuple(of_host))].append(host)
    return tuple(
        Request(together, of_hosts, tuple(filter(None, named))) for (together, of_hosts), named in sorted(hosts.items())
    )
