"""What a stack file says about a network."""

from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field

from mesh.declaration.spec.existing import Existing
from mesh.declaration.spec.part import AzureProperties, Part, one_or_several
from mesh.declaration.values.addresses import Address, Range
from mesh.declaration.values.azure import Region, SubnetName
from mesh.declaration.values.naming import Name
from mesh.declaration.values.rule import Truth, name_or_mapping
from mesh.model import SubnetRole


class Subnet(Part):
    range: Range
    """Its addresses."""
    name: SubnetName | None = None
    """Its name in Azure, in an existing network. A subnet that is created has the name of its role."""
    security_group: Existing | None = None
    """The security group of theirs that takes our rules, in an existing network: each is a resource of its own. Their
    own rules in it are not judged."""


_Subnet = Annotated[
    Subnet,
    BeforeValidator(
        name_or_mapping("range", "10.10.4.0/22, or {name: snet-aks, range: 10.10.4.0/22}", "a range"),
        json_schema_input_type=Range | Subnet,
    ),
]


class Subnets(Part):
    """Ranges that replace the default subnets; in an existing network, the subnets to use."""

    machines: _Subnet | None = None
    """Default: the first quarter of the space."""
    nodes: _Subnet | None = None
    """Default: the second quarter of the space."""
    gateways: _Subnet | None = None
    """Default: the sixteenth that begins at the middle of the space."""
    azure: dict[SubnetRole, AzureProperties] = {}
    """By subnet, properties as Azure's API writes them (docs/azure-options.md)."""


class Peer(Part):
    network: Name
    """The network that it is peered with."""
    use_gateway: Truth = False
    """Whether it uses the VPN or ExpressRoute gateway of that network."""
    forwarded: Truth = False
    """Whether it takes packets that the other network sends on for others, such as those of a firewall there."""


_Peer = Annotated[
    Peer,
    BeforeValidator(
        name_or_mapping("network", "hub, or {network: hub, use_gateway: true}"), json_schema_input_type=Name | Peer
    ),
]


class Outbound(Part):
    """The way to the internet by a firewall of theirs."""

    firewall: Annotated[Address, Field(examples=["10.0.1.4"])]
    """Its private address, to which a route table of each subnet sends everything. The subnets of an existing network
    have such a route already."""
    public: tuple[Address, ...] = ()
    """The public addresses with which it sends packets on. API servers with api_allow_from let them in."""


class Network(Part):
    space: Annotated[
        tuple[Range, ...],
        BeforeValidator(one_or_several, json_schema_input_type=Range | list[Range]),
        Field(min_length=1, examples=["10.10.0.0/16", ["10.10.0.0/16", "10.11.0.0/16"]]),
    ]
    """The address space, or a list of ranges: each between /8 and /24, without overlap with others. Default subnets are
    parts of the first."""
    existing: Existing | None = None
    """The virtual network, where it is there already. Then it is used and not changed, and `subnets` names those for
    nodes, gateways and machines. Default: it is created."""
    peers: tuple[_Peer, ...] = ()
    """Networks that it is peered with, by name, or with more: {network, use_gateway, forwarded}. Name one side only.
    Peering is not transitive. An existing network has its half already."""
    location: Region | None = None
    """Default: the environment's."""
    nat: Truth = True
    """Whether the network has its own NAT gateway for traffic to the internet. Not where it exists already, or has
    `outbound`."""
    outbound: Outbound | None = None
    """A firewall as the way to the internet. Default: the NAT gateway."""
    reaches: tuple[Range, ...] = ()
    """Private ranges that it reaches by ways that others keep, such as on premises behind a VPN, ExpressRoute or hub.
    They only make known what is there: rules open what routes declare."""
    dns: Annotated[tuple[Address, ...], Field(max_length=20)] = ()
    """DNS servers of what is in it. Default: Azure's own."""
    subnets: Subnets = Subnets()
    """The ranges of its subnets. Default: parts of the address space."""
    azure: AzureProperties = {}
    """Properties as Azure's API writes them, merged over the program's (docs/azure-options.md)."""
    security_groups: Literal["ours", "theirs"] | None = None
    """Whose groups stand at the subnets of an existing network. theirs: they are not judged, and the mesh alone is.
    ours: the program makes one for each subnet, and their owner attaches it. Default: theirs."""

    @property
    def main(self) -> IPv4Network:
        """The range that default subnets are parts of."""
        return self.space[0]

    @property
    def has_nat(self) -> bool:
        """Whether the program makes a NAT gateway for it."""
        return self.nat and self.existing is None and self.outbound is None
