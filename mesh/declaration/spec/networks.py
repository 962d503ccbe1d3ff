"""What a stack file says about a network."""

from ipaddress import IPv4Network
from typing import Annotated

from pydantic import BeforeValidator, Field

from mesh.declaration.spec.part import Part, one_or_several
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
    space: Annotated[
        tuple[Range, ...],
        BeforeValidator(one_or_several, json_schema_input_type=Range | list[Range]),
        Field(min_length=1, examples=["10.10.0.0/16", ["10.10.0.0/16", "10.11.0.0/16"]]),
    ]
    """The address space, or a list of ranges: each between /8 and /24, without overlap with others. Default subnets are
    parts of the first."""
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

    @property
    def main(self) -> IPv4Network:
        """The range that default subnets are parts of."""
        return self.space[0]
