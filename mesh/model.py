"""An environment, resolved: complete, immutable, every default filled in and every reference an object.

`resolve` makes it from a stack file, the renderers read it. Collections are tuples sorted by name, so equal
environments are equal values whatever the order in their YAML.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

Protocol = Literal["http", "http2", "grpc", "tcp", "tls"]
Kind = Literal["service", "postgres", "mysql", "redis", "mongo"]
TlsMode = Literal["mutual", "simple"]
NEAREST, OWN_CLUSTER = "nearest", "own-cluster"
IDEMPOTENT_METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PUT", "TRACE")
"""Of which a second call does no more than the first: RFC 9110, 9.2.2."""
SubnetRole = Literal["machines", "nodes", "gateways"]
Enforcement = Literal["enforce", "observe"]
AccessLogs = Literal["none", "errors", "all"]


@dataclass(frozen=True)
class Canary:
    """A newer istiod beside the other, to which namespaces and machines move one by one."""

    version: str
    namespaces: tuple[str, ...]
    machines: tuple[str, ...]
    """By name; a machine does not follow its namespace."""
    package_sha256: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Istio:
    version: str
    trust_domain: str
    package_sha256: tuple[tuple[str, str], ...]
    """Checksums of the package for machines, by architecture; empty: the published one is believed."""
    canary: Canary | None

    def on(self, machine: "Machine") -> "Istio | Canary":
        """Whose version a machine runs, and whose istiod it asks."""
        return self.canary if self.canary and machine.name in self.canary.machines else self


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
    kubernetes: str


@dataclass(frozen=True)
class KeyVault:
    """A vault that is there already, and the names of what a gateway shows and asks for by it."""

    name: str
    resource_group: str
    certificate: str
    authority: str | None
    """None where clients show no certificate."""
    revocation_list: str | None

    @property
    def secrets(self) -> tuple[str, ...]:
        """All that is read; to the vault a certificate with its key is a secret as well."""
        return tuple(name for name in (self.certificate, self.authority, self.revocation_list) if name)


@dataclass(frozen=True)
class IngressTls:
    mode: TlsMode
    secret: str
    """The Kubernetes secret with the certificates, in the gateways' namespace."""
    source: Literal["files", "others"] | KeyVault
    """What the secret is made of: files in certificates/, or what a vault keeps; or others keep it."""
    client_names: tuple[str, ...]
    """Names of which a client's certificate has one; empty: every client of the authority."""
    revocation_list: bool
    """Whether one is among the files."""


@dataclass(frozen=True)
class IngressGateway:
    name: str
    hosts: tuple[str, ...]
    address: IPv4Address | None
    """Its static private address; None where it is public, with a public IP of its own."""
    allow_from: tuple[IPv4Network, ...]
    tls: IngressTls | None
    """None only where no route leads from it."""
    redirect: bool
    """Whether port 80 is answered, by sending the client to https."""


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
    reader_token: int
    """Which token the other clusters read this one with: the first, or one that took its place."""


@dataclass(frozen=True)
class Machine:
    """A machine, or a scale set: several alike, which come and go and share a name, an identity and a workload."""

    name: str
    network: Network
    address: IPv4Address | None
    """None for a scale set, whose instances have addresses that nobody knows before."""
    joins: Cluster
    """The cluster whose istiod it talks to, and where its entries are kept."""
    created: "MachineSpecification | None"
    """None where the machine exists already and is only joined."""
    internet: bool
    """Whether it may call out to the internet; always true with a sidecar."""


@dataclass(frozen=True)
class MachineSpecification:
    size: str
    image: str
    """publisher:offer:sku:version"""
    ssh_key: str
    zone: str | None
    instances: int | None
    """How many a scale set has; None for a single machine."""


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
    hosts: tuple[str, ...]
    """By which hosts of the ingress gateway; empty where the caller is none."""


@dataclass(frozen=True)
class Route:
    """Who may call whom, at which port. Requests are empty on a route that is not HTTP."""

    caller: Workload | Ingress
    callee: Workload
    port: Port
    requests: tuple[Request, ...]


@dataclass(frozen=True)
class Tracing:
    zipkin: Workload
    """Where spans go; among the environment's workloads."""
    image: str | None
    """What its pods run; None where it is there already."""
    sampling: float
    """Percent of the requests."""
    namespaces: tuple[tuple[str, float], ...]
    """Namespaces with a sampling of their own."""
    routes: tuple[Route, ...]
    """From everybody who sends spans."""


@dataclass(frozen=True)
class Retries:
    attempts: int
    """After the first."""
    per_try: timedelta | None
    after: tuple[str, ...]
    methods: tuple[str, ...]


@dataclass(frozen=True)
class Outliers:
    errors: int
    interval: timedelta
    ejection: timedelta
    max_percent: int


@dataclass(frozen=True)
class KeepAlive:
    """None where the whole mesh's holds."""

    idle: timedelta | None
    interval: timedelta | None
    probes: int | None


@dataclass(frozen=True)
class Connections:
    """None where there is no limit, or Istio's."""

    most: int | None
    connect: timedelta | None
    idle: timedelta | None
    pending: int | None
    requests: int | None
    per_connection: int | None
    keepalive: KeepAlive | None


@dataclass(frozen=True)
class HeaderMatch:
    header: str
    value: str
    version: str


@dataclass(frozen=True)
class Mirror:
    to: "str | Workload"
    """A version of the workload, or another workload."""
    port: Port | None
    """The other workload's; None for a version."""
    percent: int


@dataclass(frozen=True)
class Move:
    """Paths that another workload answers, for a percentage of the calls."""

    paths: tuple[str, ...]
    to: Workload
    port: Port
    percent: int


@dataclass(frozen=True)
class Delay:
    duration: timedelta
    percent: int


@dataclass(frozen=True)
class Abort:
    status: int
    percent: int


@dataclass(frozen=True)
class Traffic:
    """How a workload is called, which acts in the sidecars of its callers."""

    callee: Workload
    timeout: timedelta | None
    retries: Retries | None
    outliers: Outliers | None
    connections: Connections | None
    failover: str | None
    """NEAREST, OWN_CLUSTER or the name of the cluster that is called first. Then outliers are there."""
    split: tuple[tuple[str, int], ...]
    """Versions with their percentages; empty where the workload has no versions."""
    headers: tuple[HeaderMatch, ...]
    """In the order in which they count."""
    mirror: Mirror | None
    strangler: tuple[Move, ...]
    delay: Delay | None
    abort: Abort | None


@dataclass(frozen=True)
class Acceptance:
    """A finding that is known, and stays for a reason."""

    code: str
    of: tuple[str, ...]
    """Patterns of the subjects."""
    reason: str
    until: date | None
    """The last day on which it counts; None: for good."""


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
    """As declared."""
    traffic: tuple[Traffic, ...]
    tracing: Tracing | None
    access_logs: AccessLogs
    observing: tuple[str, ...]
    """Namespaces in which a call that no route declares is let through, and reported."""
    protect: bool
    """Whether the engine refuses to delete or replace what others cannot do without."""
    accepted: tuple[Acceptance, ...]
    """In the order of the stack file."""

    @cached_property
    def calls(self) -> tuple[Route, ...]:
        """What the mesh and the networks let through: the declared routes, and the way of the spans."""
        return self.routes if self.tracing is None else (*self.routes, *self.tracing.routes)

    def calls_of(self, caller: Workload) -> tuple[Route, ...]:
        return self._calls_by_caller.get(caller.name, ())

    def calls_to(self, callee: Workload) -> tuple[Route, ...]:
        return self._calls_by_callee.get(callee.name, ())

    @cached_property
    def _calls_by_caller(self) -> dict[str, tuple[Route, ...]]:
        return _by_name((route.caller.name, route) for route in self.calls if isinstance(route.caller, Workload))

    @cached_property
    def _calls_by_callee(self) -> dict[str, tuple[Route, ...]]:
        return _by_name((route.callee.name, route) for route in self.calls)

    @cached_property
    def observed(self) -> tuple[Workload, ...]:
        """Whom everybody may call, as each call is reported by a sidecar of theirs."""
        return tuple(each for each in self.workloads if each.sidecar and each.namespace in self.observing)

    @property
    def namespaces(self) -> tuple[str, ...]:
        return tuple(sorted({workload.namespace for workload in self.workloads}))

    @cached_property
    def machines_with_sidecar(self) -> tuple[Machine, ...]:
        """The machines on which some workload runs with a sidecar, and which so talk to an istiod."""
        found = {machine.name for workload in self.workloads if workload.sidecar for machine in workload.machines}
        return tuple(machine for machine in self.machines if machine.name in found)


def _by_name(named: Iterable[tuple[str, Route]]) -> dict[str, tuple[Route, ...]]:
    found: dict[str, list[Route]] = {}
    for name, route in named:
        found.setdefault(name, []).append(route)
    return {name: tuple(routes) for name, routes in found.items()}
