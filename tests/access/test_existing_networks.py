"""Networks that others made: their groups and firewalls are not judged, and this is said at each layer."""

from dataclasses import replace
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path

from mesh import findings
from mesh.access.attempts import Attempt, Step, Verdict
from mesh.access.connections import Place
from mesh.access.judge import Judge
from mesh.access.world import World
from mesh.files import stacks
from mesh.findings.acceptance import Judged
from mesh.findings.context import CertificateFiles
from mesh.plan import Plan
from mesh.render import plan

CASES = Path(__file__).parents[1] / "cases" / "networks"
EXISTING = plan(stacks.environment(CASES / "existing-network" / "stack.yaml"))
FIREWALL = plan(stacks.environment(CASES / "outbound-by-a-firewall" / "stack.yaml"))


def verdict(of: Plan, caller: str, callee: str, port: int) -> Verdict:
    return Judge(World(of)).verdict(Attempt(caller, callee, port))


def assessed(of: Plan) -> Judged:
    return findings.assess(of, CertificateFiles({}, "stack.yaml", datetime(2026, 11, 29, tzinfo=UTC)))


def unjudged(found: Verdict) -> set[tuple[str, str, str]]:
    return {(step.layer, step.by, step.text) for way in found.ways for step in way.steps if not step.judged}


def test_groups_of_theirs_are_not_judged_and_the_route_is_no_error() -> None:
    found = verdict(EXISTING, "storefront", "erp", 1433)

    assert unjudged(found) == {
        ("security group", "subnet/corp/nodes", "not judged: theirs, the security group at subnet/corp/nodes"),
        ("security group", "nsg/corp/machines", "not judged: theirs, the security group at nsg/corp/machines"),
    }
    assert (found.allowed, found.possible) == (False, True)
    assert assessed(EXISTING).of("error") == ()


def test_the_subnets_of_theirs_are_told_with_what_nothing_else_guards() -> None:
    told = {
        one.subject: one.text for one in assessed(EXISTING).of("note") if one.kind.code == "security-group-not-judged"
    }

    assert told == {
        "subnet/corp/gateways": "what its group lets through is not judged, and the mesh alone guards what is there",
        "subnet/corp/machines": "nsg/corp/machines is theirs, and takes our rules; what its group lets through is not "
        "judged; nothing else guards erp",
        "subnet/corp/nodes": "what its group lets through is not judged, and the mesh alone guards what is there",
    }


def test_what_the_mesh_stops_stays_stopped_where_groups_are_theirs() -> None:
    found = verdict(EXISTING, "erp", "storefront", 8080)

    assert not found.possible


def test_our_own_half_of_a_peering_and_their_declared_half_connect() -> None:
    halves = {
        half.name for peering in World(EXISTING).networks.peerings if peering.connected for half in peering.halves
    }

    assert halves >= {"peering/east/hub", "peering/hub/east", "peering/east/corp", "peering/corp/east"}


def test_a_call_by_the_firewall_is_not_judged_there_and_passes_our_group() -> None:
    found = verdict(FIREWALL, "storefront", "mail", 443)

    assert unjudged(found) == {
        (
            "network",
            "routes/east: internet-by-firewall",
            "10.10.64.0/18 → the internet goes to the firewall 10.0.1.4, not judged: theirs",
        )
    }
    assert assessed(FIREWALL).of("error") == ()


def test_another_appliance_than_the_declared_firewall_is_an_error() -> None:
    environment = FIREWALL.environment
    others = tuple(
        replace(network, firewall=replace(network.firewall, address=IPv4Address("10.0.1.9")))
        if network.firewall
        else network
        for network in environment.networks
    )
    moved = replace(FIREWALL, environment=replace(environment, networks=others))

    assert "route-works-in-part" in {one.kind.code for one in assessed(moved).of("error")}


def test_behind_a_route_for_all_addresses_everything_inside_stays_denied() -> None:
    networks = World(FIREWALL).networks
    nodes = next(subnet for subnet in networks.inventory.subnets.values() if subnet.name == "subnet/east/nodes")
    here = Place("the nodes", nodes.prefix, nodes.id)

    def last(source: Place, destination: Place) -> Step:
        return networks.passage(source, destination, 443)[-1]

    hub = Place("the hub", IPv4Network("10.0.0.0/24"))
    assert (last(here, hub).by, last(here, hub).outcome) == ("nsg/east/nodes: deny-inside-out", "stops")
    assert (last(hub, here).by, last(hub, here).outcome) == ("nsg/east/nodes: deny-all-in", "stops")


def test_only_what_is_ours_is_deployed() -> None:
    deployed = {resource.name for resource in EXISTING.deployed}

    assert not {name for name in deployed if name.startswith(("network/corp", "network/hub", "subnet/corp", "group"))}
    assert {"peering/east/hub", "peering/east/corp", "network/east"} <= deployed
    assert not {"peering/hub/east", "peering/corp/east", "peering/corp/hub", "nsg/corp/machines"} & deployed
    assert all(set(resource.depends_on) <= deployed for resource in EXISTING.deployed)
