"""Where VirtualServices lead a call that a sidecar makes; without any, to the host's own port.

What istiod makes of them: istio/istio pilot/pkg/networking/core/{route/route,httproute,tls}.go.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from ipaddress import ip_address, ip_network

from mesh.access.attempts import Request
from mesh.access.istio import cors, hosts, http_matches, paths, route_rules, scoping
from mesh.access.istio.http_matches import Heard
from mesh.access.istio.meshes import Mesh, Proxy
from mesh.access.istio.route_rules import SIDECARS, Match, Rule, Share, VirtualService
from mesh.access.istio.services import Registry, Service


@dataclass(frozen=True)
class Destination:
    host: str
    port: int
    subset: str | None = None
    weight: int = 100
    lost: str = ""
    """Why a call that is sent there ends: what is sent there is answered 503. Empty where it does not."""


@dataclass(frozen=True)
class Routed:
    """Without destinations the proxy answers by itself or closes the connection, and `text` says why.

    By nothing: no VirtualService has a say, and the call goes where it was meant to.
    """

    destinations: tuple[Destination, ...]
    by: str
    text: str
    request: Request | None = None
    """As the callee gets it: a rule may rewrite it."""
    mirrored: tuple[Destination, ...] = ()
    """The destinations of mirrored requests."""


def destinations(
    mesh: Mesh, registry: Registry, proxy: Proxy, host: str, port: int, request: Request | None, sni: str | None = None
) -> Routed:
    """For a call that the sidecar knows the host of. `sni` where it is TLS already before the sidecar gets it."""
    service = scoping.knowledge(mesh, registry, proxy, host, port).service
    listener = scoping.scope(mesh, proxy).listener(port)
    opened = service.port(port) if service else None
    if service is None or listener is None or opened is None:
        return Routed((Destination(host, port),), "", "", request)
    own = Destination(service.alias_of or (host if service.host.startswith("*") else service.host), port)
    named = route_rules.of(mesh).for_sidecars(proxy.namespace, listener, service.host)
    if opened.is_tls:
        rules = [rule for each in named for rule in each.tls]
        found = tls_rule(rules, proxy, port, SIDECARS, sni, service.addresses)
        if found is None and any(rule.concerning(proxy, port, SIDECARS) for rule in rules):
            said = sni or "a call without a server name"
            return Routed((), rules[0].by, f"the sidecar's VirtualServices for {host}:{port} leave out {said}", request)
    elif opened.is_http or (opened.is_sniffed and request is not None):
        if request is None:
            by = f"{service.origin}: port {opened.name}"
            return Routed((), by, f"{host}:{port} is {opened.protocol} to the sidecar, which refuses all else")
        return _http(mesh, registry, proxy, service, port, request, named, own)
    else:
        found = tcp_rule([rule for each in named for rule in each.tcp], proxy, port, SIDECARS, service.addresses)
    return led(registry, proxy, found, port, request) if found else Routed((own,), "", "", request)


def _http(
    mesh: Mesh,
    registry: Registry,
    proxy: Proxy,
    service: Service,
    port: int,
    request: Request,
    named: tuple[VirtualService, ...],
    own: Destination,
) -> Routed:
    for virtual_service in _in_charge(named, service.host):
        rules = list(virtual_service.concerning(proxy, port, SIDECARS))
        if rules:  # else it says nothing of the port, and the next may
            return answered(mesh, registry, proxy, rules, request, request.host or service.host, port, "http")
    return Routed((own,), "", "", request)


def _in_charge(named: tuple[VirtualService, ...], host: str) -> list[VirtualService]:
    """All that name the host itself, of which the first counts that speaks of the port; else the closest wildcard's."""
    exact = [each for each in named if host in each.hosts]
    if exact:
        return exact
    closest = hosts.most_specific((name for each in named for name in each.hosts), host)
    return [each for each in named if closest in each.hosts][:1]


def answered(
    mesh: Mesh,
    registry: Registry,
    proxy: Proxy,
    rules: list[tuple[Rule, Match]],
    request: Request,
    host: str,
    port: int,
    scheme: str,
) -> Routed:
    """By the first of the rules that matches a request, and 404 where none does."""
    path = paths.normalized(request.path, mesh.settings.normalization)
    if path is None:
        return Routed((), rules[0][0].by, f"the proxy answers 400 to the path {request.path}", request)
    heard = Heard.of(request, path, host, scheme)
    for rule, match in rules:
        if match.accepts(heard):
            if cors.answers(rule.spec, heard):
                return Routed((), rule.by, f"{rule.by} has the proxy answer the browser itself (CORS)", request)
            return _by_http_rule(registry, proxy, rule, match, request, path, port)
    asked = f"{request.method} {request.path} of {host}:{port}"
    origin = rules[0][0].by.partition(": ")[0]
    return Routed((), origin, f"no rule of {origin} matches {asked}: the proxy answers 404", request)


def _by_http_rule(
    registry: Registry, proxy: Proxy, rule: Rule, match: Match, request: Request, path: str, port: int
) -> Routed:
    abort = rule.spec.get("fault", {}).get("abort")
    # An abort without a percentage happens never: the API's reference, HTTPFaultInjection.Abort.
    if abort and abort.get("percentage", {}).get("value", 0) >= 100:
        status = abort.get("httpStatus") or abort.get("grpcStatus")
        return Routed((), rule.by, f"{rule.by} has the proxy answer {status} to every call", request)
    if "redirect" in rule.spec:
        to = rule.spec["redirect"].get("authority", "") + rule.spec["redirect"].get("uri", "")
        return Routed((), rule.by, f"{rule.by} has the proxy redirect the client to {to or 'another address'}", request)
    if "directResponse" in rule.spec:
        status = rule.spec["directResponse"].get("status")
        return Routed((), rule.by, f"{rule.by} has the proxy answer {status} by itself", request)
    return led(registry, proxy, rule, port, _rewritten(rule, match, request, path))


def _rewritten(rule: Rule, match: Match, request: Request, path: str) -> Request:
    """The path and the host as the rule changes them, then the headers of the whole rule."""
    rewrite, said = rule.spec.get("rewrite", {}), match.spec.get("uri", {})
    query = request.path[len(request.path.partition("?")[0]) :]
    if expression := rewrite.get("uriRegexRewrite"):
        compiled = http_matches.expression(expression["match"])
        path = compiled.sub(expression["rewrite"].replace(r"\0", r"\g<0>"), path) if compiled else path
    elif uri := rewrite.get("uri"):
        # Of a prefix only that part is replaced, of all else the whole path.
        path = uri + path[len(said.get("prefix", "/")) :] if "prefix" in said or not said else uri
    operations = rule.spec.get("headers", {}).get("request", {})
    headers = dict(request.headers)
    for name in operations.get("remove", ()):
        headers.pop(name.lower(), None)
    for name, value in operations.get("set", {}).items():
        headers[name.lower()] = value
    for name, value in operations.get("add", {}).items():
        before = headers.get(name.lower())
        headers[name.lower()] = value if before is None else f"{before},{value}"
    host = rewrite.get("authority") or headers.pop("host", None) or headers.pop(":authority", None) or request.host
    return replace(request, path=path + query, host=host, headers=tuple(headers.items()))


def tls_rule(
    rules: Iterable[Rule], proxy: Proxy, port: int, gateway: str, sni: str | None, addresses: tuple[str, ...]
) -> Rule | None:
    """The one whose server names are the closest to what a client says; of equals the first."""
    rules_by_sni: list[tuple[str, Rule]] = []
    for rule in rules:
        for match in rule.concerning(proxy, port, gateway):
            names = match.spec.get("sniHosts", ())
            if _goes_there(match, addresses) and sni and (closest := hosts.most_specific(names, sni)):
                rules_by_sni.append((closest, rule))
    best = hosts.most_specific((name for name, _ in rules_by_sni), sni or "")
    return next((rule for name, rule in rules_by_sni if name == best), None)


def tcp_rule(rules: Iterable[Rule], proxy: Proxy, port: int, gateway: str, addresses: tuple[str, ...]) -> Rule | None:
    for rule in rules:
        if any(_goes_there(match, addresses) for match in rule.concerning(proxy, port, gateway)):
            return rule
    return None


def _goes_there(match: Match, addresses: tuple[str, ...]) -> bool:
    """Whether one of a service's own addresses is in the subnets that a match asks for, if it asks."""
    try:
        subnets = [ip_network(subnet, strict=False) for subnet in match.spec.get("destinationSubnets", ())]
    except ValueError:
        return False  # istiod makes no route of it
    known = [ip_address(address.partition("/")[0]) for address in addresses]
    return not subnets or any(address in subnet for address in known for subnet in subnets)


def led(registry: Registry, proxy: Proxy, rule: Rule, port: int, request: Request | None) -> Routed:
    """To what a rule names, in the shares that it says."""
    shares = rule.shares
    total = sum(share.weight for share in shares)
    found = tuple(
        _destination(registry, proxy, share, port, round(100 * share.weight / total) if len(shares) > 1 else 100)
        for share in shares
    )
    if not found:
        return Routed((), rule.by, f"{rule.by} leads nowhere", request)
    mirrored = tuple(_destination(registry, proxy, share, port, 0) for share in rule.mirrors)
    return Routed(found, rule.by, f"{rule.by} leads to {' and '.join(map(_named, found))}", request, mirrored)


def _destination(registry: Registry, proxy: Proxy, share: Share, port: int, weight: int) -> Destination:
    """A port that is not named is the service's only one, else that which was called."""
    service, number = scoping.destination(registry, proxy, share.host), share.port
    if number is None:
        number = service.ports[0].number if service and len(service.ports) == 1 else port
    lost = ""
    if service is None:
        lost = f"the istiod of cluster {proxy.cluster} knows no {share.host} that {proxy.namespace} may see"
    elif service.port(number) is None:
        lost = f"{service.origin} has no port {number}"
    actual = service.alias_of if service and service.alias_of else share.host
    return Destination(actual, number, share.subset, weight, lost)


def _named(destination: Destination) -> str:
    subset = f" ({destination.subset})" if destination.subset else ""
    share = f", {destination.weight} %" if destination.weight != 100 else ""
    return f"{destination.host}:{destination.port}{subset}{share}"
