"""What ingress gateways let in and lead on, held against what is declared of them and the routes that come by them."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network

from mesh import model
from mesh.access.attempts import Certificate, Request
from mesh.access.azure import address_sets
from mesh.access.azure.address_sets import EVERYTHING
from mesh.access.azure.networks import Place
from mesh.access.azure.reachability import OUTSIDE
from mesh.access.declared import Allowance, Pair, client
from mesh.access.istio import gateway_servers, gateways
from mesh.access.istio.authorization import Applied, Call, Source
from mesh.access.istio.meshes import Mesh
from mesh.access.judge import HTTPS_PORT
from mesh.access.matrix import example
from mesh.access.world import Gateway, World
from mesh.findings import catalogue as kinds
from mesh.findings.finding import Finding
from mesh.findings.networks import Passage

REDIRECT_PORT = 80
_STRANGE_PORT = 1
"""At which no gateway listens: only rules for every port have it."""
_SOMEBODY_ELSE = Certificate(("somebody-else.example",))


def clients(world: World, declared: Mapping[Pair, Allowance]) -> tuple[Passage, ...]:
    """What the security groups have to let in for clients of the gateways from which routes lead on."""
    return tuple(
        Passage(Place(f"clients at {block}", block), served.gateway.frontend, port)
        for served in _served(world, declared)
        for block in served.declared.allow_from
        for port in ((HTTPS_PORT, REDIRECT_PORT) if served.declared.redirect else (HTTPS_PORT,))
        if served.allowances
    )


def findings(world: World, declared: Mapping[Pair, Allowance]) -> Iterator[Finding]:
    for served in _served(world, declared):
        yield from served.findings()


@dataclass(frozen=True)
class _Served:
    """An ingress gateway, and the routes that come by it."""

    world: World
    name: str
    gateway: Gateway
    declared: model.IngressGateway
    allowances: tuple[Allowance, ...]

    def findings(self) -> Iterator[Finding]:
        for host in self.declared.hosts:
            if host not in self._hosts:
                yield Finding(kinds.HOST_WITHOUT_ROUTE, f"{self.name} {host}", "no route leads on from it")
        yield from self._servers()
        if self.allowances:
            yield from self._certificates()
            yield from self._addresses()
            yield from self._requests()
            yield from self._redirect()

    @property
    def _hosts(self) -> set[str]:
        return {host for each in self.allowances for request in each.requests for host in request.hosts}

    def _opened(self, port: int) -> list[gateway_servers.Server]:
        return gateway_servers.opened(self._mesh, self.gateway.instance.proxy, port)

    @property
    def _applied(self) -> Applied:
        proxy = self.gateway.instance.proxy
        return self.world.policies[proxy.cluster].applying_to(proxy.namespace, proxy.labels)

    @property
    def _mesh(self) -> Mesh:
        return self.world.meshes[self.gateway.release.cluster]

    def _servers(self) -> Iterator[Finding]:
        for port in sorted(self.gateway.ports):
            for server in self._opened(port):
                redirects = self.declared.redirect and server.tls.get("httpsRedirect")
                if port != HTTPS_PORT and not redirects:
                    text = f"{server.by} serves port {port}, which is not declared"
                    yield Finding(kinds.GATEWAY_WIDER_THAN_DECLARED, self.name, text)
                elif more := sorted(server.names - self._hosts):
                    text = f"{server.by} serves {', '.join(more)}, which no route is for"
                    yield Finding(kinds.GATEWAY_WIDER_THAN_DECLARED, self.name, text)

    def _certificates(self) -> Iterator[Finding]:
        tls = self.declared.tls
        if tls is None or tls.mode != "mutual":
            return
        for host in sorted(self._hosts):
            for kind, shown in (
                (kinds.CLIENT_CERTIFICATE_NOT_ASKED, None),
                *(((kinds.CLIENT_NAME_NOT_ASKED, _SOMEBODY_ELSE),) if tls.client_names else ()),
            ):
                step = gateways.admission(self._mesh, self.gateway.instance.proxy, HTTPS_PORT, host, shown)
                if step.outcome != "stops":
                    yield Finding(kind, f"{self.name} {host}", step.text)

    def _addresses(self) -> Iterator[Finding]:
        outside = EVERYTHING - address_sets.union(self.declared.allow_from)
        if not outside.ranges:
            return
        admitted = address_sets.union(self.gateway.admitted) if self.gateway.admitted else EVERYTHING
        if more := admitted & outside:
            text = f"its load balancer ({self.gateway.release.name}) lets in {more}"
            yield Finding(kinds.GATEWAY_OPEN_TO_OTHERS, self.name, text)
        block = max(address_sets.blocks(outside), key=lambda block: block.num_addresses)
        asked = [(_example(request), HTTPS_PORT) for allowance in self.allowances for request in allowance.requests]
        if self.declared.redirect:
            asked += [(Request(host=host), REDIRECT_PORT) for host in sorted(self._hosts)]
        for request, port in asked:
            if by := self._let_in(block, request, port):
                yield Finding(kinds.GATEWAY_OPEN_TO_OTHERS, self.name, f"{by} lets in {block} at port {port}")

    def _requests(self) -> Iterator[Finding]:
        """Requests that no route declares, on the hosts of those that are declared."""
        proxy, registry = self.gateway.instance.proxy, self.world.registry
        first = _example(self.allowances[0].requests[0])
        if by := self._let_in(self.declared.allow_from[0], first, _STRANGE_PORT):
            yield Finding(kinds.GATEWAY_WIDER_THAN_DECLARED, self.name, f"{by} lets clients in at any port")
        told_apart = self._applied.vocabulary()
        for host in sorted(self._hosts):
            for path in self._tried(host, told_apart.paths):
                declared = [each.methods_at(host, path) for each in self.allowances]
                if None in declared:
                    continue
                methods = frozenset[str]().union(*(each for each in declared if each))
                if not methods:
                    routed = gateways.bound(self._mesh, registry, proxy, HTTPS_PORT, host, Request("GET", path, host))
                    if routed.destinations:
                        text = f"{routed.by} leads {host}{path} on"
                        yield Finding(kinds.GATEWAY_WIDER_THAN_DECLARED, self.name, text)
                for method in sorted({"GET", "POST", "ANYTHING", *told_apart.methods} - methods):
                    if by := self._let_in(self.declared.allow_from[0], Request(method, path, host)):
                        text = f"{by} lets {method} {host}{path} in"
                        yield Finding(kinds.GATEWAY_WIDER_THAN_DECLARED, self.name, text)

    def _tried(self, host: str, told_apart: frozenset[str]) -> list[str]:
        """Paths that are declared, that rules tell from others, and some near them."""
        patterns = {
            path
            for each in self.allowances
            for request in each.requests
            if host in request.hosts
            for path in request.paths
        }
        patterns |= set(map(example, told_apart))
        near = {pattern.rstrip("/*") + end for pattern in patterns for end in ("", "-any", "/any/thing")}
        return sorted({"/", "/any/thing", *(path for path in near if path)})

    def _let_in(self, block: IPv4Network, request: Request, port: int = HTTPS_PORT) -> str | None:
        """By what the gateway's own policies let a request in."""
        decision = self._applied.decide(Call(Source(None, block), port, request))
        return None if decision.outcome == "stops" else decision.by

    def _redirect(self) -> Iterator[Finding]:
        if not self.declared.redirect:
            return
        for host in sorted(self._hosts):
            if why := self._stops_redirect(host):
                yield Finding(kinds.REDIRECT_DOES_NOT_WORK, f"{self.name} {host}", why)

    def _stops_redirect(self, host: str) -> str | None:
        if REDIRECT_PORT not in self.gateway.ports:
            return f"{self.gateway.release.name} does not listen at {REDIRECT_PORT}"
        redirecting = [server for server in self._opened(REDIRECT_PORT) if server.tls.get("httpsRedirect")]
        if not any(server.has(host) for server in redirecting):
            return f"no Gateway redirects {host} at port {REDIRECT_PORT}"
        for block in self.declared.allow_from:
            start = Place(f"clients at {block}", None if block.prefixlen == 0 else block)
            for step in self.world.networks.passage(start, self.gateway.frontend, REDIRECT_PORT):
                if step.outcome == "stops" or (step.outcome == "partly" and step.by != OUTSIDE):
                    return step.text
            if not self._let_in(block, Request(host=host), REDIRECT_PORT):
                return f"the gateway's policies refuse {block} at port {REDIRECT_PORT}"
        return None


def _served(world: World, declared: Mapping[Pair, Allowance]) -> Iterator[_Served]:
    for cluster in world.plan.environment.clusters:
        for ingress in cluster.ingress:
            name = client(world, model.Ingress(cluster, ingress))
            if gateway := world.ingress.get(name):
                allowances = tuple(each for each in declared.values() if each.caller == name)
                yield _Served(world, name, gateway, ingress, allowances)


def _example(request: model.Request) -> Request:
    path = request.paths[0]
    return Request(next(iter(request.methods), "GET"), path.replace("*", "any"), request.hosts[0])
