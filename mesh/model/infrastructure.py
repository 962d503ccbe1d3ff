"""The infrastructure of an environment: networks, clusters with gateways, machines, Istio's versions."""

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

TlsMode = Literal["mutual", "simple"]
NetworkPolicyEngine = Literal["cilium", "azure"]
FRONT_DOOR = "AzureFrontDoor.Backend"
"""The service tag of the addresses from which Front Door calls, every customer's."""
FRONT_DOOR_HEADER = "x-azure-fdid"
"""Front Door sets it in every request, and lets no client set it:
https://learn.microsoft.com/azure/frontdoor/origin-security
"""
SubnetRole = Literal["machines", "nodes", "gateways"]


@dataclass(frozen=True)
class Canary:
    """A newer istiod beside the other, to which namespaces and machines move one by one."""

    version: str
    namespaces: tuple[str, ...]
    machines: tuple[str, ...]
    """Names of machines; a machine does not follow its namespace."""
    package_sha256: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Istio:
    version: str
    trust_domain: str
    package_sha256: tuple[tuple[str, str], ...]
    """Checksums of the package for machines, by architecture; empty: the published one is believed."""
    canary: Canary | None

    def on(self, machine: "Machine") -> "Istio | Canary":
        """The Istio version that a machine runs, and whose istiod it connects to."""
        return self.canary if self.canary and machine.name in self.canary.machines else self


@dataclass(frozen=True)
class Existing:
    """A resource of Azure that others made, and that the program uses and does not change."""

    subscription: str
    resource_group: str
    name: str


@dataclass(frozen=True)
class Subnet:
    """A part of a network's space."""

    role: SubnetRole
    cidr: IPv4Network
    name: str
    """Its name in Azure; the role, where it is created."""
    security_group: Literal["ours", "theirs"] | Existing
    """Whose group stands at it: one that is made; one that nobody knows; or one of theirs that takes our rules."""


@dataclass(frozen=True)
class Firewall:
    """The way out to the internet, in the hands of others."""

    address: IPv4Address
    public: tuple[IPv4Address, ...]
    """The addresses with which it sends packets on; empty: not known."""


@dataclass(frozen=True)
class Network:
    name: str
    location: str
    existing: Existing | None
    """The virtual network that others made; None: it is created."""
    space: tuple[IPv4Network, ...]
    """In the order of the stack file: default subnets are parts of the first."""
    subnets: tuple[Subnet, ...]
    """Only those that something in the environment uses."""
    peers: tuple[str, ...]
    """Names of the networks it is peered with; symmetric: `a` lists `b` where `b` lists `a`."""
    gateways: tuple[str, ...]
    """Peers whose VPN or ExpressRoute gateway it uses."""
    forwarders: tuple[str, ...]
    """Peers that may send it packets of others."""
    nat: bool
    """Whether what is in it leaves for the internet through a NAT gateway of its own."""
    firewall: Firewall | None
    """What it leaves through otherwise; None: by Azure's own ways."""
    reaches: tuple[IPv4Network, ...]
    """Private ranges outside all networks that it reaches by ways that others keep."""
    dns: tuple[IPv4Address, ...]
    """Its DNS servers; empty: Azure's own."""

    def subnet(self, role: SubnetRole) -> Subnet:
        return next(subnet for subnet in self.subnets if subnet.role == role)

    def __hash__(self) -> int:
        """By its name, which no other has: a hash of all fields is most of what a large plan costs."""
        return hash(self.name)


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
    """The source of the secret: files in certificates/, a Key Vault, or an existing secret."""
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
    service_tags: tuple[str, ...]
    """Tags of Azure's services whose addresses may come too; nobody but Microsoft knows them."""
    front_doors: tuple[str, ...]
    """IDs of Front Door profiles, of which a request by a Front Door needs one; empty: any customer's gets in."""
    tls: IngressTls | None
    """None only where no route leads from it."""
    redirect: bool
    """Whether port 80 is answered, by sending the client to https."""

    @property
    def clients(self) -> tuple[IPv4Network | str, ...]:
        """The ranges and the service tags of all clients."""
        return (*self.allow_from, *self.service_tags)


@dataclass(frozen=True)
class PrivateApi:
    """An API server at a private address, in the nodes subnet of its cluster."""

    zone: Existing | Literal["system", "none"]
    """What knows its name: a zone of AKS's own, public DNS, or a private zone that is there."""


@dataclass(frozen=True)
class Cluster:
    name: str
    network: Network
    existing: Existing | None
    """The AKS cluster that others made; None: it is created."""
    kubernetes: str | None
    """None where the cluster is its owner's."""
    system_pool: Pool | None
    """None where the cluster is its owner's."""
    user_pools: tuple[Pool, ...]
    pod_cidr: IPv4Network
    service_cidr: IPv4Network
    dns_address: IPv4Address
    east_west_address: IPv4Address
    """The address of its east-west gateway, in the gateways subnet."""
    ingress: tuple[IngressGateway, ...]
    api_allow_from: tuple[IPv4Network, ...]
    """Ranges that may reach the API server; empty: every address."""
    network_policy: NetworkPolicyEngine | None
    """The engine that enforces NetworkPolicies; None: there is none, and no NetworkPolicies."""
    private: PrivateApi | None
    """None where its API server is public."""
    reader_token: int
    """Which token the other clusters read this one with: the first, or one that took its place."""

    def __hash__(self) -> int:
        return hash(self.name)


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

    def __hash__(self) -> int:
        return hash(self.name)


@dataclass(frozen=True)
class MachineSpecification:
    size: str
    image: str
    """publisher:offer:sku:version"""
    ssh_key: str
    zone: str | None
    instances: int | None
    """The number of instances of a scale set; None for a single machine."""
