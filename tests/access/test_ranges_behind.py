"""Private ranges behind a network: reached at what a route declares, and at nothing else."""

from ipaddress import IPv4Network
from pathlib import Path

from mesh.access.attempts import Step
from mesh.access.azure.networks import Networks
from mesh.access.connections import Place
from mesh.access.world import World
from mesh.files import stacks
from mesh.render import plan

CASE = Path(__file__).parents[1] / "cases" / "workloads" / "outside-service-on-premises" / "stack.yaml"
NETWORKS = World(plan(stacks.environment(CASE))).networks


def passage(address: str, port: int, networks: Networks = NETWORKS) -> Step:
    """Of a call from the nodes: its last step."""
    nodes = next(subnet for subnet in networks.inventory.subnets.values() if subnet.name == "subnet/east/nodes")
    return networks.passage(Place("the nodes", nodes.prefix, nodes.id), Place("there", IPv4Network(address)), port)[-1]


def test_the_declared_range_and_port_are_open() -> None:
    step = passage("192.168.10.0/24", 1521)

    assert (step.by, step.outcome) == ("nsg/east/nodes: cluster-east-to-range-192.168.10.0-24-1521-out", "passes")


def test_another_port_and_another_range_behind_the_network_are_closed() -> None:
    for address, port in (("192.168.10.0/24", 22), ("192.168.11.0/24", 1521)):
        step = passage(address, port)
        assert (step.by, step.outcome) == ("nsg/east/nodes: deny-virtual-network-out", "stops")


def test_what_no_network_reaches_has_no_way() -> None:
    step = passage("172.20.0.0/24", 1521)

    assert (step.layer, step.outcome) == ("network", "stops")


def test_clients_from_behind_a_network_arrive() -> None:
    nodes = next(subnet for subnet in NETWORKS.inventory.subnets.values() if subnet.name == "subnet/east/nodes")
    clients = Place("clients", IPv4Network("192.168.50.0/24"))
    first = NETWORKS.passage(clients, Place("the nodes", nodes.prefix, nodes.id), 443)[0]

    assert (first.by, first.outcome) == ("network/east: reaches", "passes")
