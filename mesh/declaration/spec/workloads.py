"""What a stack file says about a workload: where it runs, and its ports."""

from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from mesh.declaration.spec.part import Names, Part, one_or_several
from mesh.declaration.values.addresses import Range
from mesh.declaration.values.azure import ResourceGroup, ZoneName
from mesh.declaration.values.http import Host
from mesh.declaration.values.labels import LabelName, LabelValue
from mesh.declaration.values.naming import AccountName, Name, Namespace, PortName, ServiceName
from mesh.declaration.values.rule import Truth, Whole, name_or_mapping, number_or_mapping
from mesh.model import Kind, Protocol

PortNumber = Annotated[Whole, Field(ge=1, le=65535)]


class Port(Part):
    number: PortNumber
    """The port that the workload listens on."""
    service: PortNumber | None = None
    """The port of its Service, which callers use: 80 for `http://orders`. Default: number."""
    protocol: Protocol | None = None
    """Default: by the port's name (http, http2, grpc, tcp, tls, https, sql, postgres, mysql, redis, mongo)."""


Owner = Literal["ours", "theirs"]


class Service(Part):
    """The Kubernetes Service of its pods."""

    name: Annotated[
        tuple[ServiceName, ...],
        BeforeValidator(one_or_several, json_schema_input_type=ServiceName | list[ServiceName]),
        Field(min_length=1, examples=["shop-orders"]),
    ] = ()
    """Its name, by which it is called; or a list where there are several. Default: the workload's name."""
    owner: Owner = "ours"
    """Who makes it: ours; or theirs, such as a Helm chart of the team. Then the program makes none beside its pods."""


class Account(Part):
    """The Kubernetes ServiceAccount of its pods, which is their identity."""

    name: AccountName | None = None
    """Default: the workload's name."""
    owner: Owner = "ours"
    """Who makes it: ours; or theirs, such as a Helm chart of the team."""


class Zone(Part):
    group: ResourceGroup
    """The resource group of the zone, in the environment's subscription."""
    name: Annotated[ZoneName, Field(examples=["privatelink.postgres.database.azure.com"])]
    """The zone's name."""


class Managed(Part):
    host: Host
    """The name that clients call, such as inv.postgres.database.azure.com."""
    network: Name
    """The network of its private address."""
    range: Annotated[Range | None, Field(examples=["10.30.192.0/28"])] = None
    """The range of its address in the network. Default: the last quarter of the address space."""
    zone: Zone | None = None
    """The private DNS zone that is there already and has its address. It is linked to the network of each caller."""


class Function(Part):
    host: Host
    """The name that clients call, such as thumbs.azurewebsites.net."""


class External(Part):
    hosts: Annotated[tuple[Host, ...], Field(min_length=1)]
    """The names that clients call."""
    range: Annotated[Range | None, Field(examples=["192.168.10.0/24"])] = None
    """The private range of its addresses, such as on premises: a part of what its callers' networks reach. Default: it
    has public addresses."""


Ports = Annotated[
    Port,
    BeforeValidator(
        number_or_mapping("number", "8080, or {number: 8080, protocol: http}"),
        json_schema_input_type=PortNumber | Port,
    ),
]


class Workload(Part):
    """Where it runs: cluster, machines or both; or one of managed, function and external."""

    namespace: Annotated[Namespace, Field(examples=["shop"])]
    """Its Kubernetes namespace, and part of its identity."""
    ports: dict[PortName, Ports] = Field(default_factory=dict)
    """Ports by name: a number, or {number, service, protocol}. None: it is called by nobody, such as a CronJob."""
    kind: Kind = "service"
    """The kind of service. Databases speak tcp."""
    accepts: Literal["review"] | None = None
    """review: routes to it stand in the file that declares it, so that its owner reviews who calls it. Default: the
    team of a caller may declare them too."""
    cluster: Names = ()
    """The cluster whose pods run it, or a list of clusters."""
    machines: tuple[Name, ...] = ()
    """The machines that run it."""
    labels: (
        Annotated[dict[LabelName, LabelValue], Field(min_length=1, examples=[{"app.kubernetes.io/name": "orders"}])]
        | None
    ) = None
    """Labels that all of its pods have, and no other pod of the namespace. Default: app, with the workload's name."""
    account: Annotated[
        Account,
        BeforeValidator(
            name_or_mapping("name", "orders, or {name: orders, owner: theirs}"),
            json_schema_input_type=AccountName | Account,
        ),
    ] = Account()
    """The service account that its pods run as: its name, or {name, owner}."""
    service: Annotated[
        Service,
        BeforeValidator(
            name_or_mapping("name", "shop-orders, or {name: shop-orders, owner: theirs}"),
            json_schema_input_type=ServiceName | Service,
        ),
    ] = Service()
    """The Service by which its pods are called: its name, or {name, owner}."""
    sidecar: Truth = True
    """Whether its machines run a sidecar. Without one, it can be called but cannot call others."""
    managed: Managed | None = None
    """A database that Azure runs, with a private address."""
    function: Function | None = None
    """A serverless function."""
    external: External | None = None
    """A service that somebody else runs."""
