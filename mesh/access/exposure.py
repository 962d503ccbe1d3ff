"""A plan → its ingress gateways and API servers: which clients may connect, and which certificates they must show."""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

from mesh.access.azure import address_sets
from mesh.access.azure.address_sets import EVERYTHING, NOTHING, Address, AddressSet
from mesh.access.istio import gateway_servers
from mesh.access.istio.gateway_servers import Server
from mesh.access.places import cluster_name
from mesh.access.world import World
from mesh.plan import Plan
from mesh.plan.resources import AzureResource, Output

Certificate = Literal["asked", "optional", "not asked"]
_ASKED: dict[str, Certificate] = {"MUTUAL": "asked", "ISTIO_MUTUAL": "asked", "OPTIONAL_MUTUAL": "optional"}
_HALF = 2**31
_CLUSTER = "azure-native:containerservice:ManagedCluster"


@dataclass(frozen=True)
class Exposure:
    subject: str
    """`ingress/public`, `api-server/east`."""
    hosts: tuple[str, ...]
    """Of a gateway."""
    addresses: AddressSet
    """From where its load balancer, or Azure, lets clients in."""
    is_public: bool
    """Whether the internet has a way to its address."""
    certificate: Certificate
    """Of a client, and at an API server none: it asks for tokens."""
    names: tuple[str, ...]
    """Those of which a client's certificate needs one; empty: any of its CA."""
    by: str
    """The object that asks for the certificate, or the cluster, by its name in the plan."""
    service_tags: tuple[str, ...] = ()
    """Those among its addresses."""

    @property
    def is_open_to_the_world(self) -> bool:
        """Whether everybody on the internet gets in without a certificate."""
        return self.is_public and _is_most_of_the_internet(self.addresses) and self.certificate != "asked"

    @property
    def clients(self) -> tuple[str, ...]:
        """The ranges and service tags as text; empty: every address."""
        if self.addresses == EVERYTHING:
            return ()
        return (*(str(block) for block in address_sets.blocks(self.addresses)), *self.service_tags)


def _is_most_of_the_internet(addresses: AddressSet) -> bool:
    """Two halves or some quarters in the place of 0.0.0.0/0 shut out nobody whom anybody knows."""
    return sum(last - first + 1 for first, last in addresses.ranges) >= _HALF


def exposures(world: World) -> tuple[Exposure, ...]:
    """In the order of their subjects; of a gateway one for all hosts at which the same is asked."""
    found = (*_of_gateways(world), *api_servers(world.plan))
    return tuple(sorted(found, key=lambda each: (each.subject, each.hosts)))


def _of_gateways(world: World) -> Iterator[Exposure]:
    for name, gateway in world.by_shortest_name.items():
        admitted = gateway.admitted_addresses
        servers: dict[tuple[Certificate, tuple[str, ...]], list[Server]] = {}
        for server in gateway_servers.every(world.meshes[gateway.release.cluster], gateway.instance.proxy):
            if not server.tls.get("httpsRedirect"):
                servers.setdefault(_asked(server), []).append(server)
        for (certificate, names), alike in servers.items():
            hosts = tuple(sorted({host for server in alike for host in server.names}))
            public = not isinstance(gateway.frontend.addresses, IPv4Address)
            yield Exposure(name, hosts, admitted, public, certificate, names, alike[0].by, gateway.admitted_tags)


def _asked(server: Server) -> tuple[Certificate, tuple[str, ...]]:
    certificate = _ASKED.get(server.mode, "not asked") if server.is_tls else "not asked"
    names = server.tls.get("subjectAltNames") or ()
    return certificate, tuple(sorted(names)) if certificate != "not asked" else ()


def api_servers(plan: Plan) -> Iterator[Exposure]:
    """Those that are not private; beside declared ranges, the clusters' own ways out are not known before."""
    for resource in plan.azure:
        if resource.token == _CLUSTER and (let_in := api_clients(resource)):
            known = let_in if let_in == EVERYTHING else AddressSet(let_in.ranges)
            subject = f"api-server/{cluster_name(resource)}"
            yield Exposure(subject, (), known, True, "not asked", (), resource.name)


def api_clients(cluster: AzureResource) -> AddressSet:
    """The addresses that a cluster's API server lets in; none from the internet where it is private."""
    profile = cluster.properties.get("apiServerAccessProfile") or {}
    if profile.get("enablePrivateCluster") or cluster.properties.get("publicNetworkAccess") == "Disabled":
        return NOTHING
    ranges = profile.get("authorizedIPRanges")
    return address_sets.union(map(_range, ranges)) if ranges else EVERYTHING


def _range(said: object) -> Address:
    """A range as Azure's API writes it → its addresses; all addresses where it cannot be read."""
    if isinstance(said, Output):
        return said
    try:
        return IPv4Network(str(said), strict=False)
    except ValueError:
        return EVERYTHING
