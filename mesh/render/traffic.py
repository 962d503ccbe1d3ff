"""Traffic, as one DestinationRule and one VirtualService per callee, on the clusters of its callers.

The DestinationRule is about connections to the callee's pods and machines, the VirtualService about HTTP requests
on their way there. What comes by an ingress gateway takes the same ways: its own VirtualService is made of them.
"""

from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any

from mesh import model, names, request_paths
from mesh.model import Cluster, Environment, Ingress, Port, Traffic, Workload
from mesh.plan.resources import KubernetesObject
from mesh.render import kubernetes, paths, placement

KEEPALIVE = {"time": "120s", "interval": "30s", "probes": 3}
"""Keepalive of every connection: Azure's load balancers and NAT drop one that is idle for four minutes."""
RETRIES = {"attempts": 2, "retryOn": "connect-failure,refused-stream"}
"""Default retries of HTTP calls: only a call that was not sent yet is retried."""

_CLUSTER = "topology.istio.io/cluster"
"""Istio's label of every endpoint, a gateway's too."""


def objects(environment: Environment) -> tuple[KubernetesObject, ...]:
    return tuple(
        item for cluster in environment.clusters for traffic in environment.traffic
        for item in _objects(environment, cluster, traffic)
    )  # fmt: skip


def ways(environment: Environment, callee: Workload, port: Port, matches: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The `route` entries of a VirtualService for matching requests, without strangler routes."""
    traffic = next((settings for settings in environment.traffic if settings.callee == callee), None)
    if traffic is None:
        return [{"match": matches, "route": [_destination(callee, port)]}]
    return list(_ways(traffic, port, matches))


def _objects(environment: Environment, cluster: Cluster, traffic: Traffic) -> Iterator[KubernetesObject]:
    callee = traffic.callee
    routes = [route for route in environment.routes if route.callee == callee]
    callers = {route.caller.namespace for route in routes if isinstance(route.caller, Workload)}
    at_gateways = {names.INGRESS_NAMESPACE} if any(isinstance(route.caller, Ingress) for route in routes) else set()
    if traffic.split and callee.clusters:
        # An east-west gateway hands on a call of a version only if it knows the versions.
        at_gateways.add(names.SYSTEM_NAMESPACE)
    policy = _policy(traffic)
    acts_on = placement.called_from(environment, callee)
    if traffic.split:
        acts_on |= placement.runs_on(callee)
    if cluster.name in acts_on and (policy or traffic.split):
        known_to = sorted({callee.namespace, *callers, *at_gateways})
        for host in names.hosts(callee):
            spec: dict[str, Any] = {"host": host, "exportTo": known_to, **({"trafficPolicy": policy} if policy else {})}
            if traffic.split:
                spec["subsets"] = [{"name": version, "labels": {"version": version}} for version, _ in traffic.split]
            yield _manifest(cluster, callee, "DestinationRule", _name(callee, host), spec)
    http = [way for port in callee.ports if port.is_http for way in _mesh_ways(traffic, port)]
    if http and cluster.name in placement.sidecars_from(environment, callee) and _acts_on_requests(traffic):
        known_to = sorted({callee.namespace, *callers})
        spec = {"hosts": list(names.hosts(callee)), "exportTo": known_to, "http": http}
        yield _manifest(cluster, callee, "VirtualService", callee.name, spec)


def _manifest(cluster: Cluster, callee: Workload, kind: str, name: str, spec: dict[str, Any]) -> KubernetesObject:
    labels = names.selector(callee)
    return kubernetes.manifest(
        cluster, kubernetes.NETWORKING, kind, callee.namespace, name, labels=labels, body={"spec": spec}
    )


def _name(callee: Workload, host: str) -> str:
    return callee.name if len(names.hosts(callee)) == 1 else f"{callee.name}-{host}"


def _acts_on_requests(traffic: Traffic) -> bool:
    return any(
        (
            traffic.timeout,
            traffic.retries,
            traffic.split,
            traffic.headers,
            traffic.mirror,
            traffic.strangler,
            traffic.delay,
            traffic.abort,
        )
    )


def _mesh_ways(traffic: Traffic, port: Port) -> Iterator[dict[str, Any]]:
    at_port = {"port": port.service}
    moved = [(path, move) for move in traffic.strangler for path in move.paths]
    for path, move in sorted(moved, key=lambda item: request_paths.most_specific_first(item[0])):
        matches = [{**at_port, "uri": paths.match(path)}]
        destinations = _weighted(
            [
                (_destination(move.to, move.port), move.percent),
                (_destination(traffic.callee, port), 100 - move.percent),
            ]
        )
        yield from _tried_again(traffic, matches, {"route": destinations})
    yield from _ways(traffic, port, [at_port])


def _ways(traffic: Traffic, port: Port, matches: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    copied = {"mirrors": [_mirror(traffic.callee, port, traffic.mirror)]} if traffic.mirror else {}
    for header in traffic.headers:
        narrower = [{**match, "headers": {header.header: {"exact": header.value}}} for match in matches]
        is_there = traffic.mirror is not None and traffic.mirror.to == header.version
        way = {"route": [_destination(traffic.callee, port, header.version)], **({} if is_there else copied)}
        yield from _tried_again(traffic, narrower, way)
    shares = [(_destination(traffic.callee, port, version), share) for version, share in traffic.split]
    yield from _tried_again(
        traffic, matches, {"route": _weighted(shares or [(_destination(traffic.callee, port), 100)]), **copied}
    )


def _tried_again(traffic: Traffic, matches: list[dict[str, Any]], way: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """The way with its time and faults; and with retries, for the methods that have some, before the others."""
    way = {**way, **_time(traffic), **_fault(traffic)}
    if traffic.retries is None:
        yield {"match": matches, **way}
        return
    methods = traffic.retries.methods
    again = [
        {"method": {"regex": "|".join(methods)}, **match}
        for match in matches
        if "method" not in match or match["method"]["exact"] in methods
    ]
    once = [match for match in matches if "method" not in match or match["method"]["exact"] not in methods]
    if again:
        yield {"match": again, **way, "retries": _retries(traffic.retries)}
    if once:
        yield {"match": once, **way}


def _retries(retries: model.Retries) -> dict[str, Any]:
    return {
        "attempts": retries.attempts,
        **({"perTryTimeout": _seconds(retries.per_try)} if retries.per_try else {}),
        "retryOn": ",".join(retries.after),
    }


def _time(traffic: Traffic) -> dict[str, Any]:
    return {"timeout": _seconds(traffic.timeout)} if traffic.timeout else {}


def _fault(traffic: Traffic) -> dict[str, Any]:
    fault: dict[str, Any] = {}
    if traffic.delay:
        fault["delay"] = {
            "fixedDelay": _seconds(traffic.delay.duration),
            "percentage": {"value": traffic.delay.percent},
        }
    if traffic.abort:
        fault["abort"] = {"httpStatus": traffic.abort.status, "percentage": {"value": traffic.abort.percent}}
    return {"fault": fault} if fault else {}


def _mirror(callee: Workload, port: Port, mirror: model.Mirror) -> dict[str, Any]:
    if isinstance(mirror.to, str):
        copy = _destination(callee, port, mirror.to)
    else:
        copy = _destination(mirror.to, mirror.port or port)
    return {**copy, "percentage": {"value": mirror.percent}}


def _destination(callee: Workload, port: Port, version: str | None = None) -> dict[str, Any]:
    subset = {"subset": version} if version else {}
    return {"destination": {"host": names.host(callee), "port": {"number": port.service}, **subset}}


def _weighted(shares: Sequence[tuple[dict[str, Any], int]]) -> list[dict[str, Any]]:
    some = [(destination, share) for destination, share in shares if share]
    if len(some) == 1:
        return [some[0][0]]
    return [{**destination, "weight": share} for destination, share in some]


def _policy(traffic: Traffic) -> dict[str, Any]:
    policy: dict[str, Any] = {}
    if traffic.connections:
        policy["connectionPool"] = _connection_pool(traffic.callee, traffic.connections)
    if traffic.outliers:
        policy["outlierDetection"] = {
            "consecutive5xxErrors": traffic.outliers.errors,
            "interval": _seconds(traffic.outliers.interval),
            "baseEjectionTime": _seconds(traffic.outliers.ejection),
            "maxEjectionPercent": traffic.outliers.max_percent,
        }
        # Said outright: with outlier detection alone, Istio already sends every call to the caller's own zone.
        policy["loadBalancer"] = {"localityLbSetting": _failover(traffic.failover)}
    if traffic.affinity:
        policy["loadBalancer"] = {**policy.get("loadBalancer", {}), "consistentHash": _session(traffic.affinity)}
    return policy


def _session(affinity: model.Affinity) -> dict[str, Any]:
    """Without a ttl, Envoy makes no cookie where a call has none; with 0s it lasts as long as the browser's session."""
    if affinity.cookie:
        return {"httpCookie": {"name": affinity.cookie, "ttl": "0s"}}
    return {"httpHeaderName": affinity.header}


def _failover(failover: str | None) -> dict[str, Any]:
    match failover:
        case None:
            return {"enabled": False}
        case model.NEAREST:
            return {"enabled": True}
        case model.OWN_CLUSTER:
            return {"enabled": True, "failoverPriority": [_CLUSTER]}
    return {"enabled": True, "failoverPriority": [f"{_CLUSTER}={failover}"]}


def _connection_pool(callee: Workload, limits: model.Connections) -> dict[str, Any]:
    keepalive = limits.keepalive
    tcp = {
        "maxConnections": limits.most,
        "connectTimeout": _seconds(limits.connect),
        "idleTimeout": _seconds(limits.idle),
        "tcpKeepalive": _said(
            {
                "time": _seconds(keepalive.idle),
                "interval": _seconds(keepalive.interval),
                "probes": keepalive.probes,
            }
        )
        if keepalive
        else None,
    }
    http = {
        "idleTimeout": _seconds(limits.idle) if any(port.is_http for port in callee.ports) else None,
        "http1MaxPendingRequests": limits.pending,
        "http2MaxRequests": limits.requests,
        "maxRequestsPerConnection": limits.per_connection,
    }
    return _said({"tcp": _said(tcp), "http": _said(http)})


def _said(settings: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in settings.items() if value not in (None, {})}


def _seconds(time: timedelta | None) -> str | None:
    """As Istio reads it, whichever of its readers does."""
    return None if time is None else f"{time.total_seconds():g}s"
