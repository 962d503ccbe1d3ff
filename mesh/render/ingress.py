"""Routes from ingress gateways, as what each gateway serves: its certificate, its hosts, and where each request goes.

A gateway serves a host only if a route leads there, and hands on only the requests that routes name; what it lets
in beyond that, and from where, is said once more by its policy (see authorization).
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from mesh import names, request_paths
from mesh.model import Cluster, Environment, Ingress, IngressGateway, IngressTls, KeyVault, Port, Route, Workload
from mesh.plan.resources import KubernetesObject, Secret
from mesh.render import cors, kubernetes, paths, traffic


@dataclass(frozen=True)
class _Way:
    """Where a gateway sends a path of a host."""

    path: str
    methods: tuple[str, ...]
    """Empty: all."""
    rewrite: str
    """Empty: the path stays as it is."""
    callee: Workload
    port: Port


HTTPS_PORT = 443
REDIRECT_PORT = 80


def objects(environment: Environment) -> tuple[KubernetesObject, ...]:
    return tuple(
        item
        for cluster in environment.clusters
        for gateway in cluster.ingress
        for item in _objects(environment, cluster, gateway)
    )


def routes_from(environment: Environment, cluster: Cluster, gateway: IngressGateway) -> tuple[Route, ...]:
    return tuple(route for route in environment.routes if route.caller == Ingress(cluster, gateway))


def served_hosts(routes: tuple[Route, ...]) -> list[str]:
    """The hosts to which some route leads."""
    return sorted({host for route in routes for request in route.requests for host in request.hosts})


def certificate_files(tls: IngressTls) -> dict[str, str]:
    """The keys of the secret with a gateway's certificates as istiod reads them, each with the file that holds it."""
    keys = ["tls.crt", "tls.key"]
    if tls.mode == "mutual":
        keys += ["ca.crt", *(["ca.crl"] if tls.revocation_list else [])]
    return {key: f"certificates/{tls.secret}/{key}" for key in sorted(keys)}


def _objects(environment: Environment, cluster: Cluster, gateway: IngressGateway) -> Iterator[KubernetesObject]:
    routes = routes_from(environment, cluster, gateway)
    if not routes or gateway.tls is None:
        return
    hosts = served_hosts(routes)
    if gateway.tls.source == "files":
        yield _secret(cluster, gateway.tls)
    https = _gateway(cluster, gateway, names.ingress_gateway(gateway), _https(gateway.tls, hosts))
    if isinstance(gateway.tls.source, KeyVault):
        # Its secret comes with pods that mount it. Until they run, clients are served as before.
        https = replace(https, depends_on=(kubernetes.release_name(cluster, names.ingress_gateway(gateway)),))
    yield https
    if gateway.redirect:
        # Apart from the other: no route is bound to it, so nothing can be reached in plain HTTP.
        yield _gateway(cluster, gateway, names.ingress_redirect(gateway), _redirect(hosts))
    for host in hosts:
        yield _virtual_service(environment, cluster, gateway, host)


def _secret(cluster: Cluster, tls: IngressTls) -> KubernetesObject:
    data = {key: Secret(file) for key, file in certificate_files(tls).items()}
    body = {"type": "kubernetes.io/tls", "stringData": data}
    return kubernetes.manifest(cluster, "v1", "Secret", names.INGRESS_NAMESPACE, tls.secret, body=body)


def _https(tls: IngressTls, hosts: list[str]) -> dict[str, Any]:
    return {
        "port": {"number": HTTPS_PORT, "name": "https", "protocol": "HTTPS"},
        # Of the gateways' own namespace: nobody else can bind routes to these hosts.
        "hosts": [f"./{host}" for host in hosts],
        "tls": {
            "mode": tls.mode.upper(),
            "credentialName": tls.secret,
            "minProtocolVersion": "TLSV1_2",
            **({"subjectAltNames": list(tls.client_names)} if tls.client_names else {}),
        },
    }


def _redirect(hosts: list[str]) -> dict[str, Any]:
    return {
        "port": {"number": REDIRECT_PORT, "name": "http", "protocol": "HTTP"},
        "hosts": hosts,
        "tls": {"httpsRedirect": True},
    }


def _gateway(cluster: Cluster, gateway: IngressGateway, name: str, server: dict[str, Any]) -> KubernetesObject:
    body = {"spec": {"selector": names.ingress_selector(gateway), "servers": [server]}}
    return kubernetes.manifest(cluster, kubernetes.NETWORKING, "Gateway", names.INGRESS_NAMESPACE, name, body=body)


def _virtual_service(
    environment: Environment, cluster: Cluster, gateway: IngressGateway, host: str
) -> KubernetesObject:
    """Called by its host, which is one gateway's only."""
    ways = _ways(host, routes_from(environment, cluster, gateway))
    spec = {
        "hosts": [host],
        "gateways": [names.ingress_gateway(gateway)],
        "exportTo": ["."],
        "http": [entry for way in ways for entry in _entries(environment, way)],
    }
    namespace = names.INGRESS_NAMESPACE
    return kubernetes.manifest(cluster, kubernetes.NETWORKING, "VirtualService", namespace, host, body={"spec": spec})


def _entries(environment: Environment, way: _Way) -> Iterator[dict[str, Any]]:
    rewrite = {"rewrite": {"uri": way.rewrite}} if way.rewrite else {}
    allowed = cors.of(environment, way.callee)
    policy = {"corsPolicy": cors.policy(allowed, way.methods)} if allowed else {}
    if allowed and way.methods and cors.PREFLIGHT not in way.methods:
        asking = {"uri": paths.match(way.path), **cors.preflight_match(allowed)}
        for entry in traffic.ways(environment, way.callee, way.port, [asking]):
            yield {**entry, **rewrite, **policy}
    matches = [_match(way.path, method) for method in way.methods or ("",)]
    for entry in traffic.ways(environment, way.callee, way.port, matches):
        yield {**entry, **rewrite, **policy}


def _ways(host: str, routes: tuple[Route, ...]) -> list[_Way]:
    """The most specific path first."""
    found: dict[tuple[str, str, Workload, Port], set[str]] = {}
    for route in routes:
        for request in route.requests:
            if host in request.hosts:
                for path in request.paths:
                    key = (path, request.rewrite or "", route.callee, route.port)
                    found.setdefault(key, set()).update(request.methods or ("",))
    ways = [
        _Way(path, () if "" in methods else tuple(sorted(methods)), rewrite, callee, port)
        for (path, rewrite, callee, port), methods in found.items()
    ]
    return sorted(ways, key=lambda way: (request_paths.most_specific_first(way.path), way.methods or ("",)))


def _match(path: str, method: str) -> dict[str, Any]:
    return {"uri": paths.match(path), **({"method": {"exact": method}} if method else {})}
