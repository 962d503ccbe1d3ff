"""What a stack file may say, every default, and the JSON schema that an editor checks it with."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from mesh.declaration import rules
from mesh.declaration.ingress import Ingress
from mesh.declaration.traffic import PART, Traffic
from mesh.declaration.values import (
    Address,
    Callee,
    Caller,
    ContainerImage,
    Day,
    FindingCode,
    Host,
    Image,
    IstioVersion,
    KubernetesVersion,
    Method,
    Name,
    Namespace,
    NetworkName,
    Percentage,
    PoolName,
    PortName,
    Range,
    Reason,
    Region,
    RequestPath,
    ResourceName,
    Sha256,
    Size,
    SshKey,
    Subject,
    Subscription,
    Tags,
    TrustDomain,
    Truth,
    Whole,
    Zone,
)
from mesh.model import AccessLogs, Enforcement, Kind, Protocol


class Part(BaseModel):
    model_config = PART


def _one_or_several(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _truth_in_text(value: Any) -> Any:
    """`pulumi config set` writes truth values as text."""
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


Names = Annotated[tuple[Name, ...], BeforeValidator(_one_or_several, json_schema_input_type=str | list[Name])]


_MOST_NODES = 1000
"""Of a pool, by AKS."""
_NodeCount = Annotated[Whole, Field(ge=1, le=_MOST_NODES)]
_PortNumber = Annotated[Whole, Field(ge=1, le=65535)]


class Checksums(Part):
    """SHA-256 of a version's istio-sidecar.deb, by the machines' architecture; where one is missing, none is run."""

    amd64: Sha256 | None = None
    """Of istio-sidecar.deb."""
    arm64: Sha256 | None = None
    """Of istio-sidecar-arm64.deb."""


class Canary(Part):
    """A second istiod, of a newer version, for what is moved to it one by one."""

    version: Annotated[IstioVersion, Field(examples=["1.31.1"])]
    """The exact version: newer than the other, by one minor at most; equal to it on the way back."""
    namespaces: Annotated[tuple[Name, ...], Field(examples=[["shop"]])] = ()
    """Namespaces whose pods have it inject their sidecars; each pod moves when it is made anew."""
    machines: Annotated[tuple[Name, ...], Field(examples=[["ledger-0"]])] = ()
    """Machines that run its version and talk to it."""
    package_sha256: Checksums | None = None
    """As istio.package_sha256, of this version."""


class Istio(Part):
    version: Annotated[IstioVersion, Field(examples=["1.30.4"])]
    """The exact version installed on every cluster and machine."""
    trust_domain: Annotated[TrustDomain, Field(examples=["shop.example"])] = "cluster.local"
    """The first part of every workload's identity."""
    package_sha256: Checksums | None = None
    """What the package has to be that machines install. Default: as the checksum says that is published beside it."""
    canary: Canary | None = None
    """The version to come, beside the other. Default: none."""


class Subnets(Part):
    """Ranges to use in place of the ones cut from the network's space."""

    machines: Range | None = None
    """Default: the first quarter of the space."""
    nodes: Range | None = None
    """Default: the second quarter of the space."""
    gateways: Range | None = None
    """Default: the sixteenth that begins at the middle of the space."""


class Network(Part):
    space: Annotated[Range, Field(examples=["10.10.0.0/16"])]
    """Its addresses: between /8 and /24, apart from those of every other network."""
    peers: tuple[Name, ...] = ()
    """Networks it exchanges traffic with. Naming one side is enough; peering does not pass on to a peer's peers."""
    location: Region | None = None
    """Default: the environment's."""
    nat: Truth = True
    """Whether what is in it leaves for the internet through a NAT gateway of its own."""
    subnets: Subnets = Subnets()
    """Ranges to use in place of the ones cut from the space."""


class Nodes(Part):
    minimum: Annotated[Whole, Field(alias="min", ge=0, le=_MOST_NODES)]
    """The fewest nodes."""
    maximum: Annotated[Whole | None, Field(alias="max", ge=1, le=_MOST_NODES)] = None
    """The most nodes. Default: min, so that the pool does not scale by itself."""

    @property
    def most(self) -> int:
        return self.minimum if self.maximum is None else self.maximum


class Pool(Part):
    size: Annotated[Size, Field(examples=["Standard_D4s_v5"])]
    """The VM size of its nodes."""
    nodes: Annotated[
        Nodes,
        BeforeValidator(
            rules.number_or_mapping("min", "3, or {min: 2, max: 10}"), json_schema_input_type=_NodeCount | Nodes
        ),
    ]
    """How many: a number, or {min, max} where the pool scales by itself."""
    zones: tuple[Zone, ...] = ()
    """Availability zones to spread over."""
    kubernetes: Annotated[KubernetesVersion | None, Field(examples=["1.34"])] = None
    """The version of its nodes, while the cluster is upgraded before them. Default: the cluster's."""


class EastWest(Part):
    address: Address
    """Where the other networks reach the cluster: an address in the network's gateways subnet."""


class Cluster(Part):
    network: Name
    """The network of its nodes and gateways; no other cluster may use it."""
    kubernetes: Annotated[KubernetesVersion, Field(examples=["1.34"])]
    """A minor version, or an exact one: of the control plane, and of pools that say nothing else. In quotes: YAML
    reads 1.30 as 1.3."""
    pools: Annotated[dict[PoolName, Pool], Field(json_schema_extra={"required": ["system"]})]
    """Node pools: `system` runs what the cluster itself needs, the others run workloads."""
    pod_cidr: Range = Field(default="10.244.0.0/16", validate_default=True)
    """Addresses of pods: a /24 for each node, never seen outside, so clusters may use the same."""
    service_cidr: Range = Field(default="172.16.0.0/16", validate_default=True)
    """Addresses of Kubernetes services, never seen outside, so clusters may use the same."""
    east_west: EastWest | None = None
    """Default: the first address of the network's gateways subnet."""
    ingress: dict[ResourceName, Ingress] = {}
    """Gateways that clients outside the mesh call."""
    api_allow_from: Annotated[tuple[Range, ...], Field(max_length=200)] = ()
    """Public ranges that may reach the API server. Default: all, with credentials."""
    reader_token: Annotated[Whole, Field(ge=1, le=999)] = 1
    """Which token the other clusters read this one with: the next number renews it."""


class Machine(Part):
    """One machine at an address, or a scale set: several alike, which come and go."""

    network: Name
    """The network it stands in."""
    address: Annotated[Address | None, Field(examples=["10.30.0.10"])] = None
    """Its static address, in the network's machines subnet; needed but for a scale set."""
    instances: Annotated[Whole | None, Field(ge=1, le=100)] = None
    """How many machines a scale set has. Default: it is a single machine, at its address."""
    joins: Name | None = None
    """The cluster that it gets its configuration and certificates from. Default: the only one."""
    existing: Truth = False
    """Whether it is there already, and is joined but not created."""
    size: Annotated[Size | None, Field(examples=["Standard_D2s_v5"])] = None
    """The VM size; needed where the machine is created."""
    image: Image = "Canonical:ubuntu-24_04-lts:server:latest"
    """publisher:offer:sku:version of a marketplace image."""
    zone: Zone | None = None
    """The availability zone."""
    internet: Truth = False
    """Whether it may call out to the internet, where no sidecar runs on it: to updates, backups, and whatever else is
    there. One with a sidecar always may, to reach its cluster's API server."""


class Port(Part):
    number: _PortNumber
    """The port the workload listens on."""
    protocol: Protocol | None = None
    """Default: by the port's name (http, http2, grpc, tcp, tls, https, sql, postgres, mysql, redis, mongo)."""


class Managed(Part):
    host: Host
    """The name clients call, such as inv.postgres.database.azure.com."""
    network: Name
    """The network with its private address."""
    range: Annotated[Range | None, Field(examples=["10.30.192.0/28"])] = None
    """Where in the network its address is. Default: the last quarter of the space, where no subnet is cut."""


class Function(Part):
    host: Host
    """The name clients call, such as thumbs.azurewebsites.net."""


class External(Part):
    hosts: Annotated[tuple[Host, ...], Field(min_length=1)]
    """The names clients call."""


Ports = Annotated[
    Port,
    BeforeValidator(
        rules.number_or_mapping("number", "8080, or {number: 8080, protocol: http}"),
        json_schema_input_type=_PortNumber | Port,
    ),
]


class Workload(Part):
    """Where it runs: cluster, machines or both; or one of managed, function and external."""

    namespace: Annotated[Namespace, Field(examples=["shop"])]
    """Its Kubernetes namespace, and part of its identity."""
    ports: Annotated[dict[PortName, Ports], Field(min_length=1)]
    """Ports by name: a number, or {number, protocol}."""
    kind: Kind = "service"
    """What it is; databases speak tcp."""
    cluster: Names = ()
    """The cluster, or a list of clusters, whose pods run it."""
    machines: tuple[Name, ...] = ()
    """The machines that run it."""
    sidecar: Truth = True
    """Whether its machines carry a sidecar; without one it can be called, but not call."""
    managed: Managed | None = None
    """A database that Azure runs, reached by a private address."""
    function: Function | None = None
    """A serverless function."""
    external: External | None = None
    """A service outside."""


class Request(Part):
    """What is let through: every combination of the methods and the paths."""

    paths: Annotated[tuple[RequestPath, ...], Field(min_length=1, examples=[["/orders", "/orders/*"]])]
    """Exact paths; one that ends in * stands for all that begin so. [/*] is every path."""
    methods: Annotated[tuple[Method, ...] | None, Field(min_length=1, examples=[["GET", "POST"]])] = None
    """Default: all methods."""
    hosts: Annotated[tuple[Host, ...] | None, Field(min_length=1, examples=[["shop.example.com"]])] = None
    """From an ingress gateway: the hosts of it that are meant. Default: all of them."""


class Route(Part):
    """Who may call whom: by `http` at a port that speaks http, http2 or grpc, or by `tcp` at any other."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["http"]}, {"required": ["tcp"]}]})

    caller: Annotated[Caller, Field(alias="from", examples=["storefront", "ingress/public"])]
    """The workload that calls, or ingress/NAME."""
    callee: Annotated[Callee, Field(alias="to")]
    """The workload that is called."""
    http: Annotated[tuple[Request, ...] | None, Field(min_length=1)] = None
    """The requests that are let through."""
    tcp: PortName | None = None
    """The name of the callee's port that is opened."""
    port: PortName | None = None
    """The callee's port, by name, where several of its ports speak http."""


class Zipkin(Part):
    """Where spans go: `cluster` has the program run a Zipkin there, `host` names one that is there already."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["cluster"]}, {"required": ["host"]}]})

    cluster: Annotated[Name | None, Field(examples=["east"])] = None
    """The cluster that runs it."""
    image: ContainerImage = "docker.io/openzipkin/zipkin:3.5.1"
    """What its pod runs, by an exact tag."""
    host: Annotated[Host | None, Field(examples=["zipkin.ops.example"])] = None
    """The name of one that is there already, and takes spans by plain HTTP."""
    port: _PortNumber = 9411
    """The port of the one that is there already."""
    network: Name | None = None
    """The network with the private address of the one that is there already. Default: it is outside."""
    range: Annotated[Range | None, Field(examples=["10.40.192.0/28"])] = None
    """Where in that network its address is. Default: the last quarter of the space, where no subnet is cut."""
    namespace: Namespace = "observability"
    """The Kubernetes namespace that it runs in, or is registered in."""


class Tracing(Part):
    zipkin: Zipkin
    """Where spans go."""
    sampling: Annotated[Percentage, Field(examples=[5])] = 1
    """The percentage of requests that are traced."""
    namespaces: Annotated[dict[Namespace, Percentage], Field(examples=[{"finance": 50}])] = {}
    """Percentages for requests that begin at the workloads of a namespace."""


class NamespaceSettings(Part):
    enforcement: Enforcement = "enforce"
    """observe lets calls pass that no route declares, and reports them; enforce refuses them."""


class Acceptance(Part):
    """A finding that `mesh check` has of the plan, and that is known and stays."""

    finding: Annotated[FindingCode, Field(examples=["single-machine"])]
    """Its code."""
    subjects: Annotated[
        tuple[Subject, ...],
        BeforeValidator(_one_or_several, json_schema_input_type=str | list[Subject]),
        Field(alias="of", min_length=1, examples=["ledger", ["cart to *", "nsg/east/*"]]),
    ]
    """What it is about, as the finding names it, or a list of such names; * stands for any characters."""
    reason: Reason
    """Why it stays, for whoever reads the file next year."""
    until: Annotated[Day | None, Field(examples=["2027-03-31"])] = None
    """The last day on which it is accepted, in quotes; needed for errors."""


class Environment(Part):
    location: Annotated[Region, Field(examples=["westeurope"])]
    """The Azure region."""
    istio: Istio
    """The mesh."""
    ssh_key: SshKey | None = None
    """The public key that opens the machines that are created."""
    production: Truth = False
    """Whether customers depend on it: it is protected, and nothing that makes calls fail on purpose is taken."""
    tags: Annotated[Tags, Field(max_length=45)] = {}
    """Tags of every Azure resource."""
    networks: dict[NetworkName, Network] = {}
    """Networks, by name."""
    clusters: dict[ResourceName, Cluster] = {}
    """AKS clusters, by name."""
    machines: dict[ResourceName, Machine] = {}
    """Virtual machines, by name."""
    workloads: dict[Name, Workload] = {}
    """What calls and is called, by name."""
    routes: tuple[Route, ...] = ()
    """Who may call whom. What is not listed is denied."""
    traffic: dict[Name, Traffic] = {}
    """How workloads are called, by the name of the workload that is called."""
    namespaces: dict[Namespace, NamespaceSettings] = {}
    """How routes to the workloads of a namespace are enforced, by the namespace."""
    tracing: Tracing | None = None
    """Traces of requests, by Zipkin. Default: none."""
    access_logs: AccessLogs = "none"
    """Which requests sidecars and gateways write to their logs: none, errors or all."""
    accept: tuple[Acceptance, ...] = ()
    """Findings that are known and stay, each for a reason."""
    protect: Truth | None = None
    """Whether Pulumi refuses to delete or replace clusters, networks and the groups of machines. Default: whether it is
    in production."""


class Configuration(BaseModel):
    """Pulumi's configuration; keys of other providers are theirs."""

    model_config = ConfigDict(
        frozen=True,
        extra="ignore",
        hide_input_in_errors=True,
        use_attribute_docstrings=True,
        json_schema_extra={"patternProperties": {"^hybrid-mesh:(?!environment$|keep-type-aliases$)": False}},
    )
    subscription: Annotated[Subscription, Field(alias="azure-native:subscriptionId")]
    """The Azure subscription everything is created in."""
    environment: Annotated[Environment, Field(alias="hybrid-mesh:environment")]
    """The environment."""
    keep_type_aliases: Annotated[
        Truth, BeforeValidator(_truth_in_text), Field(alias="hybrid-mesh:keep-type-aliases")
    ] = False
    """Whether azure-native's aliases of older versions are kept, for a stack made with one; they slow every run."""


class StackFile(Part):
    """A Pulumi stack file with an environment of hybrid-mesh."""

    config: Configuration
    """Pulumi's configuration."""
    secretsprovider: str | None = None
    """Pulumi's: what encrypts secret values."""
    encryptedkey: str | None = None
    """Pulumi's: the encrypted data key."""
    encryptionsalt: str | None = None
    """Pulumi's: the salt of the passphrase."""
    environment: Any = None
    """Pulumi's: ESC environments to import."""


def schema() -> dict[str, Any]:
    """The JSON schema of a whole stack file."""
    found: dict[str, Any] = _closed(StackFile.model_json_schema(by_alias=True, mode="validation"))
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **found}


def _closed(schema: Any) -> Any:
    """With mappings from names refusing what is no name, which pydantic leaves open."""
    if isinstance(schema, list):
        return [_closed(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    closed = {key: _closed(item) for key, item in schema.items()}
    return (
        closed | {"additionalProperties": False}
        if "patternProperties" in schema and "propertyNames" in schema
        else closed
    )
