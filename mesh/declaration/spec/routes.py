"""What a stack file says about a route: who may call whom, and how."""

from typing import Annotated

from pydantic import BeforeValidator, ConfigDict, Field

from mesh.declaration.spec.part import Part, one_or_several
from mesh.declaration.spec.tokens import Jwt
from mesh.declaration.values.http import Host, Method, RequestPath, Rewrite
from mesh.declaration.values.naming import Callee, Caller, PortName
from mesh.declaration.values.tokens import Claims


class Request(Part):
    """Requests that pass: every combination of the methods and the paths."""

    paths: Annotated[tuple[RequestPath, ...], Field(min_length=1, examples=[["/orders", "/orders/*"]])]
    """Exact paths, or patterns. A path that ends in * matches every path with this beginning: [/*] matches every path.
    {*} stands for one segment, as in /orders/{*}/items, and {**} for any number of them; */health matches every path
    with this ending."""
    methods: Annotated[tuple[Method, ...] | None, Field(min_length=1, examples=[["GET", "POST"]])] = None
    """Default: all methods."""
    hosts: Annotated[tuple[Host, ...] | None, Field(min_length=1, examples=[["shop.example.com"]])] = None
    """For a route from an ingress gateway: some of its hosts. Default: all of them."""
    rewrite: Annotated[Rewrite | None, Field(examples=["/orders/"])] = None
    """For a route from an ingress gateway: what the callee gets in place of a path up to its star, or of an exact path.
    Default: the path as the client sends it."""
    claims: Annotated[Claims, Field(examples=[{"roles": ["admin"]}])] = {}
    """Claims that the token of the request needs, each with one of the values. Needs jwt."""


Callers = Annotated[
    tuple[Caller, ...], Field(min_length=1), BeforeValidator(one_or_several, json_schema_input_type=str | list[Caller])
]
Callees = Annotated[
    tuple[Callee, ...], Field(min_length=1), BeforeValidator(one_or_several, json_schema_input_type=str | list[Callee])
]


class Route(Part):
    """Who may call whom: with `http` at a port that speaks http, http2 or grpc, with `tcp` at any other port, with
    `network` where neither side has a sidecar."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": ["http"]},
                {"required": ["tcp"]},
                {"required": ["network"]},
                {"properties": {"to": {"const": "kubernetes-api"}, "http": False, "tcp": False, "network": False}},
            ]
        }
    )

    callers: Annotated[Callers, Field(alias="from", examples=["storefront", "ingress/public", ["cart", "checkout"]])]
    """The calling workload, ingress/NAME or group/NAME; or a list of them."""
    callees: Annotated[Callees, Field(alias="to", examples=["orders", "group/identity"])]
    """The called workload or group/NAME; or a list of them. Each caller may call each of them. kubernetes-api is the
    API server of the cluster that the caller's pods run in, and needs no tcp."""
    http: Annotated[tuple[Request, ...] | None, Field(min_length=1)] = None
    """The requests that pass."""
    jwt: Jwt | None = None
    """The tokens that its requests need. Default: those of the ingress gateway."""
    tcp: PortName | None = None
    """The name of the callee's port that the route opens."""
    network: PortName | None = None
    """The name of the callee's port, if neither side has a sidecar. Only NSGs hold others back, by address."""
    port: PortName | None = None
    """The name of the callee's port, if several of its ports speak http."""
