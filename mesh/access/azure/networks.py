"""Azure's networks in a plan, and what a packet meets on its way between two places."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property

from mesh.access.attempts import Step
from mesh.access.azure import address_sets, reachability, route_tables, security_groups
from mesh.access.azure.address_sets import EVERYTHING, HOST, NOTHING, PRIVATE, PUBLIC, Address, AddressSet
from mesh.access.azure.inventory import Inventory
from mesh.access.azure.nsg_steps import Checkpoint, Sent
from mesh.access.azure.reachability import End
from mesh.access.azure.security_groups import Packet, SecurityGroup
from mesh.access.azure.security_rules import Extent, Scope
from mesh.access.azure.virtual_networks import Interface, Peering, Subnet, VirtualNetwork
from mesh.access.connections import Connection, Place
from mesh.plan.resources import AzureResource


@dataclass(frozen=True, eq=False)
class Networks:
    inventory: Inventory
    _passages: dict[Connection, tuple[Step, ...]] = field(default_factory=dict, repr=False)
    _scopes: dict[tuple[str, str | None], Scope] = field(default_factory=dict, repr=False)

    @staticmethod
    def of(
        resources: Iterable[AzureResource],
        behind: Mapping[str, AddressSet] | None = None,
        firewalls: Mapping[str, AddressSet] | None = None,
    ) -> "Networks":
        """By the id of a network: the private ranges that it reaches by ways of others; a firewall of others."""
        return Networks(Inventory(tuple(resources), _folded(behind or {}), _folded(firewalls or {})))

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

    def network_of(self, place: Place) -> str | None:
        """The id of the virtual network that a place is in; None: outside."""
        return self._end(place).network

    def interface(self, interface_id: str) -> Interface:
        """A scale set's too, by its own id."""
        return self.inventory.interfaces[interface_id.lower()]

    def virtual_network(self, network_id: str) -> VirtualNetwork:
        """By its id, or that of anything in it."""
        return self.inventory.virtual_networks[_network_id(network_id)]

    def virtual_network_of(self, address: Address) -> VirtualNetwork | None:
        """The one whose space has all of a range."""
        asked = address_sets.of(address)
        return next((network for network in self.inventory.virtual_networks.values() if asked <= network.space), None)

    def virtual_network_tag(self, network_id: str, route_table: str | None = None) -> Extent:
        """The addresses of the tag VirtualNetwork in a network, and in its subnets with a route table.

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
        known |= HOST | self.inventory.overlays.get(asked, NOTHING)
        known |= address_sets.union(self.inventory.behind.get(network, NOTHING) for network in {asked, *peers})
        routed = route_tables.user_prefixes(self.inventory, route_table and route_table.lower())
        possible = known | routed.possible
        if asked not in networks or self._has_unknown_neighbours(asked):
            possible |= PRIVATE - address_sets.union(network.space for network in networks.values())
        if asked in self.inventory.existing and asked in self.inventory.firewalls:
            possible = EVERYTHING
        certain = known | routed.certain
        return Extent.exactly(certain) if certain == possible else Extent(certain, possible)

    def _has_unknown_neighbours(self, network: str) -> bool:
        peerings = self.inventory.peerings_of.get(network, ())
        by_gateway = any(half.gateway for peering in peerings for half in peering.halves if half.network == network)
        return (
            by_gateway or network in self.inventory.existing or any(route_tables.unseen_peers(self.inventory, network))
        )

    def scope(self, network_id: str, subnet: Subnet | None) -> Scope:
        """The addresses of the tags in an NSG's rules, in its subnet."""
        table = subnet.route_table if subnet else None
        key = (_network_id(network_id), table)
        if key not in self._scopes:
            self._scopes[key] = Scope(self.virtual_network_tag(network_id, table), self._members)
        return self._scopes[key]

    def passage(self, source: Place, destination: Place, port: int, protocol: str = "Tcp") -> tuple[Step, ...]:
        """The steps of a connection's first packet, in order. The last one stops it, if any does.

        `partly` is said of what holds for some of the addresses, and of what the plan cannot tell.
        """
        connection = Connection(source, destination, port, protocol)
        if connection not in self._passages:
            self._passages[connection] = tuple(self._steps(connection))
        return self._passages[connection]

    def _steps(self, connection: Connection) -> Iterator[Step]:
        source, destination = connection.source, connection.destination
        port, protocol = connection.port, connection.protocol
        start, end = self._end(source), self._end(destination)
        legs = reachability.legs(self.inventory, start, end)
        yield replace(reachability.step(legs), connection=connection)
        packets = [
            Sent(Packet(leg.source, leg.destination, port, protocol, None, _groups(start), _groups(end)), leg.seen)
            for leg in legs
            if leg.outcome != "stops"
        ]
        for checkpoint in reversed(self._checkpoints(source, start)):
            if packets:
                step, packets = checkpoint.passed("Outbound", packets)
                yield step
        packets = [sent.arriving for sent in packets]
        for checkpoint in self._checkpoints(destination, end):
            if packets:
                step, packets = checkpoint.passed("Inbound", packets)
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

    def _checkpoints(self, place: Place, end: End) -> tuple[Checkpoint, ...]:
        """From the outside in: the subnet's group, then the interface's."""
        if end.network is None:
            return ()
        scope = self.scope(end.network, end.subnet)
        groups = [part.security_group for part in (end.subnet, end.interface) if part and part.security_group]
        existing = self.inventory.existing
        bare = end.subnet is not None and end.subnet.security_group is None and end.subnet.id in existing
        unknown = [
            part
            for part, known in ((place.subnet, end.subnet), (place.interface, end.interface))
            if part is not None and known is None
        ]
        return (
            *(Checkpoint(f"{self.inventory.name(part)}, which is not in the plan", None, scope) for part in unknown),
            *([Checkpoint(end.subnet.name, None, scope, theirs=True)] if bare and end.subnet else ()),
            *(
                Checkpoint(self.inventory.name(group), self.security_groups.get(group), scope, group in existing)
                for group in groups
            ),
        )

    @cached_property
    def _members(self) -> Mapping[str, Extent]:
        """Of each application security group; where Azure chooses the address, it may be any of the subnet's."""
        extents = {group: Extent.exactly(NOTHING) for group in self.inventory.application_groups}
        for interface in self.inventory.interfaces.values():
            subnet = self.inventory.subnets.get(interface.subnet)
            addresses = (
                Extent.exactly(interface.addresses)
                if interface.addresses is not None
                else Extent(NOTHING, subnet.addresses if subnet else PRIVATE)
            )
            for group in interface.groups & extents.keys():
                extents[group] |= addresses
        return extents


def _groups(end: End) -> frozenset[str] | None:
    return end.interface.groups if end.interface else None


def _folded(by_network: Mapping[str, AddressSet]) -> dict[str, AddressSet]:
    return {network.lower(): addresses for network, addresses in by_network.items()}


def _network_id(resource_id: str) -> str:
    return resource_id.lower().partition("/subnets/")[0]
