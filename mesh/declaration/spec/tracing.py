"""What a stack file says about traces."""

from typing import Annotated

from pydantic import ConfigDict, Field

from mesh.declaration.spec.part import Part
from mesh.declaration.spec.workloads import PortNumber
from mesh.declaration.values.addresses import Range
from mesh.declaration.values.http import Host
from mesh.declaration.values.istio import ContainerImage
from mesh.declaration.values.naming import Name, Namespace
from mesh.declaration.values.rule import Percentage


class Zipkin(Part):
    """Where spans go: with `cluster` the program runs a Zipkin there, `host` names an existing one."""

    model_config = ConfigDict(json_schema_extra={"oneOf": [{"required": ["cluster"]}, {"required": ["host"]}]})

    cluster: Annotated[Name | None, Field(examples=["east"])] = None
    """The cluster that runs it."""
    image: ContainerImage = "docker.io/openzipkin/zipkin:3.5.1"
    """The image of its pod, with an exact tag."""
    host: Annotated[Host | None, Field(examples=["zipkin.ops.example"])] = None
    """The name of an existing Zipkin, which accepts spans over plain HTTP."""
    port: PortNumber = 9411
    """The port of the existing Zipkin."""
    network: Name | None = None
    """The network of the existing Zipkin's private address. Default: it is on the internet."""
    range: Annotated[Range | None, Field(examples=["10.40.192.0/28"])] = None
    """The range of its address in that network. Default: the last quarter of the address space."""
    namespace: Namespace = "observability"
    """The Kubernetes namespace that it runs in or is registered in."""


class Tracing(Part):
    zipkin: Zipkin
    """Where spans go."""
    sampling: Annotated[Percentage, Field(examples=[5])] = 1
    """The percentage of requests that are traced."""
    namespaces: Annotated[dict[Namespace, Percentage], Field(examples=[{"finance": 50}])] = {}
    """Percentages for requests that begin in a namespace."""
