"""Each declared ingress gateway, with the routes that come by it and the clients that it is for."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network

from mesh import model, request_paths
from mesh.access.attempts import Request
from mesh.access.connections import Connection, Place
from mesh.access.declared import Allowance, client
from mesh.access.gateways import Gateway
from mesh.access.istio import gateway_servers
from mesh.access.istio.authorization import Applied, Call, Source
from mesh.access.istio.meshes import Mesh
from mesh.access.judge import HTTPS_PORT
from mesh.access.world import World
from mesh.findings.context import Context

REDIRECT_PORT = 80


@dataclass(frozen=True, eq=False)
class Served:
    world: World
    name: str
    """As its clients are called: `ingress/public`."""
    gateway: Gateway
    declared: model.IngressGateway
    allowances: tuple[Allowance, ...]

    @property
    def hosts(self) -> set[str]:
        """Those that a route is for."""
        return {host for allowance in self.allowances for request in allowance.requests for host in request.hosts}

    @property
    def mesh(self) -> Mesh:
        return self.world.meshes[self.gateway.release.cluster]

    @property
    def applied(self) -> Applied:
        proxy = self.gateway.instance.proxy
        return self.world.policies[proxy.cluster].applying_to(proxy.namespace, proxy.labels)

    def servers(self, port: int) -> list[gateway_servers.Server]:
        return gateway_servers.opened(self.mesh, self.gateway.instance.proxy, port)

    def lets_in(self, client: IPv4Network | str, request: Request, port: int = HTTPS_PORT) -> str | None:
        """By what the gateway's own policies let a request of a range or a service tag in; None: they do not."""
        source = Source(None, None if isinstance(client, str) else client)
        decision = self.applied.decide(Call(source, port, self.gateway.from_front_door(request, client)))
        return None if decision.outcome == "stops" else decision.by


def served(context: Context) -> Iterator[Served]:
    world = context.world
    for cluster in context.plan.environment.clusters:
        for ingress in cluster.ingress:
            name = client(world, model.Ingress(cluster, ingress))
            if gateway := world.ingress.get(name):
                allowances = tuple(allowance for allowance in context.declared.values() if allowance.caller == name)
                yield Served(world, name, gateway, ingress, allowances)


def needed_by_clients(context: Context) -> frozenset[Connection]:
    """The connections of clients to the gateways from which routes lead on; of those in our networks, also outbound."""
    return frozenset(
        Connection(place, gateway.gateway.frontend, port)
        for gateway in served(context)
        for block in gateway.declared.clients
        for place in _clients(context, block)
        for port in ((HTTPS_PORT, REDIRECT_PORT) if gateway.declared.redirect else (HTTPS_PORT,))
        if gateway.allowances
    )


def _clients(context: Context, block: IPv4Network | str) -> Iterator[Place]:
    """Of a range, also those in our networks."""
    if not isinstance(block, str):
        yield Place(f"clients at {block}", block)
    for place, _ in context.world.places.clients(block):
        if isinstance(block, str) or place.subnet is not None:
            yield place


def example(request: model.Request) -> Request:
    """A request that a declared one stands for."""
    return Request(next(iter(request.methods), "GET"), request_paths.examples(request.paths[0])[-1], request.hosts[0])
