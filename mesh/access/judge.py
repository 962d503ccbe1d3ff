"""An attempt, followed through a plan: every way that the call may take, and what it meets on each."""

from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from ipaddress import IPv4Address, IPv4Network
from itertools import product

from mesh import names
from mesh.access.attempts import Attempt, Joining, Layer, Request, Step, Verdict, Way
from mesh.access.connections import Place
from mesh.access.endpoints import Endpoint, Endpoints
from mesh.access.gateways import Gateway
from mesh.access.instances import Instance
from mesh.access.istio import gateways, hosts, scoping, virtual_services
from mesh.access.istio.authorization import Call, Source
from mesh.access.istio.mutual_tls import Sent
from mesh.access.istio.services import Service
from mesh.access.istio.virtual_services import Destination, Routed
from mesh.access.transport import Transport, stopped
from mesh.access.world import World

HTTPS_PORT = 443
_PLAINTEXT = Sent("plaintext", "the caller, around any sidecar")
_EVERYWHERE = IPv4Network("0.0.0.0/0")


class Judge:
    """Answers for one world; what many attempts have in common is worked out once."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._endpoints = Endpoints(world)
        self._transport = Transport(world)
        self._listening = cache(self._listen)

    def verdict(self, attempt: Attempt) -> Verdict:
        """Raises KeyError for a caller or a callee that the environment does not have."""
        callee = self.world.workloads[attempt.callee]
        if gateway := self.world.ingress.get(attempt.caller):
            ways = tuple(self._from_outside(gateway, attempt))
        else:
            ways = tuple(way for source in self.world.callers[attempt.caller] for way in self.ways(source, attempt))
        if not ways:
            text = f"{attempt.caller} runs nowhere from where it could call {callee.name}"
            ways = (Way(attempt.caller, callee.name, (Step("network", attempt.caller, "stops", text),)),)
        return Verdict(attempt, ways)

    def ways(self, source: Instance, attempt: Attempt) -> Iterator[Way]:
        """The ways of an attempt from one place of its caller, or of anybody else who is there."""
        if attempt.around_sidecar or not source.sidecar:
            yield from self._plainly(source, attempt, _without_sidecar(source))
            return
        if apart := self._transport.joining(source).stops:
            yield Way(source.place, attempt.callee, apart)
            return
        asked = attempt.request and attempt.request.host
        for host in (asked,) if asked else names.hosts(self.world.workloads[attempt.callee]):
            yield from self._by_sidecar(source, host, attempt)

    def impersonating(self, source: Instance, attempt: Attempt) -> Iterator[Way]:
        """The ways with the caller's certificate, around its own sidecar, to each sidecar of the callee."""
        callee = self.world.workloads[attempt.callee]
        called = self.world.called(callee.name, attempt.port)
        for endpoint, host in product(self._endpoints.everywhere(callee), names.hosts(callee)):
            if endpoint.instance is None or not endpoint.instance.sidecar:
                continue
            number, _ = self._listening(endpoint.instance, endpoint, host, called)
            for steps, seen in self._transport.impersonated(source, endpoint, host, called, number):
                if not stopped(steps):
                    by = Source(source.principal, _known(seen))
                    steps += (self._at_callee(endpoint, by, host, called, attempt.request),)
                yield Way(source.place, _named(endpoint, attempt.callee), steps)

    def joining(self, instance: Instance) -> Joining:
        return self._transport.joining(instance)

    def answers(self, source: Instance, attempt: Attempt) -> Iterator[Step]:
        """The callee's own decision at each of its places, by caller."""
        for endpoint in self._endpoints.everywhere(self.world.workloads[attempt.callee]):
            yield self._at_callee(endpoint, Source(source.principal), None, attempt.port, attempt.request)

    def _by_sidecar(self, source: Instance, host: str, attempt: Attempt) -> Iterator[Way]:
        mesh, proxy = self.world.meshes[source.proxy.cluster], source.proxy
        written, host = host, hosts.bare(host)
        port = self.world.called(attempt.callee, attempt.port)
        known = scoping.knowledge(mesh, self.world.registry, proxy, host, port)
        step = Step("caller's sidecar", known.by, "passes" if known.known else "stops", known.text)
        if not known.known:
            yield Way(source.place, attempt.callee, (step,))
        elif known.service is None:
            yield from self._plainly(source, attempt, (step,))
        else:
            request = attempt.request and replace(attempt.request, host=written)
            registry = self.world.registry
            routed = virtual_services.destinations(mesh, registry, proxy, host, port, request, sni=host)
            yield from self._routed(source, attempt, "caller's sidecar", routed, (step,))

    def _from_outside(self, gateway: Gateway, attempt: Attempt) -> Iterator[Way]:
        """A client that comes by an ingress gateway: once from each range that the gateway is declared for."""
        mesh, proxy = self.world.meshes[gateway.release.cluster], gateway.instance.proxy
        callee = self.world.workloads[attempt.callee]
        asked = attempt.request or Request()
        host = asked.host or self.world.hosts(gateway)[0]
        asked = replace(asked, host=host)
        declared = gateway.declared.clients if gateway.declared else ()
        blocks = (attempt.address,) if attempt.address else declared or (_EVERYWHERE,)
        clients = (client for block in blocks for client in self.world.places.clients(block))
        for client, addresses in clients:
            place = client.name
            asked_so = gateway.from_front_door(asked, addresses)
            steps = self._let_in(gateway, client, addresses, asked_so, attempt)
            if stopped(steps):
                yield Way(place, attempt.callee, steps)
                continue
            routed = gateways.bound(mesh, self.world.registry, proxy, HTTPS_PORT, host, asked_so)
            led = {(destination.host, destination.port) for destination in routed.destinations}
            called = self.world.called(callee.name, attempt.port)
            if led and not led & {(host, called) for host in names.hosts(callee)}:
                step = Step("gateway", routed.by, "stops", f"{routed.text}, not to {callee.name}:{attempt.port}")
                yield Way(place, attempt.callee, (*steps, step))
                continue
            if routed.request and not self.world.tokens[proxy.cluster].forwarded(
                proxy.namespace, proxy.labels, asked_so
            ):
                routed = replace(routed, request=replace(routed.request, token=None))
            for way in self._routed(gateway.instance, attempt, "gateway", routed, steps):
                yield replace(way, source=place)

    def _let_in(
        self, gateway: Gateway, client: Place, block: IPv4Network | str, asked: Request, attempt: Attempt
    ) -> tuple[Step, ...]:
        """The steps of clients with addresses of a range up to an ingress gateway, and at it."""
        steps = self._transport.at_frontend(client, gateway, HTTPS_PORT, block)
        if stopped(steps):
            return steps
        mesh, proxy = self.world.meshes[gateway.release.cluster], gateway.instance.proxy
        steps += (gateways.admission(mesh, proxy, HTTPS_PORT, asked.host or "", attempt.certificate),)
        if stopped(steps):
            return steps
        # Its service keeps the client's own address only where it is told to; else it is that of some node.
        own = None if isinstance(block, str) or block == _EVERYWHERE else block
        seen = own if gateway.keeps_addresses else _known(gateway.instance.outside)
        return (*steps, self._decided(gateway.instance, Source(None, seen), HTTPS_PORT, asked))

    def _plainly(self, source: Instance, attempt: Attempt, before: tuple[Step, ...]) -> Iterator[Way]:
        """Wherever the callee listens, in plain text and by address: what no sidecar of the caller's holds back."""
        for endpoint in self._endpoints.everywhere(self.world.workloads[attempt.callee]):
            start = self._transport.start(source, endpoint)
            steps = (*before, *self._transport.straight(source, endpoint, attempt.port))
            if not stopped(steps):
                steps += (self._transport.handshake(source, _PLAINTEXT, endpoint, attempt.port),)
            if not stopped(steps):
                steps += (self._at_callee(endpoint, Source(None, _known(start)), None, attempt.port, attempt.request),)
            yield Way(source.place, _named(endpoint, attempt.callee), steps)

    def _routed(
        self, source: Instance, attempt: Attempt, layer: Layer, routed: Routed, before: tuple[Step, ...]
    ) -> Iterator[Way]:
        """To each place that answers for each of the destinations."""
        if not routed.destinations:
            yield Way(source.place, attempt.callee, (*before, Step(layer, routed.by, "stops", routed.text)))
            return
        steps = (*before, Step(layer, routed.by, "passes", routed.text)) if routed.by else before
        for destination in routed.destinations:
            service = scoping.destination(self.world.registry, source.proxy, destination.host)
            if service is None or destination.lost:
                text = f"what is led to {destination.host}:{destination.port} is lost: {destination.lost}"
                yield Way(source.place, destination.host, (*steps, Step(layer, routed.by, "stops", text)))
                continue
            endpoints = self._endpoints.of(source.proxy.cluster, service)
            for endpoint in endpoints:
                yield from self._to(source, attempt.callee, routed.request, destination, service, endpoint, steps)
            if not endpoints:
                text = f"the istiod of cluster {source.proxy.cluster} knows nothing that answers for {service.host}"
                yield Way(source.place, destination.host, (*steps, Step(layer, service.origin, "stops", text)))

    def _to(
        self,
        source: Instance,
        callee: str,
        request: Request | None,
        destination: Destination,
        service: Service,
        endpoint: Endpoint,
        before: tuple[Step, ...],
    ) -> Iterator[Way]:
        if apart := self._transport.joining(endpoint.instance).stops:
            yield Way(source.place, _named(endpoint, callee), (*before, *apart))
            return
        for carried in self._transport.carried(source, destination, service, endpoint):
            steps = (*before, *carried.steps)
            if not stopped(steps):
                by = Source(source.principal if carried.identified else None, _known(carried.seen))
                steps += (self._at_callee(endpoint, by, service.host, destination.port, request),)
            if not stopped(steps):
                steps += self._unanswered(endpoint, service, destination.port)
            yield Way(source.place, _named(endpoint, callee), steps)

    def _unanswered(self, endpoint: Endpoint, service: Service, port: int) -> tuple[Step, ...]:
        """The step that stops a call to an address or a port where nothing listens."""
        if endpoint.workload is None:
            text = f"nobody whom the environment knows is at {endpoint.place.name}"
            return (Step("application", endpoint.by, "stops", text),)
        target = endpoint.port(service, port)
        ports = self.world.workloads[endpoint.workload].ports
        if target in {own.number for own in ports} or (target == port and port not in {own.service for own in ports}):
            return ()
        text = f"{service.origin} leads port {port} to {target}, where {endpoint.workload} does not listen"
        return (Step("application", service.origin, "stops", text),)

    def _at_callee(
        self, endpoint: Endpoint, source: Source, host: str | None, port: int, request: Request | None
    ) -> Step:
        """The callee's own decision about a call: at a port of a host's service, or without a host at its own port."""
        callee = endpoint.instance
        if callee is None or not callee.sidecar:
            text = f"{endpoint.place.name} has no sidecar: from here on only the application itself asks who calls"
            return Step("application", endpoint.by, "passes", text)
        number, http = self._listening(callee, endpoint, host, port)
        if not callee.guards(number):
            text = f"the iptables of {callee.place} leave port {number} to the application: no policy asks who calls"
            return Step("application", endpoint.by, "passes", text)
        return self._decided(callee, source, number, request if http else None)

    def _listen(self, callee: Instance, endpoint: Endpoint, host: str | None, port: int) -> tuple[int, bool]:
        """Where a sidecar takes what is sent to a port, of a host's service or its own; whether it reads HTTP there."""
        called = (host,) if host else names.hosts(self.world.workloads[callee.workload])
        known = [each for name in called for each in self.world.registry.services(callee.proxy.cluster, name)]
        for service in known:
            said = service.port(port) if host else endpoint.port_at(service, port)
            if said:
                return endpoint.port(service, said.number), said.is_http or said.is_sniffed
        return port, True

    def _decided(self, callee: Instance, source: Source, port: int, request: Request | None) -> Step:
        proxy = callee.proxy
        read = self.world.tokens[proxy.cluster].read(proxy.namespace, proxy.labels, source, request)
        if isinstance(read, Step):
            return read
        applied = self.world.policies[proxy.cluster].applying_to(proxy.namespace, proxy.labels)
        decision = applied.decide(Call(read, port, request, host=request.host if request else None))
        return Step("authorization", decision.by, decision.outcome, decision.text)


def _without_sidecar(source: Instance) -> tuple[Step, ...]:
    """The first step of what a machine without a sidecar calls."""
    if source.machine is None or source.sidecar:
        return ()
    text = f"{source.place} has no sidecar: it calls in plaintext, and only the network holds it back"
    return (Step("caller's sidecar", source.place, "passes", text),)


def _named(endpoint: Endpoint, callee: str) -> str:
    """A place; with its workload where a call has been led to another."""
    place = endpoint.instance.place if endpoint.instance else endpoint.place.name
    return place if endpoint.workload == callee else f"{place} ({endpoint.workload or 'nobody known'})"


def _known(place: Place | None) -> IPv4Address | IPv4Network | None:
    addresses = place.addresses if place else None
    return addresses if isinstance(addresses, IPv4Address | IPv4Network) else None
