"""A network: address space, subnets, interfaces and peerings.

Every id is in lower case here: Resource Manager compares them without regard to case.
"""

from dataclasses import dataclass

from mesh.access.azure import address_sets
from mesh.access.azure.address_sets import Address, AddressSet


@dataclass(frozen=True)
class VirtualNetwork:
    id: str
    name: str
    space: AddressSet


@dataclass(frozen=True)
class Subnet:
    id: str
    name: str
    network: str
    addresses: AddressSet
    security_group: str | None
    route_table: str | None
    nat_gateway: str | None
    default_outbound: bool
    """Whether Azure lends a public address to what has none: up to the API versions of 2026, unless told not to.

    https://learn.microsoft.com/azure/virtual-network/ip-services/default-outbound-access
    """

    @property
    def prefix(self) -> Address:
        """Its addresses, as a network where they are one."""
        blocks = address_sets.blocks(self.addresses)
        return blocks[0] if len(blocks) == 1 else self.addresses


@dataclass(frozen=True)
class Interface:
    """A network interface, or those of a scale set."""

    id: str
    name: str
    subnet: str
    addresses: AddressSet | None
    """None: any of its subnet's, as Azure chooses."""
    security_group: str | None
    groups: frozenset[str]
    """Application security groups."""
    public: bool
    """Whether it has a public address of its own."""


@dataclass(frozen=True)
class Half:
    """A peering as one of its networks has it; only two of them connect."""

    name: str
    network: str
    remote: str
    access: bool
    """Whether the remote network counts as VirtualNetwork to this one."""
    gateway: bool
    """Whether this network uses the gateway of the remote one, and so reaches what announces itself there."""


@dataclass(frozen=True)
class Peering:
    """The peering between two networks."""

    near: str
    far: str
    halves: tuple[Half, ...]
    """Near's first; one alone connects nothing."""

    @property
    def connected(self) -> bool:
        return {half.network for half in self.halves} == {self.near, self.far}

    def other(self, network: str) -> str:
        return self.far if network == self.near else self.near

    @property
    def closed(self) -> tuple[Half, ...]:
        """The halves that give no access."""
        return tuple(half for half in self.halves if not half.access)
