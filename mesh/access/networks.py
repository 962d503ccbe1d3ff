"""Azure's networks in a plan, and what a packet meets on its way between two places."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from mesh.access import address_sets, reachability, route_tables, security_groups
from mesh.access.address_sets import NOTHING, PRIVATE, PUBLIC, Address, AddressSet
from mesh.access.attempts import Outcome, Step
from mesh.access.reachability import End
from mesh.access.security_groups import Decision, Packet, SecurityGroup
from mesh.access.security_rules import Direction, Extent, Scope
from mesh.access.virtual_networks import Interface, Inventory, Peering, Subnet, VirtualNetwork
from mesh.resources import AzureResource

_HOST = address_sets.networks("168.63.129.16/32")
_SHOWN = 4
"""So many decisions stand in one text."""


@dataclass(frozen=True)
class Place:
    """Where packets start or end."""

    name: str
    """For texts: `the nodes of cluster east`, `machine ledger-0`."""
    addresses: Address | None
    """None: anywhere on the internet."""
    subnet: str | None = None
    """The id of the subnet whose security group and route table count: of a load balancer's frontend, that of the
    nodes behind it, where the packet arrives with the frontend's address; of a private endpoint, none."""
    interface: str | None = None
    """The id of the network interface or scale set, whose own security group and application groups count too."""


@dataclass(frozen=True)
class _Post:
    """Where packets are let through or not."""

    name: str
    group: SecurityGroup | None
    """None: the plan names it and does not have it."""
    scope: Scope


@dataclass(frozen=True, eq=False)
class Networks:
    inventory: Inventory
    _passages: dict[tuple[Place, Place, int, str], tuple[Step, ...]] = field(default_factory=dict, repr=False)
    _scopes: dict[tuple[str, str | None], Scope] = field(default_factory=dict, repr=False)

    @staticmethod
    def of(resources: Iterable[AzureResource]) -> "Networks":
        return Networks(Inventory(tuple(resources)))

    @cached_property
    def security_groups(self) -> Mapping[str, SecurityGroup]:
        """By id, in lower case."""
        return security_groups.groups(self.inventory.resources)

    @property
    def peerings(self) -> tuple[Peering, ...]:
        """Also those that connect nothing."""
        return self.inventory.peerings

    def subnet(self, subnet_id: str) -> Subnet:
        return self.inventory.subnets[subnet_id.lower()]

    def subnet_of(self, address: Address) -> Subnet | None:
        """The one that has all of a range."""
        asked = address_sets.of(address)
        return next((subnet for subnet in self.inventory.subnets.values() if asked <= subnet.addresses), None)

    def interface(self, interface_id: str) -> Interface:
        """A scale set's too, by its own id."""
        return self.inventory.interfaces[interface_id.lower()]

    def virtual_network(self, network_id: str) -> VirtualNetwork:
        """By its id, or that of anything in it."""
        return self.inventory.virtual_networks[_network_id(network_id)]

    def virtual_network_of(self, address: Address) -> VirtualNetwork | None:
        """The one whose space has all of a range."""
        asked = address_sets.of(address)
        return next((one for one in self.inventory.virtual_networks.values() if asked <= one.space), None)

    def virtual_network_tag(self, network_id: str, route_table: str | None = None) -> Extent:
        """What VirtualNetwork covers in a network, and in its subnets with a route table.

        Its own space, that of its peers, the host of each machine, and the prefixes of the user's routes; "might also
        contain default routes". Overlay pods count as its own: AKS wants rules for them only where others deny them.
        https://learn.microsoft.com/azure/virtual-network/service-tags-overview#available-service-tags
        """
        asked = _network_id(network_id)
        networks = self.inventory.virtual_networks
        peers = {
            half.remote
            for peering in self.inventory.peerings_of.get(asked, ())
            for half in peering.halves
            if peering.connected and half.network == asked and half.access
        }
        known = address_sets.union(networks[peer].space for peer in {asked, *peers} & networks.keys())
        known |= _HOST | self.inventory.overlays.get(asked, NOTHING)
        routed = route_tables.user_prefixes(self.inventory, route_table and route_table.lower())
        possible = known | routed.possible
        if any(route_tables.unseen_peers(self.inventory, asked)):
            possible |= PRIVATE - address_sets.union(network.space for network in networks.values())
        certain = known | routed.certain
        return Extent.exactly(certain) if certain == possible else Extent(certain, possible)

    def scope(self, network_id: str, subnet: Subnet | None) -> Scope:
        """What the words of a security group's rules cover where it stands."""
        table = subnet.route_table if subnet else None
        key = (_network_id(network_id), table)
        if key not in self._scopes:
            self._scopes[key] = Scope(self.virtual_network_tag(network_id, table), self._members)
        return self._scopes[key]

    def passage(self, source: Place, destination: Place, port: int, protocol: str = "Tcp") -> tuple[Step, ...]:
        """What the first packet of a connection meets, in order; ends with what stops it, if anything does.

        `partly` is said of what holds for some of the addresses, and of what the plan cannot tell.
        """
        key = (source, destination, port, protocol)
        if key not in self._passages:
            self._passages[key] = tuple(self._steps(*key))
        return self._passages[key]

    def _steps(self, source: Place, destination: Place, port: int, protocol: str) -> Iterator[Step]:
        start, end = self._end(source), self._end(destination)
        legs = reachability.legs(self.inventory, start, end)
        yield reachability.step(legs)
        packets = [
            _Sent(Packet(leg.source, leg.destination, port, protocol, None, _groups(start), _groups(end)), leg.seen)
            for leg in legs
            if leg.outcome != "stops"
        ]
        for post in reversed(self._posts(source, start)):
            if packets:
                step, packets = _pass(post, "Outbound", packets)
                yield step
        packets = [sent.arriving for sent in packets]
        for post in self._posts(destination, end):
            if packets:
                step, packets = _pass(post, "Inbound", packets)
                yield step

    def _end(self, place: Place) -> End:
        interface = self.inventory.interfaces.get(place.interface.lower()) if place.interface else None
        addresses = PUBLIC if place.addresses is None else address_sets.of(place.addresses)
        subnet_id = place.subnet or (interface.subnet if interface else None)
        if subnet_id is not None:
            subnet = self.inventory.subnets.get(subnet_id.lower())
            return End(place.name, addresses, _network_id(subnet_id), subnet, interface)
        network = self.virtual_network_of(addresses)
        return End(place.name, addresses, network.id if network else None, None, interface)

    def _posts(self, place: Place, end: End) -> tuple[_Post, ...]:
        """From the outside in: the subnet's group, then the interface's."""
        if end.network is None:
            return ()
        scope = self.scope(end.network, end.subnet)
        found = [part.security_group for part in (end.subnet, end.interface) if part and part.security_group]
        unknown = [
            part
            for part, known in ((place.subnet, end.subnet), (place.interface, end.interface))
            if part is not None and known is None
        ]
        return (
            *(_Post(f"{self.inventory.name(part)}, which is not in the plan", None, scope) for part in unknown),
            *(_Post(self.inventory.name(group), self.security_groups.get(group), scope) for group in found),
        )

    @cached_property
    def _members(self) -> Mapping[str, Extent]:
        """Of each application security group; where Azure chooses the address, it may be any of the subnet's."""
        found = {group: Extent.exactly(NOTHING) for group in self.inventory.application_groups}
        for interface in self.inventory.interfaces.values():
            subnet = self.inventory.subnets.get(interface.subnet)
            addresses = (
                Extent.exactly(interface.addresses)
                if interface.addresses is not None
                else Extent(NOTHING, subnet.addresses if subnet else PRIVATE)
            )
            for group in interface.groups & found.keys():
                found[group] |= addresses
        return found


@dataclass(frozen=True)
class _Sent:
    """A packet, and the source that it will have at its destination; None: the same."""

    packet: Packet
    seen: AddressSet | None

    @property
    def arriving(self) -> "_Sent":
        if self.seen is None:
            return self
        return _Sent(replace(self.packet, source=self.seen, source_groups=frozenset()), None)


def _pass(post: _Post, direction: Direction, packets: list[_Sent]) -> tuple[Step, list[_Sent]]:
    """What a security group makes of the packets, and those that get on."""
    if post.group is None:
        text = f"what {post.name} lets through is not known: the plan does not have it"
        return Step("security group", post.name, "partly", text), packets
    decided = [
        (sent, decision) for sent in packets for decision in post.group.decide(direction, sent.packet, post.scope)
    ]
    decisions = [decision for _, decision in decided]
    passing = [
        replace(sent, packet=replace(sent.packet, source=decision.source, destination=decision.destination))
        for sent, decision in decided
        if decision.access != "Deny"
    ]
    outcome: Outcome = "partly"
    if {decision.access for decision in decisions} <= {"Allow"}:
        outcome = "passes"
    elif not passing:
        outcome = "stops"
    decisive = next((decision for decision in decisions if decision.access != "Allow"), decisions[0])
    text = _text(decisions, packets[0].packet)
    return Step("security group", f"{post.group.name}: {decisive.rule}", outcome, text), passing


def _text(decisions: list[Decision], packet: Packet) -> str:
    """Each decision in words; the last rule's is about all that the others left."""
    to = f":{packet.port}" if packet.protocol.lower() == "tcp" else f":{packet.port} ({packet.protocol})"
    rules = list(dict.fromkeys((decision.rule, decision.access) for decision in decisions))
    parts = [
        f"{decision.source} → {decision.destination}{to} {_verb(decision)}"
        for decision in decisions
        if len(rules) == 1 or (decision.rule, decision.access) != rules[-1]
    ]
    if len(parts) > _SHOWN:
        parts = [*parts[:_SHOWN], f"so for {len(parts) - _SHOWN} more"]
    return "; ".join(parts if len(rules) == 1 else [*parts, f"anything else {_verb(decisions[-1])}"])


def _verb(decision: Decision) -> str:
    rule = decision.rule if decision.priority is None else f"{decision.rule} (priority {decision.priority})"
    match decision.access:
        case "Allow":
            return f"is allowed by {rule}"
        case "Deny":
            return f"is denied by {rule}"
        case "Unknown":
            return f"may be what {rule} is about: what its words cover is not known here"


def _groups(end: End) -> frozenset[str] | None:
    return end.interface.groups if end.interface else None


def _network_id(resource_id: str) -> str:
    return resource_id.lower().partition("/subnets/")[0]
