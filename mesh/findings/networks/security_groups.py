"""NSGs that open more than declared routes and the platform need."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import product

from mesh.access.azure import address_sets
from mesh.access.azure.address_sets import EVERYTHING, HOST, PLATFORM, PUBLIC, AddressSet
from mesh.access.azure.security_groups import Packet, SecurityGroup
from mesh.access.azure.security_rules import EPHEMERAL_PORTS, Direction, Scope
from mesh.access.azure.virtual_networks import Subnet
from mesh.access.connections import Connection, Place
from mesh.access.world import World
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.findings.networks.needed import needed

SECURITY_GROUP_WIDER_THAN_NEEDED = Kind(
    code="security-group-wider-than-needed",
    severity="error",
    what="A security group allows, surely or perhaps, packets that neither a declared route nor the platform needs.",
    why="The network is what still holds where there is no sidecar, or a caller goes around its own.",
    example="nsg/machines/machines: allow-ssh: the internet → 10.30.0.0/16 at Tcp 22 is allowed inbound at "
    "subnet/machines/machines",
    fix="Narrow the rule, or remove it.",
)
SUBNET_WITHOUT_SECURITY_GROUP = Kind(
    code="subnet-without-security-group",
    severity="error",
    what="No security group stands at a subnet.",
    why="Everything in its network and all peered networks reaches every port in it.",
    example="subnet/east/nodes: is closed by nothing",
    fix="Attach a security group that denies VirtualNetwork.",
)
SECURITY_GROUP_NOT_JUDGED = Kind(
    code="security-group-not-judged",
    severity="note",
    what="The security group of an existing subnet is in the hands of others.",
    why="Nobody here knows what it lets through: the mesh alone is judged, and nothing where there is no sidecar.",
    example="subnet/corp/machines: what its group lets through is not judged; nothing else guards erp",
    fix="Write security_groups: ours and let its owner attach the group, or ask the owner what it lets through.",
)
KINDS = (SECURITY_GROUP_WIDER_THAN_NEEDED, SUBNET_WITHOUT_SECURITY_GROUP, SECURITY_GROUP_NOT_JUDGED)

_PROTOCOLS = ("Tcp", "Udp", "Icmp", "Esp", "Ah")
_DIRECTIONS: tuple[Direction, ...] = ("Inbound", "Outbound")
_STRANGE_PORT = 1


def findings(context: Context) -> Iterator[Finding]:
    world, connections = context.world, needed(context)
    inventory = world.networks.inventory
    for subnet in inventory.subnets.values():
        if subnet.security_group is None and subnet.id in inventory.existing:
            yield Finding(SECURITY_GROUP_NOT_JUDGED, subnet.name, _unguarded(world, subnet))
        elif subnet.security_group in inventory.existing:
            group = f"{inventory.name(subnet.security_group or '')} is theirs, and takes our rules"
            yield Finding(SECURITY_GROUP_NOT_JUDGED, subnet.name, f"{group}; {_unguarded(world, subnet)}")
        elif subnet.security_group is None:
            yield Finding(SUBNET_WITHOUT_SECURITY_GROUP, subnet.name, "is closed by nothing")
        else:
            here = Checked(subnet.name, subnet, subnet.security_group, subnet.id)
            yield from _of_group(world, here, connections)
    for interface in inventory.interfaces.values():
        if interface.security_group and (around := inventory.subnets.get(interface.subnet)):
            here = Checked(interface.name, around, interface.security_group, interface.id)
            yield from _of_group(world, here, connections)


def _unguarded(world: World, subnet: Subnet) -> str:
    """What is said of a group that others keep, with the workloads that nothing else guards."""
    instances = (instance for instances in world.instances.values() for instance in instances)
    bare = sorted(
        {one.workload for one in instances if not one.sidecar and (one.outside.subnet or "").lower() == subnet.id}
    )
    return "what its group lets through is not judged" + (
        f"; nothing else guards {' and '.join(bare)}" if bare else ", and the mesh alone guards what is there"
    )


@dataclass(frozen=True)
class Rectangle:
    """Packets from any of one set to any of another."""

    source: AddressSet
    destination: AddressSet

    def __str__(self) -> str:
        return f"{self.source} → {self.destination}"


@dataclass(frozen=True)
class Checked:
    """A subnet or interface where a security group stands."""

    name: str
    subnet: Subnet
    group: str
    id: str

    def has(self, place: Place) -> bool:
        return self.id in {(known or "").lower() for known in (place.subnet, place.interface)}


def _of_group(world: World, here: Checked, needed: Iterable[Connection]) -> Iterator[Finding]:
    group = world.networks.security_groups.get(here.group)
    if group is None:
        return
    scope = replace(world.networks.scope(here.subnet.network, here.subnet), tags_alone=True)
    for direction in _DIRECTIONS:
        used, platform = _used(here, direction, needed), list(_of_platform(world, here, direction))
        by_rule: dict[str, str] = {}
        examined: set[tuple[tuple[str, ...], int | None]] = set()
        ports, source_ports = _ports(group, direction, used), _source_ports(group, direction)
        for port, protocol, source_port in product(ports, _PROTOCOLS, source_ports):
            is_used = protocol == "Tcp" and port in used
            alike = (group.concerning(direction, port, protocol, source_port), port if is_used else None)
            if alike in examined:
                continue
            examined.add(alike)
            allowed = [*platform, *(used[port] if is_used else ())]
            packet = Packet(EVERYTHING, EVERYTHING, port, protocol, source_port)
            for rule, verb, more in _beyond(group, scope, direction, packet, allowed):
                text = f"{more} at {protocol} {port} {verb} {direction.lower()} at {here.name}"
                by_rule.setdefault(rule, text)
        for rule, text in by_rule.items():
            yield Finding(SECURITY_GROUP_WIDER_THAN_NEEDED, f"{group.name}: {rule}", text)


def _used(here: Checked, direction: Direction, needed: Iterable[Connection]) -> Mapping[int, list[Rectangle]]:
    """By port, what has to pass a group."""
    by_priority: dict[int, list[Rectangle]] = {}
    for connection in needed:
        if here.has(connection.destination if direction == "Inbound" else connection.source):
            rectangle = Rectangle(_addresses(connection.source), _addresses(connection.destination))
            by_priority.setdefault(connection.port, []).append(rectangle)
    return by_priority


def _addresses(place: Place) -> AddressSet:
    return PUBLIC if place.addresses is None else address_sets.of(place.addresses)


def _of_platform(world: World, here: Checked, direction: Direction) -> Iterator[Rectangle]:
    """Connections that are needed at every port: nodes and pods of one cluster, probes, the way out."""
    if direction == "Inbound":
        yield Rectangle(HOST, EVERYTHING)
    else:
        machines = world.plan.environment.machines
        kept = address_sets.union(machine.address for machine in machines if machine.address and not machine.internet)
        yield Rectangle(EVERYTHING - (kept & here.subnet.addresses), PUBLIC)
        yield Rectangle(EVERYTHING, PLATFORM)
    for cluster in world.meshes:
        for pods, nodes in world.places.of_pods(cluster):
            if here.has(nodes):
                own, overlay = _addresses(nodes), _addresses(pods)
                yield from (Rectangle(own, own), Rectangle(own, overlay), Rectangle(overlay, overlay))


def _ports(group: SecurityGroup, direction: Direction, used: Mapping[int, list[Rectangle]]) -> list[int]:
    """Each that some rule tells from others, and one that none does."""
    ends = {
        end
        for rule in group.rules
        if rule.direction == direction
        for first, last in rule.ports
        for end in (first, last)
    }
    return sorted({*ends, *used, _STRANGE_PORT})


def _source_ports(group: SecurityGroup, direction: Direction) -> list[int | None]:
    """What a client's system chooses, and those below, which an attacker chooses because a rule names them."""
    named = {
        end
        for rule in group.rules
        if rule.direction == direction and (0, 65535) not in rule.source_ports
        for first, last in rule.source_ports
        for end in (first, last)
        if end < EPHEMERAL_PORTS[0]
    }
    return [None, *sorted(named)]


def _beyond(
    group: SecurityGroup, scope: Scope, direction: Direction, packet: Packet, needed: list[Rectangle]
) -> Iterator[tuple[str, str, Rectangle]]:
    """The rules that allow more than is needed, surely or perhaps, with a part of that."""
    for decision in group.decide(direction, packet, scope):
        if decision.access != "Deny":
            left = [Rectangle(decision.source, decision.destination)]
            for rectangle in needed:
                left = [part for before in left for part in _without(before, rectangle)]
            if left:
                yield decision.rule, "is allowed" if decision.access == "Allow" else "may be allowed", left[0]


def _without(one: Rectangle, other: Rectangle) -> Iterator[Rectangle]:
    source, destination = one.source & other.source, one.destination & other.destination
    if not source or not destination:
        yield one
        return
    if rest := one.source - other.source:
        yield Rectangle(rest, one.destination)
    if rest := one.destination - other.destination:
        yield Rectangle(source, rest)
