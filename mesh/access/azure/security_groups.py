"""A network security group, and what it decides about the packets that open a connection.

The answer to such a packet needs no rule, and a rule that goes away cuts no connection that is open.
https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview#security-rules
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from mesh.access.azure import address_sets, security_rules
from mesh.access.azure.address_sets import EVERYTHING, PLATFORM, Address, AddressSet
from mesh.access.azure.security_rules import Access, Direction, Extent, Rule, Scope, Side
from mesh.plan.resources import AzureResource

_GROUP = "azure-native:network:NetworkSecurityGroup"
_RULE = "azure-native:network:SecurityRule"

_NO_GROUP_APPLIES = "Azure's default: no rule names the platform's own service"


_Key = tuple[Scope, Direction, str, int, int | None]
"""Scope, direction, protocol, port and the client's port."""


@dataclass(frozen=True)
class Packet:
    """The first of a connection; from and to any address of a range."""

    source: Address
    destination: Address
    port: int
    protocol: str = "Tcp"
    source_port: int | None = None
    """None: any that a client's system chooses."""
    source_groups: frozenset[str] | None = None
    """Ids, in lower case, of the interface's application security groups; None: those that its address tells."""
    destination_groups: frozenset[str] | None = None


@dataclass(frozen=True)
class Decision:
    """An NSG's decision for a part of the packets."""

    source: AddressSet
    destination: AddressSet
    rule: str
    priority: int | None
    access: Literal[Access, "Unknown"]
    """Unknown: the rule may match or not, and what follows it decides otherwise."""


@dataclass(frozen=True)
class _Line:
    """A rule, as it reads in one scope."""

    rule: Rule
    source: Extent
    destination: Extent
    surely: bool


@dataclass(frozen=True)
class _Piece:
    source: AddressSet
    destination: AddressSet
    perhaps: tuple[Rule, ...] = ()
    """Rules before, of which nobody knows whether they match."""


@dataclass(frozen=True, eq=False)
class SecurityGroup:
    name: str
    rules: tuple[Rule, ...]
    """Azure's own among them, by priority."""
    _lines: dict[_Key, tuple[_Line, ...]] = field(default_factory=dict, repr=False)
    _lines_to: dict[tuple[_Key, AddressSet], tuple[_Line, ...]] = field(default_factory=dict, repr=False)
    _extents: dict[tuple[Scope, Side], Extent] = field(default_factory=dict, repr=False)

    @staticmethod
    def of(name: str, rules: Iterable[Rule]) -> "SecurityGroup":
        ordered = sorted((*rules, *security_rules.defaults()), key=lambda rule: (rule.priority, rule.name))
        return SecurityGroup(name, tuple(ordered))

    def decide(self, direction: Direction, packet: Packet, scope: Scope) -> tuple[Decision, ...]:
        """The first rule that matches decides; every packet asked about is in exactly one of the answers."""
        source, destination = address_sets.of(packet.source), address_sets.of(packet.destination)
        lines = self._matching(direction, packet, scope)
        platform = destination & PLATFORM if direction == "Outbound" else address_sets.NOTHING
        if not platform:
            return tuple(_decisions(lines, [_Piece(source, destination)]))
        # What a machine asks of its own host meets only rules that name the service by its tag.
        named = [line for line in lines if line.rule.destination.names_platform]
        return (
            *_decisions(named, [_Piece(source, platform)]),
            *_decisions(lines, [_Piece(source, destination - platform)]),
        )

    def concerning(
        self, direction: Direction, port: int, protocol: str, source_port: int | None = None
    ) -> tuple[str, ...]:
        """The rules that tell by more than protocol and port what becomes of a packet: the same, the same answers."""
        return tuple(
            rule.name
            for rule in self.rules
            if rule.direction == direction and rule.concerns(protocol, port, source_port) != "no"
        )

    def _matching(self, direction: Direction, packet: Packet, scope: Scope) -> Iterable[_Line]:
        key = (scope, direction, packet.protocol, packet.port, packet.source_port)
        if key not in self._lines:
            self._lines[key] = tuple(
                _Line(rule, self._extent(scope, rule.source), self._extent(scope, rule.destination), concern == "yes")
                for rule in self.rules
                if rule.direction == direction
                and (concern := rule.concerns(packet.protocol, packet.port, packet.source_port)) != "no"
            )
        lines = self._lines[key]
        if (packet.source_groups is None and packet.destination_groups is None) or not self._names_groups:
            return self._leading_to(address_sets.of(packet.destination), key)
        return (
            _Line(
                line.rule,
                _of_interface(line.rule.source, line.source, packet.source_groups, scope),
                _of_interface(line.rule.destination, line.destination, packet.destination_groups, scope),
                line.surely,
            )
            for line in lines
        )

    @cached_property
    def _names_groups(self) -> bool:
        """Whether any rule is for an application security group."""
        return any(rule.source.groups or rule.destination.groups for rule in self.rules)

    def _leading_to(self, destination: AddressSet, key: _Key) -> tuple[_Line, ...]:
        """Of a group's many rules the few that may be about a destination: many sources ask for it."""
        if (key, destination) not in self._lines_to:
            self._lines_to[key, destination] = tuple(
                line for line in self._lines[key] if line.destination.possible & destination
            )
        return self._lines_to[key, destination]

    def _extent(self, scope: Scope, side: Side) -> Extent:
        if (scope, side) not in self._extents:
            self._extents[scope, side] = side.extent(scope)
        return self._extents[scope, side]


def groups(resources: Iterable[AzureResource]) -> dict[str, SecurityGroup]:
    """By id, in lower case; with the rules that are resources of their own."""
    resources = tuple(resources)
    rules: dict[str, list[Rule]] = {}
    for resource in resources:
        if resource.token == _GROUP:
            rules.setdefault(resource.id.lower(), []).extend(
                security_rules.rule(properties["name"], properties)
                for properties in resource.properties.get("securityRules") or ()
            )
        elif resource.token == _RULE:
            group_id, _, name = resource.id.rpartition("/securityRules/")
            rules.setdefault(group_id.lower(), []).append(security_rules.rule(name, resource.properties))
    return {
        resource.id.lower(): SecurityGroup.of(resource.name, rules[resource.id.lower()])
        for resource in resources
        if resource.token == _GROUP
    }


def _of_interface(side: Side, extent: Extent, groups: frozenset[str] | None, scope: Scope) -> Extent:
    """A rule for an application security group follows the interface, whatever its address."""
    if groups is None or not side.groups:
        return extent
    if side.groups & groups:
        return Extent.exactly(EVERYTHING)
    return Side(side.addresses, side.tags).extent(scope)


def _decisions(lines: Iterable[_Line], pieces: list[_Piece]) -> Iterator[Decision]:
    pending = [piece for piece in pieces if piece.source and piece.destination]
    for line in lines:
        rest: list[_Piece] = []
        for piece in pending:
            source, destination = piece.source & line.source.possible, piece.destination & line.destination.possible
            if not source or not destination or _follows(line.rule, piece.perhaps):
                rest.append(piece)
                continue
            matched, unsure = _cut(line, _Piece(source, destination, piece.perhaps))
            if matched:
                yield _decision(matched, line.rule)
            rest += unsure
            rest.append(_Piece(piece.source - source, piece.destination, piece.perhaps))
            rest.append(_Piece(source, piece.destination - destination, piece.perhaps))
        pending = [piece for piece in rest if piece.source and piece.destination]
        if not pending:
            return
    for piece in pending:
        yield Decision(piece.source, piece.destination, _NO_GROUP_APPLIES, None, "Allow")


def _follows(rule: Rule, perhaps: tuple[Rule, ...]) -> bool:
    """Whether a rule says the same words as one that may have matched before: then it matches nothing that is left."""
    return any(
        (earlier.source, earlier.destination) == (rule.source, rule.destination)
        and earlier.source_ports == security_rules.ALL_PORTS
        for earlier in perhaps
    )


def _cut(line: _Line, piece: _Piece) -> tuple[_Piece | None, list[_Piece]]:
    """The part of a piece that a rule certainly matches, and the rest."""
    unsure = (*piece.perhaps, line.rule)
    if not line.surely:
        return None, [_Piece(piece.source, piece.destination, unsure)]
    if line.source.is_exact and line.destination.is_exact:
        return piece, []
    source, destination = piece.source & line.source.certain, piece.destination & line.destination.certain
    rest = [
        _Piece(piece.source - source, piece.destination, unsure),
        _Piece(source, piece.destination - destination, unsure),
    ]
    return _Piece(source, destination, piece.perhaps) if source and destination else None, rest


def _decision(piece: _Piece, rule: Rule) -> Decision:
    """A rule that may match changes nothing where the one that surely does decides the same."""
    other = next((perhaps for perhaps in piece.perhaps if perhaps.access != rule.access), None)
    if other is None:
        return Decision(piece.source, piece.destination, rule.name, rule.priority, rule.access)
    return Decision(piece.source, piece.destination, other.name, other.priority, "Unknown")
