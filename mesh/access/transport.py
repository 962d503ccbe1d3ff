"""How a call gets from a proxy to an endpoint: straight or by gateways, through Azure's network, and in what speech."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Network

from mesh.access.attempts import Joining, Step, connections
from mesh.access.azure import address_sets
from mesh.access.azure.address_sets import DOCUMENTATION, PUBLIC
from mesh.access.connections import Place
from mesh.access.endpoints import Endpoint
from mesh.access.gateways import Gateway
from mesh.access.instances import Instance
from mesh.access.istio import gateways, hosts, mutual_tls
from mesh.access.istio.authorization import Call, Source
from mesh.access.istio.mutual_tls import Answerer, Sent
from mesh.access.istio.services import Service
from mesh.access.istio.virtual_services import Destination
from mesh.access.world import World

ISTIOD_PORT = 15012
_STOLEN = Sent("mutual TLS", "the caller's certificate, around its sidecar")


@dataclass(frozen=True, eq=False)
class Carried:
    """A way from a proxy to an endpoint, up to what the callee's own side makes of the call."""

    steps: tuple[Step, ...]
    identified: bool
    """Whether the callee sees who calls."""
    seen: Place | None
    """From where the callee sees it come."""


def stopped(steps: tuple[Step, ...]) -> bool:
    return bool(steps) and steps[-1].outcome == "stops"


class Transport:
    """Of one world; each way is worked out once."""

    def __init__(self, world: World) -> None:
        self._world = world
        self.carried = cache(self._carry)
        self.joining = cache(self._joining)
        self._crosses = cache(self._cross)

    def _carry(
        self, source: Instance, destination: Destination, service: Service, endpoint: Endpoint
    ) -> tuple[Carried, ...]:
        port = endpoint.port(service, destination.port)
        answerer = Answerer(
            service.host, service.namespace, endpoint.labels, destination.port, port, endpoint.mutual,
            service.external, destination.subset,
        )  # fmt: skip
        sent = self._world.tls[source.proxy.cluster].sent(source.proxy, answerer)
        return tuple(
            Carried(
                steps if stopped(steps) else (*steps, self.handshake(source, sent, endpoint, port)),
                sent.speech == "mutual TLS",
                seen,
            )
            for steps, seen in self._ways(source, destination, service, endpoint, port)
        )

    def _ways(
        self, source: Instance, destination: Destination, service: Service, endpoint: Endpoint, port: int
    ) -> Iterator[tuple[tuple[Step, ...], Place | None]]:
        """Straight inside an Istio network and into one that has no gateway, else by each of its gateways.

        Istio, pilot/pkg/xds/endpoints/ep_filters.go.
        """
        reader = source.proxy.cluster
        leading = () if endpoint.network == source.proxy.network else self._world.leading_into(endpoint.network, reader)
        if not leading:
            yield self.straight(source, endpoint, port), self.start(source, endpoint)
            return
        if not endpoint.mutual:
            text = (
                f"{endpoint.by} is in the Istio network {endpoint.network} and speaks no mutual TLS: "
                "Istio sends nothing plain through a gateway, and drops the endpoint"
            )
            yield (Step("caller's sidecar", endpoint.by, "stops", text),), None
            return
        for gateway in leading:
            steps = self.at_frontend(source.outside, gateway, gateways.CROSS_NETWORK_PORT, source=source)
            if not stopped(steps):
                steps += (self._crosses(gateway, service.host, destination.port, destination.subset),)
            if not stopped(steps):
                steps += self.straight(gateway.instance, endpoint, port)
            yield steps, gateway.instance.here

    def impersonated(
        self, source: Instance, endpoint: Endpoint, host: str, port: int, listening: int
    ) -> Iterator[tuple[tuple[Step, ...], Place]]:
        """With the caller's certificate, straight and by every gateway, with where the callee sees it come from."""
        ways = [(self.straight(source, endpoint, listening), self.start(source, endpoint))]
        for gateway in self._world.gateways:
            if gateway.network and gateway.network == endpoint.network:
                steps = self.at_frontend(source.outside, gateway, gateways.CROSS_NETWORK_PORT, source=source)
                if not stopped(steps):
                    steps += (self._crosses(gateway, host, port, None),)
                if not stopped(steps):
                    steps += self.straight(gateway.instance, endpoint, listening)
                ways.append((steps, gateway.instance.here))
        for steps, seen in ways:
            yield steps if stopped(steps) else (*steps, self.handshake(source, _STOLEN, endpoint, listening)), seen

    def straight(self, source: Instance, endpoint: Endpoint, port: int) -> tuple[Step, ...]:
        """Out of the pod where the source is one, through the networks, and into the pod that answers."""
        start = self.start(source, endpoint)
        steps = self._world.pod_networks.out(source, endpoint.place, endpoint.instance, port)
        if not stopped(steps):
            steps += self._world.networks.passage(start, endpoint.place, port)
        if not stopped(steps):
            steps += self._world.pod_networks.into(endpoint.instance, start, source, port)
        return steps

    def start(self, source: Instance, endpoint: Endpoint) -> Place:
        """The addresses with which packets leave for an endpoint."""
        within = source.machine is None and endpoint.pods and endpoint.cluster == source.proxy.cluster
        return source.here if within else source.outside

    def handshake(self, source: Instance, sent: Sent, endpoint: Endpoint, port: int) -> Step:
        callee = endpoint.instance
        if callee is None or not callee.guards(port):
            return mutual_tls.handshake(sent, None)
        apart = self._world.apart(source.proxy.cluster, callee.proxy.cluster)
        if apart and sent.speech == "mutual TLS":
            return Step("mutual TLS", apart, "stops", f"without {apart} the two sides trust no authority in common")
        proxy = callee.proxy
        accepted = self._world.tls[proxy.cluster].accepted(proxy.namespace, proxy.labels, port)
        return mutual_tls.handshake(sent, accepted)

    def at_frontend(
        self,
        client: Place,
        gateway: Gateway,
        port: int,
        block: IPv4Network | str | None = None,
        *,
        source: Instance | None = None,
    ) -> tuple[Step, ...]:
        """Up to a gateway's load balancer, and whether that lets the range in from which a client comes.

        `source`: who the client is, where it is one of ours.
        """
        release = gateway.release.name
        if port not in gateway.ports:
            return (Step("gateway", release, "stops", f"{release} does not listen at {port}"),)
        pods = self._world.pod_networks
        steps = pods.out(source, gateway.frontend, gateway.instance, port) if source else ()
        if not stopped(steps):
            steps += self._world.networks.passage(client, gateway.frontend, port)
        if not stopped(steps):
            steps += pods.into(gateway.instance, client, source, port)
        if stopped(steps) or gateway.admits_everybody or block is None:
            return steps
        return (*steps, _admission(gateway, block))

    def _joining(self, instance: Instance | None) -> Joining:
        """Nothing where there is no machine with a sidecar."""
        if instance is None or instance.machine is None or not instance.sidecar:
            return Joining(())
        if self._world.group_of(instance.machine) is None:
            text = f"no WorkloadGroup lets {instance.place} register itself, so its sidecar gets no configuration"
            return Joining((Step("joining", instance.place, "stops", text),))
        host, cluster = self._world.istiod_of(instance.machine), instance.proxy.cluster
        tried: tuple[Step, ...] = ()
        steps: tuple[Step, ...] = ()
        for gateway in self._world.leading_to(cluster):
            steps = self._to_istiod(instance, gateway, host)
            tried += steps
            if not stopped(steps):
                return Joining((), connections(tried))
        by, why = (steps[-1].by, steps[-1].text) if steps else (cluster, f"{cluster} has no east-west gateway")
        text = f"{instance.place} does not reach its istiod, and so is not in the mesh: {why}"
        return Joining((Step("joining", by, "stops", text),), connections(tried))

    def _to_istiod(self, source: Instance, gateway: Gateway, host: str) -> tuple[Step, ...]:
        """Through an east-west gateway, which leaves the TLS as it is."""
        steps = self.at_frontend(source.outside, gateway, ISTIOD_PORT, source=source)
        if stopped(steps):
            return steps
        mesh, proxy = self._world.meshes[gateway.release.cluster], gateway.instance.proxy
        steps += (gateways.admission(mesh, proxy, ISTIOD_PORT, host, None),)
        if stopped(steps):
            return steps
        routed = gateways.bound(mesh, self._world.registry, proxy, ISTIOD_PORT, host, None)
        if not routed.destinations:
            return (*steps, Step("gateway", routed.by, "stops", routed.text))
        if not {destination.host for destination in routed.destinations} <= set(hosts.spellings(host, proxy.namespace)):
            return (*steps, Step("gateway", routed.by, "stops", f"{routed.text}, not to {host}"))
        applied = self._world.policies[proxy.cluster].applying_to(proxy.namespace, proxy.labels)
        decision = applied.decide(Call(Source(None), ISTIOD_PORT, None, sni=host))
        return (*steps, Step("authorization", decision.by, decision.outcome, decision.text))

    def _cross(self, gateway: Gateway, host: str, port: int, subset: str | None) -> Step:
        mesh, proxy = self._world.meshes[gateway.release.cluster], gateway.instance.proxy
        return gateways.crosses(mesh, self._world.registry, proxy, host, port, subset)


def _admission(gateway: Gateway, block: IPv4Network | str) -> Step:
    """Whether a gateway's load balancer lets in a range, or the clients of a service tag."""
    release, admitted = gateway.release.name, ", ".join((*map(str, gateway.admitted), *gateway.admitted_tags))
    if isinstance(block, str):
        whole, part = block.lower() in {tag.lower() for tag in gateway.admitted_tags}, False
    else:
        whole = any(block.subnet_of(range_) for range_ in gateway.admitted)
        perhaps = bool(gateway.admitted_tags) and bool(address_sets.of(block) & PUBLIC - DOCUMENTATION)
        part = perhaps or any(block.overlaps(range_) for range_ in gateway.admitted)
    if whole:
        return Step("gateway", release, "passes", f"its load balancer lets in {admitted}")
    text = f"its load balancer lets in only {admitted}{', not all of ' if part else ', not '}{block}"
    return Step("gateway", release, "partly" if part else "stops", text)
