"""Declared routes, into the model's: callers and callees found, ports chosen."""

from collections.abc import Iterator, Mapping

from mesh import model, spec, spelling
from mesh.declared import Declared
from mesh.problems import Path, Problem
from mesh.resolve import ports, reachability, references, workloads

INGRESS = "ingress/"


def resolved(
    declared: Declared, by_cluster: Mapping[str, model.Cluster], by_workload: Mapping[str, model.Workload]
) -> tuple[model.Route, ...]:
    routes = (
        model.Route(
            caller=_caller(declared, route.caller, by_cluster, by_workload),
            callee=by_workload[route.callee],
            port=by_workload[route.callee].port(_port_names(declared, route)[0]),
            requests=tuple(
                sorted(map(_request, route.http or ()), key=lambda request: (request.paths, request.methods))
            ),
        )
        for _, route in declared.routes
    )
    return tuple(sorted(routes, key=_order))


def problems(declared: Declared) -> Iterator[Problem]:
    for position, route in declared.routes:
        path: Path = ("routes", position)
        yield from _caller_problems(declared, path, route)
        yield from _callee_problems(declared, path, route)
        yield from _request_problems(path, route)
        if route.callee in declared.environment.workloads:
            yield from _port_problems(declared, path, route)
    yield from _duplicates(declared)
    yield from _contested_paths(declared)
    yield from reachability.problems(declared, ingress_clusters)


def ingress_clusters(declared: Declared, caller: str) -> tuple[str, ...]:
    """The clusters with the ingress gateway that a caller names."""
    *cluster, gateway = caller.removeprefix(INGRESS).split("/")
    return tuple(
        name
        for name, candidate in sorted(declared.environment.clusters.items())
        if gateway in candidate.ingress and (not cluster or cluster[0] == name)
    )


def _caller(
    declared: Declared,
    caller: str,
    by_cluster: Mapping[str, model.Cluster],
    by_workload: Mapping[str, model.Workload],
) -> model.Workload | model.Ingress:
    if not caller.startswith(INGRESS):
        return by_workload[caller]
    cluster = by_cluster[ingress_clusters(declared, caller)[0]]
    gateway = caller.rpartition("/")[2]
    return model.Ingress(cluster, next(candidate for candidate in cluster.ingress if candidate.name == gateway))


def _request(request: spec.Request) -> model.Request:
    return model.Request(methods=tuple(sorted(request.methods or ())), paths=tuple(sorted(request.paths)))


def _order(route: model.Route) -> tuple[str, ...]:
    caller = route.caller
    key = ("", caller.name) if isinstance(caller, model.Workload) else (caller.cluster.name, caller.gateway.name)
    return (*key, route.callee.name, route.port.name)


def _port_names(declared: Declared, route: spec.Route) -> tuple[str, ...]:
    """The callee's ports that the route may mean."""
    callee = declared.environment.workloads[route.callee]
    named = route.tcp or route.port
    if named:
        return (named,)
    return tuple(
        name for name, port in sorted(callee.ports.items()) if ports.speaks_http(ports.protocol(callee, name, port))
    )


def _caller_problems(declared: Declared, path: Path, route: spec.Route) -> Iterator[Problem]:
    if route.caller.startswith(INGRESS):
        yield from _ingress_problems(declared, (*path, "from"), route.caller)
        if route.tcp:
            yield Problem(
                (*path, "tcp"), "an ingress gateway lets HTTP requests in, no tcp", "Use http: with the paths to let in"
            )
        return
    yield from references.problems(declared, (*path, "from"), "workloads", route.caller)
    caller = declared.environment.workloads.get(route.caller)
    if caller is None:
        return
    if route.caller == route.callee:
        yield Problem((*path, "to"), f"{route.caller} calls itself; it may always do that", "Remove the route")
    reason = _silence(caller)
    if reason:
        yield Problem(
            (*path, "from"),
            f"{route.caller} cannot call: it is {reason[0]}",
            reason[1],
        )


def _silence(caller: spec.Workload) -> tuple[str, str] | None:
    """Why a workload is in no position to call, and what to do."""
    if caller.kind != "service":
        return f"a {caller.kind} database, which answers only", "Route from the workload that uses it"
    if not workloads.is_in_mesh(caller) and workloads.hosts(caller):
        return (
            "outside the mesh, so it has no identity to be recognised by",
            "Let it in by an ingress gateway: from: ingress/NAME",
        )
    if not caller.sidecar:
        return (
            "without a sidecar, so it has no identity to be recognised by",
            "Remove sidecar: false from it, or let it in by an ingress gateway",
        )
    return None


def _ingress_problems(declared: Declared, path: Path, caller: str) -> Iterator[Problem]:
    *cluster, gateway = caller.removeprefix(INGRESS).split("/")
    if any(place[0] == "clusters" for place in declared.broken):
        return
    clusters = declared.environment.clusters
    if cluster and cluster[0] not in clusters:
        yield from references.problems(declared, path, "clusters", cluster[0])
        return
    found = ingress_clusters(declared, caller)
    if not found:
        known = {name for candidate in clusters.values() for name in candidate.ingress}
        yield references.unknown(path, "ingress gateway", gateway, known, "Declare it under a cluster's ingress")
    elif len(found) > 1:
        yield Problem(
            path,
            f"the clusters {spelling.listed(found)} both have a gateway {gateway}"
            if len(found) == 2
            else f"{len(found)} clusters have a gateway {gateway}",
            f"Write one route for each: {' and '.join(f'ingress/{name}/{gateway}' for name in found)}",
        )


def _callee_problems(declared: Declared, path: Path, route: spec.Route) -> Iterator[Problem]:
    yield from references.problems(declared, (*path, "to"), "workloads", route.callee)
    callee = declared.environment.workloads.get(route.callee)
    if callee and route.http and not workloads.has_sidecar(callee) and (workloads.hosts(callee) or callee.machines):
        yield Problem(
            (*path, "http"),
            f"{route.callee} has no sidecar that could check methods and paths",
            "Declare its port with protocol tcp or tls, and open it by tcp: and the port's name",
        )


def _request_problems(path: Path, route: spec.Route) -> Iterator[Problem]:
    if route.http is None and route.tcp is None:
        yield Problem(
            path, "it does not say what is let through", "Add http: [{paths: [/*]}], or tcp: and a port's name"
        )
    if route.http is not None and route.tcp is not None:
        yield Problem((*path, "tcp"), "http and tcp exclude each other", "Keep one, or write two routes")
    if route.port and route.tcp:
        yield Problem((*path, "port"), "tcp already names the port", "Remove port")
    for position, request in enumerate(route.http or ()):
        place = (*path, "http", position)
        yield from references.repetitions((*place, "methods"), request.methods or (), "method")
        yield from references.repetitions((*place, "paths"), request.paths, "path")
        if any(_request(request) == _request(earlier) for earlier in (route.http or ())[:position]):
            yield Problem(place, "the same requests are let through already by an earlier entry", "Remove one of them")


def _port_problems(declared: Declared, path: Path, route: spec.Route) -> Iterator[Problem]:
    callee = declared.environment.workloads[route.callee]
    named = route.tcp or route.port
    place = (*path, "tcp" if route.tcp else "port" if route.port else "http")
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
    if route.http is not None and (workloads.has_sidecar(callee) or not workloads.hosts(callee)):
        yield from _http_port_problems(declared, place, route)
    if route.tcp:
        protocol = ports.protocol(callee, route.tcp, callee.ports[route.tcp])
        if ports.speaks_http(protocol):
            yield Problem(
                place,
                f"the port {route.tcp} of {route.callee} speaks {protocol}; tcp would open every method and path of it",
                "Use http: [{paths: [/*]}] and list what is needed",
            )


def _http_port_problems(declared: Declared, place: Path, route: spec.Route) -> Iterator[Problem]:
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
        first = owner.setdefault((_full(declared, route.caller), route.callee, _port_names(declared, route)), position)
        if first != position:
            yield Problem(
                ("routes", position),
                f"{route.caller} to {route.callee} at the same port is already routes[{first}]",
                "Merge the two into one",
            )


def _full(declared: Declared, caller: str) -> str:
    """ingress/CLUSTER/NAME also where only ingress/NAME is written."""
    found = ingress_clusters(declared, caller) if caller.startswith(INGRESS) else ()
    return f"{INGRESS}{found[0]}/{caller.rpartition('/')[2]}" if len(found) == 1 else caller


def _contested_paths(declared: Declared) -> Iterator[Problem]:
    """A gateway sends a request to one workload; two with the same path leave it open to which."""
    owner: dict[tuple[str, str, str], str] = {}
    for position, route in declared.routes:
        if not route.caller.startswith(INGRESS):
            continue
        for number, request in enumerate(route.http or ()):
            for path in dict.fromkeys(request.paths):
                keys = [(_full(declared, route.caller), path, method) for method in request.methods or ("",)]
                keys += [(*key[:2], "") for key in keys if key[2]]
                first = next((owner[key] for key in keys if owner.get(key, route.callee) != route.callee), None)
                if first:
                    yield Problem(
                        ("routes", position, "http", number),
                        f"{route.caller} already sends {path} to {first}; a request goes to one workload",
                        "Choose paths apart from each other",
                    )
                for key in keys:
                    owner.setdefault(key, route.callee)
