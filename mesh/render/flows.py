"""Routes, as the flows between addresses that carry them; what a network security group can tell apart.

Three platform rules decide every flow (docs/networking.md tells more):
- overlay pods leave their cluster with their node's address, so a cluster calls from its nodes subnet;
- nobody reaches a pod from another network: calls into a cluster go to its east-west gateway;
- a machine is called at its own address, also from a cluster: Istio uses no gateway where a network has none.

The instances of a scale set have no known addresses, so their end is the whole machines subnet.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network

from mesh.model import (
    Cluster,
    Environment,
    Ingress,
    Machine,
    Network,
    Route,
    SubnetRole,
    Workload,
)

ISTIOD_PORT = 15012
"""xDS and certificates, for machines."""
CROSS_NETWORK_PORT = 15443
"""Mutual TLS between Istio networks."""
API_PORT = 443
"""An API server's."""


@dataclass(frozen=True)
class End:
    """One end of a flow: addresses, and the subnet whose security group sees it (None where it is not ours)."""

    name: str
    network: Network | None
    """None behind the networks, at a range that they reach."""
    role: SubnetRole | None
    cidr: IPv4Network


@dataclass(frozen=True)
class Flow:
    """A TCP connection that has to be possible, in the direction in which it is opened."""

    source: End
    destination: End
    port: int


def flows(environment: Environment) -> tuple[Flow, ...]:
    """The TCP flows that must be open between networks, each once."""
    needed = {flow for route in environment.calls for flow in _of_route(route)}
    needed |= {
        Flow(machine_end(machine), gateway_end(machine.joins), ISTIOD_PORT)
        for machine in environment.machines_with_sidecar
    }
    needed |= {
        Flow(reader, api_end(cluster), API_PORT)
        for cluster in environment.clusters
        if cluster.private
        for reader in api_readers(environment, cluster)
    }
    return tuple(sorted(needed, key=lambda flow: (flow.source.name, flow.destination.name, flow.port)))


def api_readers(environment: Environment, cluster: Cluster) -> Iterator[End]:
    """Those outside a cluster that ask its API server: the istiods of the others, and the machines that join it."""
    yield from (nodes_end(other) for other in environment.clusters if other != cluster)
    yield from (machine_end(machine) for machine in environment.machines_with_sidecar if machine.joins == cluster)


def _of_route(route: Route) -> Iterator[Flow]:
    for source in _callers(route.caller):
        for cluster in route.callee.clusters:
            if not (source.role == "nodes" and source.network == cluster.network):
                yield Flow(source, gateway_end(cluster), CROSS_NETWORK_PORT)
        for machine in route.callee.machines:
            destination = machine_end(machine)
            if source != destination:
                yield Flow(source, destination, route.port.number)
        if (outside := route.callee.outside) and outside.range:
            yield Flow(source, range_end(outside.network, outside.range), route.port.number)


def _callers(caller: Workload | Ingress) -> Iterator[End]:
    if isinstance(caller, Ingress):
        yield nodes_end(caller.cluster)
    else:
        yield from (nodes_end(cluster) for cluster in caller.clusters)
        yield from (machine_end(machine) for machine in caller.machines)


def nodes_end(cluster: Cluster) -> End:
    return End(
        f"cluster-{cluster.name}",
        cluster.network,
        "nodes",
        cluster.network.subnet("nodes").cidr,
    )


def machine_end(machine: Machine) -> End:
    subnet = machine.network.subnet("machines").cidr
    cidr = subnet if machine.address is None else _only(machine.address)
    return End(f"machine-{machine.name}", machine.network, "machines", cidr)


def api_end(cluster: Cluster) -> End:
    """A private API server is a private endpoint in the nodes subnet, and no group holds for packets to it there.

    https://learn.microsoft.com/azure/private-link/disable-private-endpoint-network-policy
    """
    return End(f"api-{cluster.name}", cluster.network, None, cluster.network.subnet("nodes").cidr)


def range_end(network: Network | None, addresses: IPv4Network) -> End:
    return End(f"range-{addresses.with_prefixlen.replace('/', '-')}", network, None, addresses)


def gateway_end(cluster: Cluster) -> End:
    """The load balancer keeps its own address as destination (floating IP), and hands the packet to a node.

    So the rule names the gateway's address, in the security group of the nodes.
    """
    return End(
        f"gateway-{cluster.name}",
        cluster.network,
        "nodes",
        _only(cluster.east_west_address),
    )


def _only(address: IPv4Address) -> IPv4Network:
    return IPv4Network(address)
