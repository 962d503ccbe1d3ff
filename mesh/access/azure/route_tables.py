"""A subnet's routes, the user's and Azure's own, and the one that each address of a range takes.

https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview#how-azure-selects-a-route
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import IPv4Address
from typing import Literal

from mesh.access.azure import address_sets, security_rules
from mesh.access.azure.address_sets import EVERYTHING, NOTHING, PLATFORM, PRIVATE, PUBLIC, AddressSet
from mesh.access.azure.inventory import Inventory
from mesh.access.azure.security_rules import Extent
from mesh.access.azure.virtual_networks import Peering

Hop = Literal["local", "peering", "behind", "internet", "dropped", "firewall", "elsewhere", "unknown"]
"""Behind: a range that the network is declared to reach. Firewall: the declared one of others. Elsewhere: another
appliance or a gateway, which may let it through. Unknown: nobody knows whether the route is taken."""

_HOPS: dict[str, Hop] = {
    "vnetlocal": "local",
    "internet": "internet",
    "none": "dropped",
    "virtualappliance": "elsewhere",
    "virtualnetworkgateway": "elsewhere",
}
TO_HOST = "Azure's default: each machine reaches its host"
NO_ROUTE = "Azure's default: no route to private addresses"
TO_INTERNET = "Azure's default: a route to the internet"


@dataclass(frozen=True)
class Route:
    """A route that a packet may take, by whose word, and in words where it leads."""

    addresses: AddressSet
    length: int
    """Of its prefix: the longest one decides."""
    hop: Hop
    by: str
    leads: str
    peering: Peering | None = None


@lru_cache(maxsize=1024)
def of_subnet(
    inventory: Inventory, network_id: str, route_table: str | None, overlay: AddressSet = NOTHING
) -> tuple[Route, ...]:
    """In the order in which they are chosen: the longest prefix, and among the same the user's own.

    A user's route holds for packets inside its subnet too; `overlay` is what the network has outside its space.
    """
    firewall = inventory.firewalls.get(network_id, NOTHING)
    routes = [*_user_routes(inventory, route_table, firewall)]
    if firewall and network_id in inventory.existing:
        by = f"{inventory.name(network_id)}: outbound"
        routes.append(Route(EVERYTHING, 0, "firewall", by, f"the firewall {firewall}"))
    routes += _system_routes(inventory, network_id, overlay)
    return tuple(sorted(routes, key=lambda route: -route.length))


def taken(routes: tuple[Route, ...], destinations: AddressSet) -> Iterator[tuple[AddressSet, Route]]:
    for route in routes:
        part = destinations & route.addresses
        if part:
            yield part, route
            destinations -= part
            if not destinations:
                return


def user_prefixes(inventory: Inventory, route_table: str | None) -> Extent:
    """Prefixes that user routes add to VirtualNetwork."""
    prefixes = [
        security_rules.prefix(route["addressPrefix"]) for _, route in inventory.routes.get(route_table or "", ())
    ]
    certain = address_sets.union(prefix for prefix in prefixes if prefix is not None and prefix != EVERYTHING)
    if EVERYTHING in prefixes:
        return Extent(certain, EVERYTHING)
    return Extent(certain, certain | PUBLIC if None in prefixes else certain)


def _user_routes(inventory: Inventory, route_table: str | None, firewall: AddressSet) -> Iterator[Route]:
    routes = inventory.routes.get(route_table or "", ())
    own_default = any(security_rules.prefix(properties["addressPrefix"]) == EVERYTHING for _, properties in routes)
    for name, properties in routes:
        hop = _HOPS[properties["nextHopType"].lower()]
        by = f"{inventory.name(route_table or '')}: {name}"
        leads = f"{properties['nextHopType']} {properties.get('nextHopIpAddress', '')}".strip()
        if firewall and hop == "elsewhere" and _is_at(properties.get("nextHopIpAddress"), firewall):
            hop, leads = "firewall", f"the firewall {firewall}"
        addresses = security_rules.prefix(properties["addressPrefix"])
        if addresses is not None:
            yield from _by_block(addresses, hop, by, leads)
        elif hop != "internet" or own_default:
            # A service tag, of public addresses that Microsoft alone knows; every prefix in it is longer than /0.
            yield Route(PUBLIC, 1, "unknown", by, f"to {leads}, if {properties['addressPrefix']} has the address")


def _is_at(address: str | None, firewall: AddressSet) -> bool:
    return address is not None and address_sets.of(IPv4Address(address)) <= firewall


def _system_routes(inventory: Inventory, network_id: str, overlay: AddressSet) -> Iterator[Route]:
    yield from _by_block(PLATFORM, "local", TO_HOST, "on the machine's own host")
    network = inventory.virtual_networks.get(network_id)
    name = inventory.name(network_id)
    yield from _by_block(network.space | overlay if network else overlay, "local", name, f"inside {name}")
    for peering in inventory.peerings_of.get(network_id, ()):
        remote = inventory.virtual_networks.get(peering.other(network_id))
        if remote is not None and peering.connected:
            own = next(half for half in peering.halves if half.network == network_id)
            yield from _by_block(remote.space, "peering", own.name, f"to {remote.name}", peering)
    behind = inventory.behind.get(network_id, NOTHING)
    yield from _by_block(behind, "behind", f"{name}: reaches", f"to what stands behind {name}")
    for half in unseen_peers(inventory, network_id):
        yield from _by_block(PRIVATE, "unknown", half, "to a network that is not in the plan")
    if network_id in inventory.existing:
        yield from _by_block(PRIVATE, "unknown", name, f"to what the owner of {name} joins it with")
    yield from _by_block(PRIVATE, "dropped", NO_ROUTE, "nowhere")
    yield Route(EVERYTHING, 0, "internet", TO_INTERNET, "to the internet")


def unseen_peers(inventory: Inventory, network_id: str) -> Iterator[str]:
    """The halves of peerings with networks that the plan does not have; whether they connect, nobody knows."""
    for peering in inventory.peerings_of.get(network_id, ()):
        for half in peering.halves:
            if half.network == network_id and half.remote not in inventory.virtual_networks:
                yield half.name


def _by_block(addresses: AddressSet, hop: Hop, by: str, leads: str, peering: Peering | None = None) -> Iterator[Route]:
    """One route a block, as each has a prefix of its own."""
    for block in address_sets.blocks(addresses):
        yield Route(address_sets.of(block), block.prefixlen, hop, by, leads, peering)
