"""Sets of IPv4 addresses, as ranges, together with public addresses that nobody knows before they exist."""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, summarize_address_range

from mesh.plan.resources import Output

Range = tuple[int, int]
"""The first address and the last."""

_LAST = 2**32 - 1
_OF_TAG = "service tag"
_SHOWN = 3
"""So many parts of a set stand in a text; of the others only their number."""


@dataclass(frozen=True)
class AddressSet:
    ranges: tuple[Range, ...] = ()
    """In order and apart from each other."""
    outputs: frozenset[Output] = frozenset()
    """Public addresses that nobody knows yet; each equal only to itself."""
    all_outputs: bool = False
    """Whether every such address belongs to it."""

    def __bool__(self) -> bool:
        return bool(self.ranges or self.outputs or self.all_outputs)

    def __and__(self, other: "AddressSet") -> "AddressSet":
        if other is EVERYTHING:
            return self
        if self._lies_apart(other):
            return NOTHING
        outputs = self.outputs & other.outputs
        if other.all_outputs:
            outputs |= self.outputs
        if self.all_outputs:
            outputs |= other.outputs
        return AddressSet(_common(self.ranges, other.ranges), outputs, self.all_outputs and other.all_outputs)

    def __sub__(self, other: "AddressSet") -> "AddressSet":
        if other is EVERYTHING:
            return NOTHING
        outputs = frozenset[Output]() if other.all_outputs else self.outputs - other.outputs
        all_outputs = self.all_outputs and not other.all_outputs
        return AddressSet(_common(self.ranges, _others(other.ranges)), outputs, all_outputs)

    def __or__(self, other: "AddressSet") -> "AddressSet":
        ranges = _others(_common(_others(self.ranges), _others(other.ranges)))
        return AddressSet(ranges, self.outputs | other.outputs, self.all_outputs or other.all_outputs)

    def __le__(self, other: "AddressSet") -> bool:
        return not self - other

    def _lies_apart(self, other: "AddressSet") -> bool:
        """A quick look that settles most cases: a group's many rules are nearly all about others."""
        if self.outputs or self.all_outputs:
            return False
        mine, theirs = self.ranges, other.ranges
        return not mine or not theirs or mine[-1][1] < theirs[0][0] or theirs[-1][1] < mine[0][0]

    def __str__(self) -> str:
        if self == PUBLIC:
            return "the internet"
        parts = [_named(output) for output in sorted(self.outputs, key=str)]
        parts += map(_text, self.ranges)
        if self.all_outputs:
            parts.append("any other public address" if parts else "some public address")
        shown = parts if len(parts) <= _SHOWN else [*parts[:_SHOWN], f"{len(parts) - _SHOWN} more ranges"]
        return " and ".join(shown) or "no address"


Address = IPv4Address | IPv4Network | Output | AddressSet
"""A range stands for any of its addresses; an output is the public address that a resource will have."""


def of(address: Address) -> AddressSet:
    match address:
        case IPv4Address():
            return AddressSet(((int(address), int(address)),))
        case IPv4Network() if address.prefixlen == 0:
            return EVERYTHING
        case IPv4Network():
            return AddressSet(((int(address.network_address), int(address.broadcast_address)),))
        case Output():
            return AddressSet(outputs=frozenset({address}))
        case AddressSet():
            return address


def of_service_tag(tag: str) -> AddressSet:
    """Its addresses as one that nobody knows: Microsoft alone says which they are, and changes them weekly."""
    return AddressSet(outputs=frozenset({Output(tag.lower(), _OF_TAG)}))


def _named(output: Output) -> str:
    return f"the service tag {output.resource}" if output.property == _OF_TAG else f"the address of {output.resource}"


def union(addresses: Iterable[Address]) -> AddressSet:
    whole = NOTHING
    for address in addresses:
        whole |= of(address)
    return whole


def blocks(addresses: AddressSet) -> list[IPv4Network]:
    """The fewest that cover its ranges."""
    return [
        block
        for first, last in addresses.ranges
        for block in summarize_address_range(IPv4Address(first), IPv4Address(last))
    ]


def networks(*cidrs: str) -> AddressSet:
    return union(map(IPv4Network, cidrs))


def _common(some: tuple[Range, ...], others: tuple[Range, ...]) -> tuple[Range, ...]:
    common: list[Range] = []
    at, other_at = 0, 0
    while at < len(some) and other_at < len(others):
        (first, last), (other_first, other_last) = some[at], others[other_at]
        if first <= other_last and other_first <= last:
            common.append((max(first, other_first), min(last, other_last)))
        if last < other_last:
            at += 1
        else:
            other_at += 1
    return tuple(common)


def _others(ranges: tuple[Range, ...]) -> tuple[Range, ...]:
    """All that lie outside."""
    others: list[Range] = []
    start = 0
    for first, last in ranges:
        if start < first:
            others.append((start, first - 1))
        start = last + 1
    if start <= _LAST:
        others.append((start, _LAST))
    return tuple(others)


@lru_cache(1_000)
def _text(found: Range) -> str:
    first, last = map(IPv4Address, found)
    found_blocks = blocks(AddressSet((found,)))
    if len(found_blocks) > 1:
        return f"{first}–{last}"
    return str(first) if first == last else str(found_blocks[0])


NOTHING = AddressSet()
EVERYTHING = AddressSet(((0, _LAST),), all_outputs=True)
PRIVATE = networks("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
"""Azure drops what goes there, wherever no network of its own has the address.

https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview#default
"""
HOST, METADATA = networks("168.63.129.16/32"), networks("169.254.169.254/32")
PLATFORM = HOST | METADATA
"""The host of a machine, at every machine: DNS and health probes, and what the machine may know of itself.

https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview#azure-platform-considerations
"""
PUBLIC = (
    EVERYTHING
    - PRIVATE
    - PLATFORM
    - networks("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "240.0.0.0/4")
)
"""Public addresses: all except IANA's special ranges. Documentation ranges count as public."""
DOCUMENTATION = networks("192.0.2.0/24")
"""Which nobody has, and so no service: https://www.rfc-editor.org/rfc/rfc5737"""
