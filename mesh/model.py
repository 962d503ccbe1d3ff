"""An environment, resolved: complete, immutable, every default filled in and every reference an object.

`resolve` makes it from a stack file, the renderers read it. Collections are tuples sorted by name, so equal
environments are equal values whatever the order in their YAML.
"""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

Protocol = Literal["http", "http2", "grpc", "tcp", "tls"]
Kind = Literal["service", "postgres", "mysql", "redis", "mongo"]
SubnetRole = Literal["machines", "nodes", "gateways"]


@dataclass(frozen=True)
class Istio:
    version: str
    trust_domain: str


@dataclass(frozen=True)
class Subnet:
    """A part of a network's space; the role is also its name."""

    role: SubnetRole
    cidr: IPv4Network


@dataclass(frozen=True)
class Network:
    name: str
    location: str
    space: IPv4Network
    subnets: tuple[Subnet, ...]
    """Only those that something in the environment uses."""
    peers: tuple[str, ...]
    """Names of the networks it is peered with; symmetric: `a` lists `b` where `b` lists `a`."""
    nat: bool
    """Whether what is in it leaves for the internet through a NAT gateway of its own."""

    def subnet(self, role: SubnetRole) -> Subnet:
        return next(subnet for subnet in self.subnets if subnet.role == role)


@dataclass(frozen=True)
class Pool:
    name: str
    size: str
    minimum: int
    maximum: int
    """Equal to the minimum where the pool does not scale by itself."""
    zones: tuple[str, ...]


@dataclass(frozen=True)
class IngressGateway:
    name: str
    hosts: tuple[str, ...]
    address: IPv4Address | None
    """Its static private address; None where it is public, with a public IP of its own."""
    allow_from: tuple[IPv4Network, ...]


@dataclass(frozen=True)
class Cluster:
    name: str
    network: Network
    kubernetes: str
    system_pool: Pool
    user_pools: tuple[Pool, ...]
    pod_cidr: IPv4Network
    service_cidr: IPv4Network
    dns_address: IPv4Address
    east_west_address: IPv4Address
    """Where the other networks reach this cluster: its east-west gateway, in the gateways subnet."""
    ingress: tuple[IngressGateway, ...]
    api_allow_from: tuple[IPv4Network, ...]
    """Who may reach the API server; empty: everyone who has credentials."""


@dataclass(frozen=True)
class Machine:
    name: str
    network: Network
    address: IPv4Address
    joins: Cluster
    """The cluster whose istiod it talks to, and where its entries are kept."""
    created: "MachineSpecification | None"
    """None where the machine exists already and is only joined."""


@dataclass(frozen=True)
class MachineSpecification:
    size: str
    image: str
    """publisher:offer:sku:version"""
    ssh_key: str
    zone: str | None


@dataclass(frozen=True)
class Port:
    name: str
    number: int
    protocol: Protocol


@dataclass(frozen=True)
class Managed:
    """A database that Azure runs, reached at its host name by a private address in a network."""

    host: str
    network: Network


@dataclass(frozen=True)
class Function:
    """A serverless function, reached at its host name."""

    host: str


@dataclass(frozen=True)
class External:
    """A service outside, reached at its host names."""

    hosts: tuple[str, ...]


@dataclass(frozen=True)
class Workload:
    name: str
    namespace: str
    kind: Kind
    ports: tuple[Port, ...]
    sidecar: bool
    """Whether what runs it carries a sidecar; always true for pods, always false off the mesh."""
    clusters: tuple[Cluster, ...]
    machines: tuple[Machine, ...]
    elsewhere: Managed | Function | External | None
    """Set where neither pods nor machines run it; then clusters and machines are empty."""

    def port(self, name: str) -> Port:
        return next(port for port in self.ports if port.name == name)


@dataclass(frozen=True)
class Ingress:
    """A caller from outside, by an ingress gateway."""

    cluster: Cluster
    gateway: IngressGateway


@dataclass(frozen=True)
class Request:
    """What an HTTP route lets through: every combination of its methods and paths. Empty methods: all of them."""

    methods: tuple[str, ...]
    paths: tuple[str, ...]


@dataclass(frozen=True)
class Route:
    """Who may call whom, at which port. Requests are empty on a route that is not HTTP."""

    caller: Workload | Ingress
    callee: Workload
    port: Port
    requests: tuple[Request, ...]


@dataclass(frozen=True)
class Environment:
    name: str
    subscription: str
    location: str
    istio: Istio
    tags: tuple[tuple[str, str], ...]
    networks: tuple[Network, ...]
    clusters: tuple[Cluster, ...]
    machines: tuple[Machine, ...]
    workloads: tuple[Workload, ...]
    routes: tuple[Route, ...]

    @property
    def namespaces(self) -> tuple[str, ...]:
        return tuple(sorted({workload.namespace for workload in self.workloads}))

    @property
    def machines_with_sidecar(self) -> tuple[Machine, ...]:
        """The machines on which some workload runs with a sidecar, and which so talk to an istiod."""
        found = {machine.name for workload in self.workloads if workload.sidecar for machine in workload.machines}
        return tuple(machine for machine in self.machines if machine.name in found)
