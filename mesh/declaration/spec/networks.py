"""What a stack file says about a network."""

from typing import Annotated

from pydantic import Field

from mesh.declaration.spec.part import Part
from mesh.declaration.values.addresses import Address, Range
from mesh.declaration.values.azure import Region
from mesh.declaration.values.naming import Name
from mesh.declaration.values.rule import Truth


class Subnets(Part):
    """Ranges that replace the default subnets."""

    machines: Range | None = None
    """Default: the first quarter of the space."""
    nodes: Range | None = None
    """Default: the second quarter of the space."""
    gateways: Range | None = None
    """Default: the sixteenth that begins at the middle of the space."""


class Network(Part):
    space: Annotated[Range, Field(examples=["10.10.0.0/16"])]
    """The address space: between /8 and /24, without overlap with other networks."""
    peers: tuple[Name, ...] = ()
    """Networks that it is peered with. Name one side only. Peering is not transitive."""
    location: Region | None = None
    """Default: the environment's."""
    nat: Truth = True
    """Whether the network has its own NAT gateway for traffic to the internet."""
    reaches: tuple[Range, ...] = ()
    """Private ranges that it reaches by ways that others keep, such as on premises behind a VPN, ExpressRoute or hub.
    They only make known what is there: rules open what routes declare."""
    dns: Annotated[tuple[Address, ...], Field(max_length=20)] = ()
    """DNS servers of what is in it. Default: Azure's own."""
    subnets: Subnets = Subnets()
    """The ranges of its subnets. Default: parts of the address space."""
