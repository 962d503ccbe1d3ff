"""Ingress gateways that accept or forward more than their routes."""

from collections.abc import Iterator

from mesh import request_paths
from mesh.access import matrix
from mesh.access.attempts import Request
from mesh.access.istio import gateways
from mesh.access.judge import HTTPS_PORT
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.findings.gateways.served import Served, example, served

GATEWAY_WIDER_THAN_DECLARED = Kind(
    code="gateway-wider-than-declared",
    severity="error",
    what="A gateway serves hosts, or leads requests on, that no route declares.",
    why="Then only the callee's policy keeps undeclared requests from it.",
    example="ingress/public: east/istio-ingress/Gateway/public: server 1 serves admin.example.com, which no route is "
    "for",
    fix="Narrow the Gateway's hosts, the VirtualService or the gateway's policy to the declared routes.",
)
HOST_WITHOUT_ROUTE = Kind(
    code="host-without-route",
    severity="warning",
    what="A host of a gateway leads nowhere.",
    why="Clients who call it get no answer, and its DNS entry and certificate are kept up for nothing.",
    example="ingress/public old.example.com: no route leads on from it",
    fix="Declare a route for it, or remove the host from the gateway.",
)
KINDS = (GATEWAY_WIDER_THAN_DECLARED, HOST_WITHOUT_ROUTE)

_STRANGE_PORT = 1
"""At which no gateway listens: only rules for every port have it."""


def findings(context: Context) -> Iterator[Finding]:
    for gateway in served(context):
        for host in gateway.declared.hosts:
            if host not in gateway.hosts:
                yield Finding(HOST_WITHOUT_ROUTE, f"{gateway.name} {host}", "no route leads on from it")
        for text in (*_beyond_servers(gateway), *(_beyond_requests(gateway) if gateway.allowances else ())):
            yield Finding(GATEWAY_WIDER_THAN_DECLARED, gateway.name, text)


def _beyond_servers(served: Served) -> Iterator[str]:
    for port in sorted(served.gateway.ports):
        for server in served.servers(port):
            redirects = served.declared.redirect and server.tls.get("httpsRedirect")
            if port != HTTPS_PORT and not redirects:
                yield f"{server.by} serves port {port}, which is not declared"
            elif more := sorted(server.names - served.hosts):
                yield f"{server.by} serves {', '.join(more)}, which no route is for"


def _beyond_requests(served: Served) -> Iterator[str]:
    """Requests that no route declares, on the hosts of those that are declared."""
    first = example(served.allowances[0].requests[0])
    if by := served.lets_in(served.declared.clients[0], first, _STRANGE_PORT):
        yield f"{by} lets clients in at any port"
    told_apart = served.applied.vocabulary()
    for host in sorted(served.hosts):
        for path in _tried(served, host, told_apart.paths):
            declared = [allowance.methods_at(host, path) for allowance in served.allowances]
            if None in declared:
                continue
            methods = frozenset[str]().union(
                *(methods_of_request for methods_of_request in declared if methods_of_request)
            )
            if not methods:
                yield from _led_on(served, host, path)
            for method in sorted({"GET", "POST", "ANYTHING", *told_apart.methods} - methods):
                if by := served.lets_in(served.declared.clients[0], Request(method, path, host)):
                    yield f"{by} lets {method} {host}{path} in"


def _led_on(served: Served, host: str, path: str) -> Iterator[str]:
    registry, proxy = served.world.registry, served.gateway.instance.proxy
    routed = gateways.bound(served.mesh, registry, proxy, HTTPS_PORT, host, Request("GET", path, host))
    if routed.destinations:
        yield f"{routed.by} leads {host}{path} on"


def _tried(served: Served, host: str, told_apart: frozenset[str]) -> list[str]:
    """Paths that are declared, that rules tell from others, and some near them."""
    patterns = {
        path
        for allowance in served.allowances
        for request in allowance.requests
        if host in request.hosts
        for path in request.paths
    }
    patterns |= set(map(matrix.example, told_apart))
    holes = {example for path in patterns if request_paths.has_hole(path) for example in request_paths.examples(path)}
    plain = {path.rstrip("/*") for path in patterns if not request_paths.has_hole(path)}
    near = {path + end for path in (*holes, *plain) for end in ("", "-any", "/any/thing")}
    return sorted({"/", "/any/thing", *(path for path in near if path)})
