"""Where VirtualServices at ingress gateways lead requests, rule by rule, held against the routes that come by them."""

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

from mesh import names, request_paths
from mesh.access.declared import Allowance
from mesh.access.istio import cors, route_rules
from mesh.access.istio.gateway_servers import Server
from mesh.access.istio.route_rules import Rule, Share
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.findings.gateways.served import Served, served

REQUESTS_LED_ELSEWHERE = Kind(
    code="requests-led-elsewhere",
    severity="error",
    what="A VirtualService of an ingress gateway leads requests to a workload for which no route declares them.",
    why="Clients of the gateway then reach a workload that the routes do not show to be open to them.",
    example="east/istio-ingress/VirtualService/shop.example.com: http 2: leads * shop.example.com/admin/* to "
    "ledger.finance.svc.cluster.local:9000",
    fix="Narrow the rule to the declared requests and their workload, or declare the route.",
)
KINDS = (REQUESTS_LED_ELSEWHERE,)


def findings(context: Context) -> Iterator[Finding]:
    for gateway in served(context):
        for port in sorted(gateway.gateway.ports):
            for server in gateway.servers(port):
                yield from _of_server(gateway, server)


def _of_server(served: Served, server: Server) -> Iterator[Finding]:
    proxy = served.gateway.instance.proxy
    for virtual_service in route_rules.of(served.mesh).at(server.gateway, proxy.namespace):
        for host in dict.fromkeys(server.shared(virtual_service)):
            for rule in virtual_service.http:
                yield from _of_rule(served, server, host, rule)
            for rule in (*virtual_service.tls, *virtual_service.tcp):
                yield Finding(REQUESTS_LED_ELSEWHERE, rule.by, f"leads {host} on without reading its requests")


def _of_rule(served: Served, server: Server, host: str, rule: Rule) -> Iterator[Finding]:
    concerning = rule.concerning(served.gateway.instance.proxy, server.port, server.gateway)
    matches = [match for match in concerning if not cors.only_preflights(rule.spec, match.spec)]
    asked = [pair for match in matches for pair in product(_methods(match.spec), _paths(match.spec))]
    for share in (*rule.shares, *rule.mirrors):
        meant = [allowance for allowance in served.allowances if _leads_to(share, allowance)]
        for method, path in dict.fromkeys(asked):
            if not any(allowance.has(method, path, host) for allowance in meant):
                where = f"{share.host}:{share.port}" if share.port else share.host
                text = f"leads {method or '*'} {host}{path} to {where}"
                yield Finding(REQUESTS_LED_ELSEWHERE, rule.by, text)


def _leads_to(share: Share, allowance: Allowance) -> bool:
    callee = allowance.callee
    number = share.port or (callee.ports[0].service if len(callee.ports) == 1 else None)
    return share.host in names.hosts(callee) and number == allowance.port.service


def _methods(match: Mapping[str, Any]) -> tuple[str, ...]:
    """Those that a match takes; "" where it is all of them, or no list."""
    match match.get("method"):
        case {"exact": method}:
            return (method,)
        case {"regex": listed} if all(method.isalpha() for method in listed.split("|")):
            return tuple(listed.split("|"))
    return ("",)


def _paths(match: Mapping[str, Any]) -> tuple[str, ...]:
    """As routes declare them: a prefix ends with a star."""
    match match.get("uri"):
        case {"exact": path}:
            return (path,)
        case {"prefix": path}:
            return (f"{path}*",)
        case {"regex": expression}:
            return (request_paths.pattern(expression) or "/*",)
    return ("/*",)
