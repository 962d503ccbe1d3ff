"""What a stack file says about a workload: where it runs, and its ports."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from mesh.declaration.spec.part import Names, Part
from mesh.declaration.values.addresses import Range
from mesh.declaration.values.azure import ResourceGroup, ZoneName
from mesh.declaration.values.http import Host
from mesh.declaration.values.naming import Name, Namespace, PortName
from mesh.declaration.values.rule import Truth, Whole, number_or_mapping
from mesh.model import Kind, Protocol

PortNumber = Annotated[Whole, Field(ge=1, le=65535)]


class Port(Part):
    number: PortNumber
    """The port that the workload listens on."""
    protocol: Protocol | None = None
    """Default: by the port's name (http, http2, grpc, tcp, tls, https, sql, postgres, mysql, redis, mongo)."""


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
    ports: Annotated[dict[PortName, Ports], Field(min_length=1)]
    """Ports by name: a number, or {number, protocol}."""
    kind: Kind = "service"
    """The kind of service. Databases speak tcp."""
    cluster: Names = ()
    """The cluster whose pods run it, or a list of clusters."""
    machines: tuple[Name, ...] = ()
    """The machines that run it."""
    sidecar: Truth = True
    """Whether its machines run a sidecar. Without one, it can be called but cannot call others."""
    managed: Managed | None = None
    """A database that Azure runs, with a private address."""
    function: Function | None = None
    """A serverless function."""
    external: External | None = None
    """A service that somebody else runs."""
