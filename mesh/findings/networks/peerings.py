"""Peerings and routes between networks, held against what crosses them."""

from collections.abc import Iterator

from mesh.access.azure import route_tables
from mesh.access.azure.networks import Networks
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.findings.networks.needed import needed

HALF_A_PEERING = Kind(
    code="half-a-peering",
    severity="error",
    what="Only one of two networks has its half of their peering.",
    why="One half connects nothing: it stays in the state Initiated.",
    example="peering/east/west: network/west has no half of its own",
    fix="Add the other half, or remove this one.",
)
PEERING_WITHOUT_ACCESS = Kind(
    code="peering-without-access",
    severity="warning",
    what="A peering does not allow access to the remote network.",
    why="Its packets then fall to the rules for the internet, or are dropped.",
    example="peering/east/west: says allowVirtualNetworkAccess: false",
    fix="Set allowVirtualNetworkAccess to true.",
)
UNUSED_PEERING = Kind(
    code="unused-peering",
    severity="note",
    what="No declared route, and no machine that joins a cluster, uses a peering.",
    why="It widens what VirtualNetwork means in both networks, for nobody.",
    example="peering/east/west and peering/west/east: carries nothing that is declared",
    fix="Remove the peering, unless others use it.",
)
PACKETS_DROPPED_BY_ROUTE = Kind(
    code="packets-dropped-by-route",
    severity="warning",
    what="A user's route drops packets of a subnet to a network that it is peered with.",
    why="Peerings are made to be used; a route that drops their packets is mostly a mistake.",
    example="subnet/east/nodes: routes/east: to-west drops what goes to 10.20.0.0/16, of network/west",
    fix="Remove the route, or the peering.",
)
KINDS = (HALF_A_PEERING, PEERING_WITHOUT_ACCESS, UNUSED_PEERING, PACKETS_DROPPED_BY_ROUTE)


def findings(context: Context) -> Iterator[Finding]:
    networks = context.world.networks
    crossed = {
        frozenset((networks.network_of(connection.source), networks.network_of(connection.destination)))
        for connection in needed(context)
    }
    for peering in networks.peerings:
        halves = " and ".join(half.name for half in peering.halves)
        if not peering.connected:
            text = f"{networks.inventory.name(peering.halves[0].remote)} has no half of its own"
            yield Finding(HALF_A_PEERING, halves, text)
            continue
        for half in peering.closed:
            yield Finding(PEERING_WITHOUT_ACCESS, half.name, "says allowVirtualNetworkAccess: false")
        if {peering.near, peering.far} not in crossed:
            yield Finding(UNUSED_PEERING, halves, "carries nothing that is declared")
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
                    yield Finding(PACKETS_DROPPED_BY_ROUTE, subnet.name, text)
