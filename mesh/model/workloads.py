"""Workloads, and the routes between them."""

from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Literal

from mesh.model.infrastructure import Cluster, IngressGateway, Machine, Network

Protocol = Literal["http", "http2", "grpc", "tcp", "tls"]
HTTP: frozenset[Protocol] = frozenset({"http", "http2", "grpc"})
"""The protocols in which requests are told apart."""
Kind = Literal["service", "postgres", "mysql", "redis", "mongo"]


@dataclass(frozen=True)
class Port:
    name: str
    number: int
    """Where the workload listens."""
    service: int
    """What its callers call; where a sidecar or a Service leads them, another one than `number`."""
    protocol: Protocol

    @property
    def is_http(self) -> bool:
        return self.protocol in HTTP


OutsideKind = Literal["managed", "function", "external"]
API_SERVER = "kubernetes.default.svc.cluster.local"
"""The host of a cluster's API server, inside that cluster. Istio leads it to the caller's own cluster."""


@dataclass(frozen=True)
class PrivateZone:
    """A private DNS zone that is there already."""

    resource_group: str
    name: str


@dataclass(frozen=True)
class Outside:
    """The hosts and addresses of a workload that runs outside the mesh."""

    kind: OutsideKind
    """A database that Azure runs, a serverless function, or a service of somebody else."""
    hosts: tuple[str, ...]
    network: Network | None
    """The network that holds its private address; None outside all of them."""
    range: IPv4Network | None
    """The private addresses that it may have: in that network, or behind those that reach it; None on the internet."""
    zone: PrivateZone | None
    """The zone that has its private address."""


@dataclass(frozen=True)
class Workload:
    name: str
    namespace: str
    kind: Kind
    ports: tuple[Port, ...]
    labels: tuple[tuple[str, str], ...]
    """Of its pods and its machines, and of nothing else in its namespace."""
    account: str
    services: tuple[str, ...]
    """The names of its Services; none where nobody calls it."""
    theirs: frozenset[Literal["service", "account"]]
    """What others make of it, beside its pods."""
    sidecar: bool
    """Whether what runs it carries a sidecar; always true for pods, always false off the mesh."""
    clusters: tuple[Cluster, ...]
    machines: tuple[Machine, ...]
    outside: Outside | None
    """Set where neither pods nor machines run it; then clusters and machines are empty."""

    @property
    def is_api_server(self) -> bool:
        """Whether it is the API server of each caller's own cluster."""
        return self.outside is not None and API_SERVER in self.outside.hosts

    def port(self, name: str) -> Port:
        return next(port for port in self.ports if port.name == name)

    def __hash__(self) -> int:
        """By its name, which no other has: a hash of all fields is most of what a large plan costs."""
        return hash(self.name)


@dataclass(frozen=True)
class Ingress:
    """A caller from outside, by an ingress gateway."""

    cluster: Cluster
    gateway: IngressGateway


@dataclass(frozen=True)
class Jwt:
    """The tokens that a request needs."""

    issuer: str
    audiences: tuple[str, ...]
    jwks: str
    """The address of the public keys, or a key set."""


@dataclass(frozen=True)
class Request:
    """The requests of an HTTP route: every combination of methods and paths. Empty methods: all methods."""

    methods: tuple[str, ...]
    paths: tuple[str, ...]
    hosts: tuple[str, ...]
    """Hosts of the ingress gateway; empty if the caller is a workload."""
    rewrite: str | None = None
    """What the gateway puts in place of a path up to its star, or of a whole path without one; None: nothing."""

    jwt: Jwt | None = None
    """None: no token is needed."""
    claims: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Claims of the token, each with the values of which it has one."""

    @property
    def arriving(self) -> tuple[str, ...]:
        """The paths as the callee gets them."""
        if self.rewrite is None:
            return self.paths
        return tuple(dict.fromkeys(self.rewrite + ("*" if path.endswith("*") else "") for path in self.paths))


@dataclass(frozen=True)
class Route:
    """A caller may call a callee at a port. Requests are empty on a route that is not HTTP."""

    caller: Workload | Ingress
    callee: Workload
    port: Port
    requests: tuple[Request, ...]

    @property
    def by_network_alone(self) -> bool:
        """Whether no sidecar takes part: its caller has none, and so its callee has none either."""
        return isinstance(self.caller, Workload) and not self.caller.sidecar

    @property
    def networks(self) -> frozenset[Network]:
        """Those that its calls come from."""
        if isinstance(self.caller, Ingress):
            return frozenset({self.caller.cluster.network})
        of_clusters = (cluster.network for cluster in self.caller.clusters)
        return frozenset((*of_clusters, *(machine.network for machine in self.caller.machines)))


@dataclass(frozen=True)
class Tracing:
    zipkin: Workload
    """The workload that receives spans, one of the environment's workloads."""
    image: str | None
    """The image of its pods; None for an existing Zipkin."""
    sampling: float
    """Percent of the requests."""
    namespaces: tuple[tuple[str, float], ...]
    """Namespaces with a sampling of their own."""
    routes: tuple[Route, ...]
    """From everybody who sends spans."""
