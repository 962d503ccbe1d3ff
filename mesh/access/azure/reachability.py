"""Two ends, as the way that the network has between them, there and back, before any security group is asked."""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from mesh.access.attempts import Outcome, Step
from mesh.access.azure import address_sets, route_tables
from mesh.access.azure.address_sets import NOTHING, PLATFORM, PUBLIC, AddressSet
from mesh.access.azure.inventory import Inventory
from mesh.access.azure.route_tables import NO_ROUTE, TO_HOST, TO_INTERNET, Route
from mesh.access.azure.virtual_networks import Interface, Peering, Subnet
from mesh.plan.resources import Output

OUTSIDE = "Azure's default: outside every network of the plan"
_UNSEEN = {
    "firewall": "not judged: theirs",
    "elsewhere": "and whether that lets it through is not in the plan",
}
_LENT_ADDRESS = "Azure's default: outbound access by an address that it lends"
_LENT = AddressSet(all_outputs=True)


@dataclass(frozen=True)
class End:
    """Where packets start or end, in the terms of the plan's networks."""

    name: str
    addresses: AddressSet
    network: str | None
    """None: outside."""
    subnet: Subnet | None = None
    interface: Interface | None = None


@dataclass(frozen=True)
class Leg:
    """How a part of the packets goes."""

    source: AddressSet
    destination: AddressSet
    seen: AddressSet | None
    """The source that the destination sees where another is put in its place; None: the same."""
    outcome: Outcome
    by: str
    text: str
    judged: bool = True
    """False: others keep what it goes by."""


def legs(inventory: Inventory, source: End, destination: End) -> tuple[Leg, ...]:
    """`partly` where the plan does not say whether a packet gets through."""
    if source.network is not None:
        there = _from_inside(inventory, source, destination)
    elif destination.network is not None:
        there = _from_outside(inventory, source, destination)
    else:
        there = iter([_leg(source.addresses, destination.addresses, "passes", OUTSIDE, "never meets them")])
    legs = tuple(leg for hop in there for leg in _and_back(inventory, hop, source, destination))
    return legs or (_leg(source.addresses, destination.addresses, "stops", NO_ROUTE, "lead from or to nowhere"),)


def step(found: tuple[Leg, ...]) -> Step:
    outcomes = {leg.outcome for leg in found}
    outcome: Outcome = outcomes.pop() if len(outcomes) == 1 else "partly"
    decisive = next((leg for leg in found if leg.outcome != "passes"), found[0])
    judged = all(leg.judged for leg in found if leg.outcome != "passes")
    return Step("network", decisive.by, outcome, "; ".join(leg.text for leg in found), judged)


def _from_inside(inventory: Inventory, source: End, destination: End) -> Iterator[Leg]:
    for part, route in route_tables.taken(_routes(inventory, source, destination), destination.addresses):
        outcome, by, text = _along(inventory, route, source, replace(destination, addresses=part))
        if route.hop == "internet" and outcome != "stops":
            yield _to_internet(inventory, source, part, route)
        else:
            # Whoever sends it on to a public address puts one in the source's place too.
            seen = _LENT if route.hop in ("firewall", "elsewhere", "unknown") and part <= PUBLIC else None
            leg = _leg(source.addresses, part, outcome, by, text, seen)
            yield replace(leg, judged=route.hop != "firewall")


def _from_outside(inventory: Inventory, source: End, destination: End) -> Iterator[Leg]:
    platform, public = source.addresses & PLATFORM, source.addresses & PUBLIC
    assert destination.network is not None
    behind = source.addresses & inventory.behind.get(destination.network, NOTHING)
    private = source.addresses - PLATFORM - PUBLIC - behind
    if platform:
        yield _leg(platform, destination.addresses, "passes", TO_HOST, "comes from the machine's own host")
    if behind:
        name = inventory.name(destination.network)
        yield _leg(behind, destination.addresses, "passes", f"{name}: reaches", f"comes from what stands behind {name}")
    if private:
        yield _leg(private, destination.addresses, "partly", OUTSIDE, "comes by a way that is not in the plan, if any")
    if public and destination.interface and destination.interface.public:
        by = destination.interface.name
        yield _leg(public, destination.addresses, "passes", by, "arrives by its public address")
    elif public:
        known = AddressSet(destination.addresses.ranges)
        for output in sorted(destination.addresses.outputs, key=str):
            here = address_sets.of(output)
            yield _leg(public, here, "passes", output.resource, "arrives at a public address")
        if known:
            yield _leg(public, known, "stops", NO_ROUTE, "has no public address to go to")


def _to_internet(inventory: Inventory, source: End, part: AddressSet, route: Route) -> Leg:
    """The destination sees the public address that the source is given on the way."""
    if source.interface and source.interface.public:
        return _leg(source.addresses, part, "passes", source.interface.name, "leaves by its public address", _LENT)
    if source.subnet and source.subnet.nat_gateway:
        gateway = source.subnet.nat_gateway
        name = inventory.name(gateway)
        seen = _addresses_of_gateway(inventory, gateway) or _LENT
        return _leg(source.addresses, part, "passes", name, f"leaves by {name}", seen)
    if source.subnet and source.subnet.id in inventory.balanced:
        name = inventory.balanced[source.subnet.id]
        return _leg(source.addresses, part, "passes", name, f"leaves by the load balancer of {name}", _LENT)
    if source.subnet and not source.subnet.default_outbound:
        why = "has no way out: neither a NAT gateway nor a public address"
        return _leg(source.addresses, part, "stops", source.subnet.name, why)
    by = route.by if route.by != TO_INTERNET else _LENT_ADDRESS
    return _leg(source.addresses, part, "passes", by, "leaves by an address that Azure lends", _LENT)


def _addresses_of_gateway(inventory: Inventory, gateway: str) -> AddressSet:
    properties = next((item.properties for item in inventory.resources if item.id.lower() == gateway), {})
    ids = (inventory.reference(address) for address in properties.get("publicIpAddresses") or ())
    return address_sets.union(Output(inventory.name(address_id), "ipAddress") for address_id in ids if address_id)


def _and_back(inventory: Inventory, leg: Leg, source: End, destination: End) -> Iterator[Leg]:
    """A connection needs the answers too, which take the routes of the destination's subnet."""
    unseen_way = source.network is None and not leg.source & PUBLIC
    if leg.outcome == "stops" or destination.network is None or unseen_way:
        yield leg
        return
    here = replace(destination, addresses=leg.destination)
    for part, route in route_tables.taken(_routes(inventory, destination, source), leg.seen or leg.source):
        outcome, by, text = _along(inventory, route, here, replace(source, addresses=part))
        back = replace(leg, source=part) if leg.seen is None else replace(leg, seen=part)
        if outcome != "passes":
            text = f"{leg.text}, but the answer {_arrow(leg.destination, part)} {text}"
            judged = leg.judged and route.hop != "firewall"
            back = replace(back, outcome=outcome, by=by, text=text, judged=judged)
        yield back


def _along(inventory: Inventory, route: Route, source: End, destination: End) -> tuple[Outcome, str, str]:
    match route.hop:
        case "local" if destination.network in (source.network, None):
            return "passes", route.by, f"stays {route.leads}"
        case "behind" if destination.network is None:
            return "passes", route.by, f"goes {route.leads}"
        case "local" | "behind":
            verb = "stays" if route.hop == "local" else "goes"
            return "stops", route.by, f"{verb} {route.leads}, which has such addresses of its own"
        case "peering":
            assert route.peering is not None
            return _by_peering(route.peering, route, source, destination)
        case "internet" if destination.addresses & PUBLIC and (
            destination.network is None or not destination.addresses.ranges
        ):
            return "passes", route.by, "goes to the internet"
        case "internet":
            return "stops", route.by, "goes to the internet, where nobody has a private address"
        case "firewall" | "elsewhere":
            return "partly", route.by, f"goes to {route.leads}, {_UNSEEN[route.hop]}"
        case "unknown" if destination.network is None or destination.addresses & PUBLIC:
            return "partly", route.by, f"perhaps goes {route.leads}, which is not known here"
        case _ if route.by != NO_ROUTE and route.hop == "dropped":
            return "stops", route.by, f"is dropped by the route {route.by}"
        case _:
            return "stops", *_no_route(inventory, source, destination)


def _by_peering(peering: Peering, route: Route, source: End, destination: End) -> tuple[Outcome, str, str]:
    if destination.network not in (peering.near, peering.far, None) or destination.network == source.network:
        return "stops", route.by, f"goes {route.leads}, which has such addresses of its own"
    for half in peering.closed:
        # The older documentation says that nothing flows, the newer that only VirtualNetwork means less:
        # https://learn.microsoft.com/azure/virtual-network/virtual-network-manage-peering
        return "partly", half.name, f"goes {route.leads} by {half.name}, which allows no access: Azure may drop it"
    return "passes", route.by, f"goes {route.leads} by {route.by}"


def _no_route(inventory: Inventory, source: End, destination: End) -> tuple[str, str]:
    if source.network is None or destination.network is None:
        return NO_ROUTE, "is dropped: no network that it reaches has the address"
    here, there = inventory.name(source.network), inventory.name(destination.network)
    for peering in inventory.peerings_of.get(source.network, ()):
        if peering.other(source.network) == destination.network:
            half = peering.halves[0]
            missing = there if half.network == source.network else here
            return half.name, f"is dropped: the peering {half.name} has no half in {missing}"
    shared = sorted(_neighbours(inventory, source.network) & _neighbours(inventory, destination.network))
    if shared:
        hub = inventory.name(shared[0])
        return NO_ROUTE, f"is dropped: {here} and {there} are both peered with {hub}, but peerings pass nothing on"
    return NO_ROUTE, f"is dropped: {here} and {there} are not peered"


def _neighbours(inventory: Inventory, network: str) -> set[str]:
    return {peering.other(network) for peering in inventory.peerings_of.get(network, ())}


def _routes(inventory: Inventory, source: End, destination: End) -> tuple[Route, ...]:
    """Overlay addresses stand outside the network's space and are routed inside it all the same."""
    assert source.network is not None
    own = inventory.overlays.get(source.network, NOTHING)
    if source.network == destination.network:
        network = inventory.virtual_networks.get(source.network)
        own |= AddressSet((destination.addresses - (network.space if network else NOTHING)).ranges)
    table = source.subnet.route_table if source.subnet else None
    return route_tables.of_subnet(inventory, source.network, table, own)


def _leg(
    source: AddressSet, destination: AddressSet, outcome: Outcome, by: str, text: str, seen: AddressSet | None = None
) -> Leg:
    return Leg(source, destination, seen, outcome, by, f"{_arrow(source, destination)} {text}")


def _arrow(source: AddressSet, destination: AddressSet) -> str:
    return f"{source} → {destination}"
