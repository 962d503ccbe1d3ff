"""What a stack file says about a route: who may call whom, and how."""

from typing import Annotated

from pydantic import ConfigDict, Field

from mesh.declaration.spec.part import Part
from mesh.declaration.values.http import Host, Method, RequestPath
from mesh.declaration.values.naming import Callee, Caller, PortName


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
