"""What security groups and peerings let pass, held against what the declared routes and the platform need.

What is needed are the passages that the judge asked about for the declared routes, with the joining of machines; and
what AKS itself needs: https://learn.microsoft.com/azure/aks/azure-cni-overlay.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from mesh.access.azure import address_sets, route_tables
from mesh.access.azure.address_sets import EVERYTHING, HOST, PLATFORM, PUBLIC, AddressSet
from mesh.access.azure.networks import Networks, Place
from mesh.access.azure.security_groups import Packet, SecurityGroup
from mesh.access.azure.security_rules import Direction, Scope
from mesh.access.azure.virtual_networks import Subnet
from mesh.access.world import World
from mesh.findings import catalogue as kinds
from mesh.findings.finding import Finding

_PROTOCOLS = ("Tcp", "Udp", "Icmp")
_DIRECTIONS: tuple[Direction, ...] = ("Inbound", "Outbound")
_KUBELET, _DNS, _HTTPS, _PROBES = 10250, 53, 443, 15021
_STRANGE_PORT = 1


@dataclass(frozen=True)
class Rectangle:
    """Packets from any of one set to any of another."""

    source: AddressSet
    destination: AddressSet

    def __str__(self) -> str:
        return f"{self.source} → {self.destination}"


@dataclass(frozen=True)
class Passage:
    """A connection that something needs."""

    source: Place
    destination: Place
    port: int


def asked(world: World) -> tuple[Passage, ...]:
    """What the judge has asked about so far."""
    return tuple(Passage(source, destination, port) for source, destination, port, _ in world.networks.passages)


def findings(world: World, needed: tuple[Passage, ...]) -> Iterator[Finding]:
    yield from _cut_off(world)
    inventory = world.networks.inventory
    for subnet in inventory.subnets.values():
        if subnet.security_group is None:
            yield Finding(kinds.SUBNET_WITHOUT_SECURITY_GROUP, subnet.name, "is closed by nothing")
        else:
            here = Checked(subnet.name, subnet, subnet.security_group, subnet.id)
            yield from _of_group(world, here, needed)
    for interface in inventory.interfaces.values():
        if interface.security_group and (around := inventory.subnets.get(interface.subnet)):
            here = Checked(interface.name, around, interface.security_group, interface.id)
            yield from _of_group(world, here, needed)
    yield from _peerings(world.networks, needed)


@dataclass(frozen=True)
class Checked:
    """A subnet or interface where a security group stands."""

    name: str
    subnet: Subnet
    group: str
    id: str

    def has(self, place: Place) -> bool:
        return self.id in {(known or "").lower() for known in (place.subnet, place.interface)}


def _cut_off(world: World) -> Iterator[Finding]:
    """What AKS needs: checked by one port of each kind."""
    internet, probes = Place("the internet", None), Place("Azure's health probes", HOST)
    for cluster in world.meshes:
        for pods, nodes in world.places.of_pods(cluster):
            needed = [
                *product((nodes,), (nodes, pods), ((_KUBELET, "Tcp"), (_DNS, "Udp"))),
                *product((pods,), (pods,), ((_KUBELET, "Tcp"), (_DNS, "Udp"))),
                (probes, nodes, (_PROBES, "Tcp")),
                (nodes, internet, (_HTTPS, "Tcp")),
            ]
            for source, destination, (port, protocol) in needed:
                steps = world.networks.passage(source, destination, port, protocol)
                if steps[-1].outcome != "passes":
                    text = f"{source.name} → {destination.name}: {steps[-1].text}"
                    yield Finding(kinds.PLATFORM_IS_CUT_OFF, steps[-1].by, text)


def _of_group(world: World, here: Checked, needed: tuple[Passage, ...]) -> Iterator[Finding]:
    group = world.networks.security_groups.get(here.group)
    if group is None:
        return
    scope = world.networks.scope(here.subnet.network, here.subnet)
    for direction in _DIRECTIONS:
        used, platform = _used(here, direction, needed), list(_of_platform(world, here, direction))
        found: dict[str, str] = {}
        examined: set[tuple[tuple[str, ...], int | None]] = set()
        for port, protocol in product(_ports(group, direction, used), _PROTOCOLS):
            is_used = protocol == "Tcp" and port in used
            alike = (group.concerning(direction, port, protocol), port if is_used else None)
            if alike in examined:
                continue
            examined.add(alike)
            allowed = [*platform, *(used[port] if is_used else ())]
            for rule, more in _beyond(group, scope, direction, port, protocol, allowed):
                found.setdefault(rule, f"{more} at {protocol} {port} is allowed {direction.lower()} at {here.name}")
        for rule, text in found.items():
            yield Finding(kinds.SECURITY_GROUP_WIDER_THAN_NEEDED, f"{group.name}: {rule}", text)


def _used(here: Checked, direction: Direction, needed: tuple[Passage, ...]) -> Mapping[int, list[Rectangle]]:
    """By port, what has to pass a group."""
    found: dict[int, list[Rectangle]] = {}
    for passage in needed:
        if here.has(passage.destination if direction == "Inbound" else passage.source):
            rectangle = Rectangle(_addresses(passage.source), _addresses(passage.destination))
            found.setdefault(passage.port, []).append(rectangle)
    return found


def _addresses(place: Place) -> AddressSet:
    return PUBLIC if place.addresses is None else address_sets.of(place.addresses)


def _of_platform(world: World, here: Checked, direction: Direction) -> Iterator[Rectangle]:
    """What is needed at every port: nodes and pods of one cluster, probes, and the way out."""
    if direction == "Inbound":
        yield Rectangle(HOST, EVERYTHING)
    else:
        machines = world.plan.environment.machines
        kept = address_sets.union(each.address for each in machines if each.address and not each.internet)
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


def _beyond(
    group: SecurityGroup, scope: Scope, direction: Direction, port: int, protocol: str, needed: list[Rectangle]
) -> Iterator[tuple[str, Rectangle]]:
    """The rules that allow more than is needed, with a part of that."""
    packet = Packet(EVERYTHING, EVERYTHING, port, protocol)
    for decision in group.decide(direction, packet, scope):
        if decision.access == "Allow":
            left = [Rectangle(decision.source, decision.destination)]
            for rectangle in needed:
                left = [part for one in left for part in _without(one, rectangle)]
            if left:
                yield decision.rule, left[0]


def _without(one: Rectangle, other: Rectangle) -> Iterator[Rectangle]:
    source, destination = one.source & other.source, one.destination & other.destination
    if not source or not destination:
        yield one
        return
    if rest := one.source - other.source:
        yield Rectangle(rest, one.destination)
    if rest := one.destination - other.destination:
        yield Rectangle(source, rest)


def _peerings(networks: Networks, needed: tuple[Passage, ...]) -> Iterator[Finding]:
    crossed = {
        frozenset((networks.network_of(passage.source), networks.network_of(passage.destination))) for passage in needed
    }
    for peering in networks.peerings:
        halves = " and ".join(half.name for half in peering.halves)
        if not peering.connected:
            text = f"{networks.inventory.name(peering.halves[0].remote)} has no half of its own"
            yield Finding(kinds.HALF_A_PEERING, halves, text)
            continue
        for half in peering.closed:
            yield Finding(kinds.PEERING_WITHOUT_ACCESS, half.name, "says allowVirtualNetworkAccess: false")
        if {peering.near, peering.far} not in crossed:
            yield Finding(kinds.UNUSED_PEERING, halves, "carries nothing that is declared")
        for network in (peering.near, peering.far):
            yield from _dropped(networks, network, peering.other(network))


def _dropped(networks: Networks, near: str, far: str) -> Iterator[Finding]:
    inventory = networks.inventory
    if far not in inventory.virtual_networks:
        return
    for subnet in inventory.subnets.values():
        if subnet.network == near and subnet.route_table:
            routes = route_tables.of_subnet(inventory, near, subnet.route_table)
            for addresses, route in route_tables.taken(routes, inventory.virtual_networks[far].space):
                if route.hop == "dropped" and route.by != route_tables.NO_ROUTE:
                    text = f"{route.by} drops what goes to {addresses}, of {inventory.name(far)}"
                    yield Finding(kinds.PACKETS_DROPPED_BY_ROUTE, subnet.name, text)
