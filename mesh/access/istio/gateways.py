"""Gateways: the requests that their servers accept, and where bound VirtualServices send them.

What istiod makes of them: istio/istio pilot/pkg/networking/core/gateway.go.
"""

from mesh.access.attempts import Certificate, Outcome, Request, Step
from mesh.access.istio import gateway_servers, hosts, http_matches, route_rules, scoping, virtual_services
from mesh.access.istio.gateway_servers import Server
from mesh.access.istio.meshes import Mesh, Proxy
from mesh.access.istio.route_rules import Match, Rule
from mesh.access.istio.services import Registry
from mesh.access.istio.virtual_services import Routed

CROSS_NETWORK_PORT = 15443


def admission(
    mesh: Mesh, proxy: Proxy, port: int, host: str, certificate: Certificate | None, *, plaintext: bool = False
) -> Step:
    """Whether a client gets past the handshake; `host` is the server name that it asks for, in plaintext the host."""
    opened = gateway_servers.opened(mesh, proxy, port)
    if not opened:
        return _step("Istio's default: no Gateway", "stops", f"no Gateway that selects this proxy opens port {port}")
    server = gateway_servers.answering(opened, host, plaintext=plaintext)
    if server is None:
        spoken = "plain text" if plaintext else f"TLS for {host}"
        names = " and ".join(sorted({opening.by for opening in opened}))
        text = f"{names}: port {port} is not open to {spoken}"
        return _step(opened[0].by, "stops", text)
    if plaintext:
        if server.tls.get("httpsRedirect"):
            return _step(server.by, "stops", f"a client of {host}:{port} is only sent to https")
        return _step(server.by, "passes", f"port {port} is open in plain text")
    return _handshake(server, host, certificate)


def _handshake(server: Server, host: str, certificate: Certificate | None) -> Step:
    at = f"{host}:{server.port}"
    wanted = server.tls.get("subjectAltNames", ())
    match server.mode:
        case "PASSTHROUGH" | "AUTO_PASSTHROUGH":
            return _step(server.by, "passes", f"TLS for {at} is passed on as it is ({server.mode})")
        case "MUTUAL" | "ISTIO_MUTUAL" if certificate is None:
            return _step(server.by, "stops", f"{at} asks for a client's certificate ({server.mode}), and there is none")
        case "MUTUAL" | "OPTIONAL_MUTUAL" if certificate and wanted and not set(wanted) & set(certificate.names):
            shown = ", ".join(certificate.names) or "none"
            text = f"{at} takes only certificates for {', '.join(wanted)}, and the client's is for {shown}"
            return _step(f"{server.by}: subjectAltNames", "stops", text)
        case mode:
            shown = f"the client's certificate for {', '.join(certificate.names)}" if certificate else "no certificate"
            return _step(server.by, "passes", f"TLS for {at} ends here ({mode}), with {shown}")


def bound(
    mesh: Mesh,
    registry: Registry,
    proxy: Proxy,
    port: int,
    host: str,
    request: Request | None,
    *,
    plaintext: bool = False,
) -> Routed:
    """Where a gateway sends what it let in. A request of none is what stays TLS, or is not HTTP."""
    opened = gateway_servers.opened(mesh, proxy, port)
    server = gateway_servers.answering(opened, host, plaintext=plaintext)
    if server is None:
        return Routed(
            (), "Istio's default: no Gateway", f"no Gateway that selects this proxy opens {host}:{port}", request
        )
    seen = route_rules.of(mesh).at(server.gateway, proxy.namespace)
    if server.is_http:
        if request is None:
            return Routed((), server.by, f"{host}:{port} is HTTP to the gateway, which refuses all else")
        # In plain text all of a port's servers are one, with TLS each is for itself.
        together = [each for each in opened if not each.is_tls] if plaintext else [server]
        rules = _http_rules(mesh, proxy, together, host, port)
        if not rules:
            text = f"no VirtualService that is bound to {server.gateway} is for {host}:{port}: the gateway answers 404"
            return Routed((), server.by, text, request)
        scheme = "http" if plaintext else "https"
        return virtual_services.answered(mesh, registry, proxy, rules, request, host, port, scheme)
    here = [each for each in seen if any(server.shared(each))]
    if server.is_passed_on:
        rule = virtual_services.tls_rule(
            [rule for each in here for rule in each.tls], proxy, port, server.gateway, host, ()
        )
    else:
        rule = virtual_services.tcp_rule([rule for each in here for rule in each.tcp], proxy, port, server.gateway, ())
    if rule is None:
        text = f"no VirtualService that is bound to {server.gateway} leads {host}:{port} anywhere"
        return Routed((), server.by, text, request)
    return virtual_services.led(registry, proxy, rule, port, request)


def crosses(mesh: Mesh, registry: Registry, proxy: Proxy, host: str, port: int, subset: str | None = None) -> Step:
    """Whether Istio's mutual TLS of another network is carried on, by the server name that sidecars make of a host."""
    sni = f"outbound_.{port}_.{subset or ''}_.{host}"
    carrying = [
        server
        for server in gateway_servers.opened(mesh, proxy, CROSS_NETWORK_PORT)
        if server.is_tls and server.mode == "AUTO_PASSTHROUGH"
    ]
    if not carrying:
        text = (
            f"no Gateway that selects this proxy opens port {CROSS_NETWORK_PORT} for other networks (AUTO_PASSTHROUGH)"
        )
        return _step("Istio's default: no Gateway", "stops", text)
    server = next((carrier for carrier in carrying if carrier.has(host)), None)
    if server is None:
        listed = ", ".join(sorted({name for carrier in carrying for name in carrier.names}))
        return _step(carrying[0].by, "stops", f"{host} is not among the hosts that it carries: {listed}")
    service = scoping.destination(registry, proxy, host)
    if service is None or service.external or service.port(port) is None:
        text = f"the gateway knows no {host}:{port} inside the mesh, and so closes a connection for {sni}"
        return _step(server.by, "stops", text)
    if subset and subset not in _subsets(mesh, proxy, host, service.namespace):
        return _step(server.by, "stops", f"no DestinationRule that the gateway sees gives {host} a subset {subset}")
    return _step(server.by, "passes", f"a connection for {sni} is carried on as it is, to {host}:{port}")


def _http_rules(mesh: Mesh, proxy: Proxy, servers: list[Server], host: str, port: int) -> list[tuple[Rule, Match]]:
    """Those of every VirtualService at the closest of the names that cover a host; catch-alls of all come last."""
    by_host: dict[str, list[tuple[Rule, Match]]] = {}
    for server in servers:
        for virtual_service in route_rules.of(mesh).at(server.gateway, proxy.namespace):
            rules = list(virtual_service.concerning(proxy, port, server.gateway))
            for name in dict.fromkeys(server.shared(virtual_service)):
                if rules:
                    by_host.setdefault(name, []).extend(rules)
    closest = hosts.most_specific(by_host, host.partition(":")[0].lower())
    rules = by_host[closest] if closest else []
    return sorted(rules, key=lambda pair: http_matches.takes_everything(pair[1].spec))


def _subsets(mesh: Mesh, proxy: Proxy, host: str, namespace: str) -> set[str]:
    """Of DestinationRules where Istio looks for them: with the proxy, with the service, in the root namespace."""
    return {
        subset["name"]
        for where in (proxy.namespace, namespace, mesh.settings.root_namespace)
        for rule in mesh.of("DestinationRule", where)
        if hosts.covers(hosts.full(rule.manifest["spec"]["host"], where), host)
        and hosts.exported(rule.manifest["spec"].get("exportTo") or ("*",), where, proxy.namespace)
        for subset in rule.manifest["spec"].get("subsets", ())
    }


def _step(by: str, outcome: Outcome, text: str) -> Step:
    return Step("gateway", by, outcome, text)
