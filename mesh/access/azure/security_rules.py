"""A security rule's properties, as what it matches: protocol, ports, and who stands on each side.

https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network
from typing import Any, Literal

from mesh.access.azure import address_sets
from mesh.access.azure.address_sets import EVERYTHING, HOST, METADATA, NOTHING, PUBLIC, AddressSet
from mesh.plan.resources import Output, Properties

Direction = Literal["Inbound", "Outbound"]
Access = Literal["Allow", "Deny"]
Ports = tuple[tuple[int, int], ...]

ALL_PORTS: Ports = ((0, 65535),)
EPHEMERAL_PORTS = (1024, 65535)
"""From which a client's port is chosen, whatever its system."""
_PROTOCOLS_WITH_PORTS = {"tcp", "udp"}
_PLATFORM_TAGS = {
    "azureplatformdns": HOST,
    "azureplatformlkm": HOST,
    "azureplatformimds": METADATA,
}


@dataclass(frozen=True)
class Extent:
    """The addresses of a word: at least `certain`, at most `possible`."""

    certain: AddressSet
    possible: AddressSet

    @staticmethod
    def exactly(addresses: AddressSet) -> "Extent":
        return Extent(addresses, addresses)

    @property
    def is_exact(self) -> bool:
        return self.possible is self.certain

    def __or__(self, other: "Extent") -> "Extent":
        if self.is_exact and other.is_exact:
            return Extent.exactly(self.certain | other.certain)
        return Extent(self.certain | other.certain, self.possible | other.possible)


@dataclass(frozen=True, eq=False)
class Scope:
    """The addresses of a rule's words in one subnet."""

    virtual_network: Extent = field(default_factory=lambda: Extent.exactly(NOTHING))
    members: Mapping[str, Extent] = field(default_factory=dict)
    """The addresses in an application security group, by its id in lower case."""
    tags_alone: bool = False
    """Whether a service tag is no more than itself: for what a rule opens, rather than for who gets through it."""

    def tag(self, name: str) -> Extent:
        """A service tag, in lower case."""
        outside = PUBLIC - self.virtual_network.certain
        if name == "virtualnetwork":
            return self.virtual_network
        if name == "internet":
            return Extent.exactly(outside)
        if name == "azureloadbalancer":
            return Extent.exactly(HOST)
        if name in _PLATFORM_TAGS:
            return Extent.exactly(_PLATFORM_TAGS[name])
        # Microsoft alone says what the others hold, and changes it weekly; all of them are public addresses.
        tagged = address_sets.of_service_tag(name)
        return Extent(tagged, tagged if self.tags_alone else (outside - address_sets.DOCUMENTATION) | tagged)

    def group(self, group_id: str) -> Extent:
        """An application security group, whose members are all in one virtual network."""
        return self.members.get(group_id, Extent(NOTHING, self.virtual_network.possible))


@dataclass(frozen=True)
class Side:
    """The source or the destination of a rule."""

    addresses: AddressSet
    tags: frozenset[str] = frozenset()
    groups: frozenset[str] = frozenset()

    def extent(self, scope: Scope) -> Extent:
        extent = Extent.exactly(self.addresses)
        for tag in sorted(self.tags):
            extent |= scope.tag(tag)
        for group in sorted(self.groups):
            extent |= scope.group(group)
        return extent

    @property
    def names_platform(self) -> bool:
        return bool(self.tags & _PLATFORM_TAGS.keys())


@dataclass(frozen=True)
class Rule:
    name: str
    priority: int
    direction: Direction
    access: Access
    protocol: str
    """In lower case."""
    source: Side
    source_ports: Ports
    destination: Side
    ports: Ports

    def concerns(self, protocol: str, port: int, source_port: int | None) -> Literal["yes", "perhaps", "no"]:
        """Whether it matches by protocol and ports; without a source port, a client's own choice."""
        if self.protocol not in ("*", "any", protocol.lower()):
            return "no"
        if protocol.lower() not in _PROTOCOLS_WITH_PORTS:
            port, source_port = 0, 0
        if not _overlap(self.ports, ((port, port),)):
            return "no"
        asked = (EPHEMERAL_PORTS,) if source_port is None else ((source_port, source_port),)
        if not _overlap(self.source_ports, asked):
            return "no"
        return "yes" if _covers(self.source_ports, asked) else "perhaps"


def rule(name: str, properties: Properties) -> Rule:
    """A missing field does not restrict the rule."""
    return Rule(
        name=name,
        priority=int(properties["priority"]),
        direction="Inbound" if properties["direction"].lower() == "inbound" else "Outbound",
        access="Allow" if properties["access"].lower() == "allow" else "Deny",
        protocol=properties.get("protocol", "*").lower(),
        source=_side(properties, "source"),
        source_ports=_ports(properties, "source"),
        destination=_side(properties, "destination"),
        ports=_ports(properties, "destination"),
    )


def defaults() -> tuple[Rule, ...]:
    """Azure's default rules at the end of every NSG."""
    anything, network = {"AddressPrefix": "*"}, {"AddressPrefix": "VirtualNetwork"}
    probes, internet = {"AddressPrefix": "AzureLoadBalancer"}, {"AddressPrefix": "Internet"}
    return tuple(
        rule(
            name,
            {
                "priority": priority,
                "direction": direction,
                "access": access,
                **{f"source{key}": value for key, value in source.items()},
                **{f"destination{key}": value for key, value in destination.items()},
            },
        )
        for name, priority, direction, access, source, destination in (
            ("AllowVnetInBound", 65000, "Inbound", "Allow", network, network),
            ("AllowAzureLoadBalancerInBound", 65001, "Inbound", "Allow", probes, anything),
            ("DenyAllInBound", 65500, "Inbound", "Deny", anything, anything),
            ("AllowVnetOutBound", 65000, "Outbound", "Allow", network, network),
            ("AllowInternetOutBound", 65001, "Outbound", "Allow", anything, internet),
            ("DenyAllOutBound", 65500, "Outbound", "Deny", anything, anything),
        )
    )


def prefix(text: str | Output) -> AddressSet | None:
    """The addresses that a prefix names; None for a service tag. IPv6 names none here."""
    if isinstance(text, Output):
        return address_sets.of(text)
    if text in ("*", "0.0.0.0/0") or text.lower() == "any":
        return EVERYTHING
    if ":" in text:
        return NOTHING
    if not text[:1].isdigit():
        return None
    first, dash, last = text.partition("-")
    if dash:
        return AddressSet(((int(IPv4Address(first.strip())), int(IPv4Address(last.strip()))),))
    return address_sets.of(IPv4Network(text, strict=False))


def _side(properties: Properties, which: str) -> Side:
    groups = frozenset(str(group["id"]).lower() for group in properties.get(f"{which}ApplicationSecurityGroups") or ())
    named = list(_values(properties, f"{which}AddressPrefix", f"{which}AddressPrefixes"))
    if not named and not groups:
        return Side(EVERYTHING)
    prefixes = [(text, prefix(text)) for text in named]
    return Side(
        address_sets.union(range_ for _, range_ in prefixes if range_ is not None),
        frozenset(str(text).lower() for text, range_ in prefixes if range_ is None),
        groups,
    )


def _ports(properties: Properties, which: str) -> Ports:
    named = list(_values(properties, f"{which}PortRange", f"{which}PortRanges"))
    return tuple(sorted(_port_range(str(text)) for text in named)) if named else ALL_PORTS


def _port_range(text: str) -> tuple[int, int]:
    if text in ("*", "Any"):
        return ALL_PORTS[0]
    first, _, last = text.partition("-")
    return int(first), int(last or first)


def _values(properties: Mapping[str, Any], one: str, many: str) -> Iterable[Any]:
    value = properties.get(one)
    yield from () if value in (None, "") else (value,)
    yield from properties.get(many) or ()


def _overlap(some: Ports, others: Ports) -> bool:
    return any(
        first <= other_last and other_first <= last for first, last in some for other_first, other_last in others
    )


def _covers(ports: Ports, asked: Ports) -> bool:
    """Whether every port asked for is among them; ranges that touch count together."""
    for start, end in asked:
        for first, last in ports:
            if first <= start <= last:
                start = last + 1
        if start <= end:
            return False
    return True
