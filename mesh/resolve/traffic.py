"""Declared traffic, into the model's: how each workload is called, by whom its routes let call it."""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from mesh import model
from mesh.declaration import spec, spelling
from mesh.declaration.calls import Call
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem
from mesh.declaration.spec import traffic as declarations
from mesh.resolve import callers, diversions, failover, ports, references, versions

_HTTP_ONLY = ("timeout", "retries", "affinity", "cors", "split", "headers", "mirror", "strangler", "inject")
_HTTP_LIMITS = ("pending", "requests", "per_connection")
_GRPC_CAUSES = frozenset({"cancelled", "deadline-exceeded", "internal", "resource-exhausted", "unavailable"})
_AFTER_SILENCE = frozenset({"reset", "gateway-error", "5xx"})
"""Envoy's retry conditions for a try that took too long. The status 504 is only the final answer."""
_AZURE_FORGETS = timedelta(minutes=4)
"""A connection that is idle for so long, by default: load balancers and NAT gateways."""


def resolved(declared: Declared, by_workload: Mapping[str, model.Workload]) -> tuple[model.Traffic, ...]:
    return tuple(
        _traffic(declared, by_workload[name], traffic, by_workload)
        for name, traffic in sorted(declared.environment.traffic.items())
    )


def problems(declared: Declared) -> Iterator[Problem]:
    for name, traffic in declared.environment.traffic.items():
        path: Path = ("traffic", name)
        yield from references.problems(declared, path, "workloads", name)
        callee = declared.environment.workloads.get(name)
        if callee is None:
            continue
        if not traffic.model_fields_set:
            yield Problem(path, "it says nothing", "Add a timeout, say, or remove it")
        elif routes := [route for _, route in declared.routes if route.callee == name]:
            yield from _connection_problems((*path, "connections"), traffic)
            yield from _affinity_problems((*path, "affinity"), traffic)
            yield from _cors_problems((*path, "cors"), name, traffic, routes)
            yield from failover.problems(declared, (*path, "failover"), name, traffic)
            if all(route.network for route in routes):
                yield Problem(path, f"only callers without a sidecar call {name}, and no sidecar steers their calls",
                              "Remove it")  # fmt: skip
            elif all(route.http is None for route in routes):
                yield from _http_problems(path, name, traffic)
            else:
                yield from _retry_problems((*path, "retries"), traffic, callee)
                yield from versions.problems(path, name, callee, traffic)
                yield from diversions.problems(declared, path, name, traffic)
                yield from _fault_problems(declared, (*path, "inject"), traffic)
        elif not any(part[0] == "routes" for part in declared.broken):
            yield Problem(path, f"no route leads to {name}, so nobody calls it", "Add a route, or remove this")


def _traffic(
    declared: Declared,
    callee: model.Workload,
    traffic: declarations.Traffic,
    by_workload: Mapping[str, model.Workload],
) -> model.Traffic:
    retries, outliers, inject = traffic.retries, traffic.outliers, traffic.inject or declarations.Inject()
    return model.Traffic(
        callee=callee,
        timeout=traffic.timeout,
        retries=model.Retries(
            retries.attempts, retries.per_try, tuple(sorted(set(retries.after))), tuple(sorted(set(retries.methods)))
        )
        if retries
        else None,
        outliers=_outliers(outliers, traffic.failover) if outliers else None,
        connections=_connections(traffic.connections) if traffic.connections else None,
        failover=traffic.failover,
        affinity=model.Affinity(traffic.affinity.cookie, traffic.affinity.header) if traffic.affinity else None,
        cors=_cors(traffic.cors) if traffic.cors else None,
        split=tuple(sorted(traffic.split.items())),
        headers=tuple(model.HeaderMatch(match.header, match.value, match.to) for match in traffic.headers),
        mirror=diversions.mirror(declared, traffic, by_workload),
        strangler=diversions.moves(declared, traffic, by_workload),
        delay=model.Delay(inject.delay.duration, inject.delay.percent) if inject.delay else None,
        abort=model.Abort(inject.abort.status, inject.abort.percent) if inject.abort else None,
    )


def _outliers(outliers: declarations.Outliers, failover_to: str | None) -> model.Outliers:
    most = outliers.max_percent or (100 if failover_to else 50)
    return model.Outliers(outliers.errors, outliers.interval, outliers.ejection, most)


def _connections(limits: declarations.Connections) -> model.Connections:
    keepalive = limits.keepalive
    return model.Connections(
        most=limits.max,
        connect=limits.connect,
        idle=limits.idle,
        pending=limits.pending,
        requests=limits.requests,
        per_connection=limits.per_connection,
        keepalive=model.KeepAlive(keepalive.idle, keepalive.interval, keepalive.probes) if keepalive else None,
    )


def _cors(cors: declarations.Cors) -> model.Cors:
    origins, headers, expose = (tuple(sorted(set(each))) for each in (cors.origins, cors.headers, cors.expose))
    return model.Cors(origins, headers, expose, cors.credentials, cors.max_age)


def _cors_problems(path: Path, name: str, traffic: declarations.Traffic, routes: list[Call]) -> Iterator[Problem]:
    if cors := traffic.cors:
        for key in ("origins", "headers", "expose"):
            yield from references.repetitions((*path, key), getattr(cors, key), key.removesuffix("s"))
        if not any(route.caller.startswith(callers.INGRESS) for route in routes):
            yield Problem(path, f"browsers come by an ingress gateway, and no route leads from one to {name}",
                          "Add such a route, or remove cors")  # fmt: skip


def _affinity_problems(path: Path, traffic: declarations.Traffic) -> Iterator[Problem]:
    affinity = traffic.affinity
    if affinity and (affinity.cookie is None) == (affinity.header is None):
        said = "it names both a cookie and a header" if affinity.cookie else "it names neither a cookie nor a header"
        yield Problem(path, f"{said}; a session has one name", "Write {cookie: sid}, or {header: x-session}")


def _http_problems(path: Path, name: str, traffic: declarations.Traffic) -> Iterator[Problem]:
    """Settings that need HTTP, which a proxy cannot apply to TCP."""
    for key in _HTTP_ONLY:
        if key in traffic.model_fields_set:
            yield Problem(
                (*path, key),
                f"{key} is for HTTP, and the routes to {name} are all tcp",
                "Remove it; connections, outliers and failover are for tcp too",
            )
    limits = traffic.connections
    for key in _HTTP_LIMITS:
        if limits and key in limits.model_fields_set:
            yield Problem(
                (*path, "connections", key),
                f"{key} counts HTTP requests, and the routes to {name} are all tcp",
                "Remove it; max limits connections",
            )


def _retry_problems(path: Path, traffic: declarations.Traffic, callee: spec.Workload) -> Iterator[Problem]:
    retries = traffic.retries
    if retries is None:
        return
    tries = retries.attempts + 1
    together = spelling.time(tries * retries.per_try) if retries.per_try else ""
    if traffic.timeout and retries.per_try and tries * retries.per_try > traffic.timeout:
        yield Problem(
            (*path, "per_try"),
            f"{tries} tries of {spelling.time(retries.per_try)} take {together}, and the timeout ends them after "
            f"{spelling.time(traffic.timeout)}",
            f"Raise timeout to {together}, or lower per_try or attempts",
        )
    if retries.per_try and not _AFTER_SILENCE & set(retries.after):
        yield Problem(
            (*path, "per_try"),
            f"no try follows one that took {spelling.time(retries.per_try)}, so the call would end there",
            "Add reset to after, or remove per_try",
        )
    speaks = {
        ports.protocol(callee, port_name, port)
        for port_name, port in callee.ports.items()
        if ports.speaks_http(ports.protocol(callee, port_name, port))
    }
    if speaks == {"grpc"} and "POST" not in retries.methods:
        yield Problem(
            path,
            "every call of grpc is a POST, which is not made twice unless that is said",
            "Add methods: [POST] if the calls may be made twice, or remove retries",
        )
    for position, cause in enumerate(retries.after):
        if cause in _GRPC_CAUSES and "grpc" not in speaks:
            yield Problem(
                (*path, "after", position), f"{cause} is an answer of grpc, which no port speaks", "Remove it"
            )
    yield from references.repetitions((*path, "after"), retries.after, "failure")
    yield from references.repetitions((*path, "methods"), retries.methods, "method")


def _connection_problems(path: Path, traffic: declarations.Traffic) -> Iterator[Problem]:
    limits = traffic.connections
    if limits is None:
        return
    keepalive = limits.keepalive
    if not limits.model_fields_set:
        yield Problem(path, "it says nothing", "Add max, say, or remove it")
    if keepalive and not keepalive.model_fields_set:
        yield Problem((*path, "keepalive"), "it says nothing", "Add idle, say, or remove it")
    if keepalive and keepalive.idle and keepalive.idle >= _AZURE_FORGETS:
        yield Problem(
            (*path, "keepalive", "idle"),
            f"{spelling.time(keepalive.idle)} is too late: Azure drops a connection that is idle for "
            f"{spelling.time(_AZURE_FORGETS)}",
            "Write 2m",
        )
    whole_seconds = timedelta(seconds=1)
    for key in ("idle", "interval"):
        time: timedelta | None = getattr(keepalive, key, None)
        if time and time % whole_seconds:
            yield Problem(
                (*path, "keepalive", key),
                f"{spelling.time(time)} is not a whole number of seconds",
                "Write one such as 30s",
            )


def _fault_problems(declared: Declared, path: Path, traffic: declarations.Traffic) -> Iterator[Problem]:
    if traffic.inject is None:
        return
    if declared.environment.production:
        yield Problem(
            path,
            "this is a production environment, where faults are not allowed",
            "Remove inject, and test faults in another environment",
        )
    elif traffic.inject.delay is None and traffic.inject.abort is None:
        yield Problem(path, "it says nothing", "Add delay or abort, or remove it")
