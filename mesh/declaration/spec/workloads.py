"""What a stack file says about a workload: where it runs, and its ports."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from mesh.declaration.spec.part import Names, Part
from mesh.declaration.values.addresses import Range
from mesh.declaration.values.http import Host
from mesh.declaration.values.naming import Name, Namespace, PortName
from mesh.declaration.values.rule import Truth, Whole, number_or_mapping
from mesh.model import Kind, Protocol

PortNumber = Annotated[Whole, Field(ge=1, le=65535)]


class Port(Part):
    number: PortNumber
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
