"""Declared routes, into the model's: callers and callees found, ports chosen."""

from collections.abc import Iterator, Mapping

from mesh import model
from mesh.declaration import spelling
from mesh.declaration.calls import Call
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem
from mesh.resolve import (
    api_server,
    callers,
    groups,
    network_routes,
    ports,
    reachability,
    references,
    requests,
    tokens,
    workloads,
)


def resolved(
    declared: Declared, by_cluster: Mapping[str, model.Cluster], by_workload: Mapping[str, model.Workload]
) -> tuple[model.Route, ...]:
    routes = (_route(declared, route, by_cluster, by_workload) for _, route in declared.routes)
    return tuple(sorted(routes, key=_order))


def problems(declared: Declared) -> Iterator[Problem]:
    yield from groups.problems(declared)
    for position, route in declared.routes:
        path: Path = ("routes", position)
        of_ends = (*callers.problems(declared, path, route), *_callee_problems(declared, path, route))
        yield from (groups.placed(declared, route, problem) for problem in of_ends)
        yield from _form_problems(path, route)
        yield from requests.problems(declared, (*path, "http"), route)
        if route.network:
            yield from network_routes.problems(declared, path, route)
        if route.callee in declared.environment.workloads:
            yield from _port_problems(declared, path, route)
    yield from _duplicates(declared)
    yield from requests.contested(declared)
    yield from tokens.problems(declared)
    yield from reachability.problems(declared)


def _route(
    declared: Declared,
    route: Call,
    by_cluster: Mapping[str, model.Cluster],
    by_workload: Mapping[str, model.Workload],
) -> model.Route:
    caller = callers.resolved(declared, route.caller, by_cluster, by_workload)
    callee = by_workload[route.callee]
    return model.Route(
        caller=caller,
        callee=callee,
        port=callee.port(_port_names(declared, route)[0]),
        requests=requests.resolved(
            route.http or (),
            caller.gateway.hosts if isinstance(caller, model.Ingress) else (),
            tokens.of(declared, route),
        ),
    )


def _order(route: model.Route) -> tuple[str, ...]:
    caller = route.caller
    key = ("", caller.name) if isinstance(caller, model.Workload) else (caller.cluster.name, caller.gateway.name)
    return (*key, route.callee.name, route.port.name)


def _port_names(declared: Declared, route: Call) -> tuple[str, ...]:
    """The callee's ports that the route may mean."""
    callee = declared.environment.workloads[route.callee]
    if route.named:
        return (route.named,)
    return tuple(
        name for name, port in sorted(callee.ports.items()) if ports.speaks_http(ports.protocol(callee, name, port))
    )


def _callee_problems(declared: Declared, path: Path, route: Call) -> Iterator[Problem]:
    yield from references.problems(declared, (*path, "to"), "workloads", route.callee, besides=route.caller)
    callee = declared.environment.workloads.get(route.callee)
    if callee and route.http and workloads.lacks_sidecar(callee):
        yield Problem(
            (*path, "http"),
            f"{route.callee} has no sidecar that could check methods and paths",
            "Remove http: the API server itself checks requests, by the roles of the pod's account"
            if api_server.is_declared_by(callee)
            else "Declare its port with protocol tcp or tls, and open it by tcp: and the port's name",
        )


def _form_problems(path: Path, route: Call) -> Iterator[Problem]:
    ways = [key for key in ("http", "tcp", "network") if getattr(route, key) is not None]
    if not ways:
        yield Problem(path, "it opens nothing", "Add http: [{paths: [/*]}], or tcp: and a port's name")
    if len(ways) > 1:
        text = f"{spelling.listed(ways)} exclude each other"
        yield Problem((*path, ways[-1]), text, "Keep one, or write two routes")
    if route.port and (route.tcp or route.network):
        yield Problem((*path, "port"), f"{ways[-1]} already names the port", "Remove port")


def _port_problems(declared: Declared, path: Path, route: Call) -> Iterator[Problem]:
    callee = declared.environment.workloads[route.callee]
    named = route.named
    if not callee.ports:
        text = f"{route.callee} has no ports, so nobody can call it"
        yield Problem((*path, "to"), text, f"Add ports to workloads.{route.callee}, or remove the route")
        return
    place = (*path, "tcp" if route.tcp else "network" if route.network else "port" if route.port else "http")
    if named and named not in callee.ports:
        yield references.unknown(
            place,
            f"port of {route.callee} called",
            named,
            callee.ports.keys(),
            f"Declare it under workloads.{route.callee}.ports",
        )
        return
    if route.http is not None and route.tcp is not None:
        return
    if route.http is not None and not workloads.lacks_sidecar(callee):
        yield from _http_port_problems(declared, place, route)
    if route.tcp:
        protocol = ports.protocol(callee, route.tcp, callee.ports[route.tcp])
        if ports.speaks_http(protocol):
            yield Problem(
                place,
                f"the port {route.tcp} of {route.callee} speaks {protocol}; tcp would open every method and path of it",
                "Use http: [{paths: [/*]}] and list what is needed",
            )


def _http_port_problems(declared: Declared, place: Path, route: Call) -> Iterator[Problem]:
    callee = declared.environment.workloads[route.callee]
    candidates = _port_names(declared, route)
    if len(candidates) > 1:
        yield Problem(
            place,
            f"{route.callee} has several ports that speak http: {spelling.listed(candidates)}",
            f"Add port: {candidates[0]}, or another of them",
        )
    elif not candidates:
        yield Problem(
            place,
            f"no port of {route.callee} speaks http: it has {spelling.listed(sorted(callee.ports))}",
            f"Use tcp: {min(callee.ports)} in place of http",
        )
    else:
        protocol = ports.protocol(callee, candidates[0], callee.ports[candidates[0]])
        if protocol and not ports.speaks_http(protocol):
            yield Problem(
                place,
                f"the port {candidates[0]} of {route.callee} speaks {protocol}, which has no methods and paths",
                f"Use tcp: {candidates[0]} in place of http",
            )


def _duplicates(declared: Declared) -> Iterator[Problem]:
    owner: dict[tuple[str, str, tuple[str, ...]], int] = {}
    for position, route in declared.routes:
        if route.callee not in declared.environment.workloads:
            continue
        first = owner.setdefault(
            (callers.full_name(declared, route.caller), route.callee, _port_names(declared, route)), position
        )
        if first != position:
            yield Problem(
                ("routes", position),
                f"{route.caller} to {route.callee} at the same port is already {declared.position(first)}",
                "Merge the two into one",
            )
