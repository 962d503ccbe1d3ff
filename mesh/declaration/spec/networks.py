"""What a stack file says about a network."""

from typing import Annotated

from pydantic import Field

from mesh.declaration.spec.part import Part
from mesh.declaration.values.addresses import Range
from mesh.declaration.values.azure import Region
from mesh.declaration.values.naming import Name
from mesh.declaration.values.rule import Truth


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
