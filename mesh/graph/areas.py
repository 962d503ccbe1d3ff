"""Networks, the clusters in them, the namespaces in those, and machines, as areas of a picture."""

from collections.abc import Iterator

from mesh.declaration.spelling import listed
from mesh.graph.groups import Group
from mesh.graph.scenes import Area
from mesh.model import Cluster, Environment, Machine, Network

CLIENTS, OUTSIDE = "/clients", "/outside"
"""As no workload is called."""


def areas(environment: Environment, groups: tuple[Group, ...], *, clients: bool) -> Iterator[Area]:
    if clients:
        yield Area(CLIENTS, None, "clients", "")
    for network in environment.networks:
        yield _network(network)
    for cluster in environment.clusters:
        yield from _cluster(environment, cluster, groups)
    yield from _machines(environment, groups)
    if any(_areas_outside(group) == (OUTSIDE,) for group in groups):
        yield Area(OUTSIDE, None, "outside", "outside")


def areas_of(group: Group, environment: Environment) -> tuple[str, ...]:
    """The areas of a group's cards; arrows end at the first."""
    if group.workloads[0].outside:
        return _areas_outside(group)
    if group.folded:
        found = [cluster_id(cluster) for cluster in group.clusters]
        return (*found, *dict.fromkeys(_network_id(machine.network) for machine in group.machines))
    found = [_namespace_id(cluster, group.namespace) for cluster in group.clusters]
    alike = {machine: area for area, machines in machines_alike(environment).items() for machine in machines}
    return (*found, *dict.fromkeys(alike[machine] for machine in group.machines))


def machines_alike(environment: Environment) -> dict[str, tuple[Machine, ...]]:
    """Machines of one network that run the same, which are one area."""
    by_description: dict[tuple[str, ...], list[Machine]] = {}
    for machine in environment.machines:
        runs = (workload.name for workload in environment.workloads if machine in workload.machines)
        by_description.setdefault((machine.network.name, str(machine.address is None), *runs), []).append(machine)
    return {f"machines/{alike[0].name}": tuple(alike) for alike in by_description.values()}


def _network_id(network: Network) -> str:
    return f"network/{network.name}"


def cluster_id(cluster: Cluster) -> str:
    return f"cluster/{cluster.name}"


def _namespace_id(cluster: Cluster, namespace: str) -> str:
    return f"{cluster_id(cluster)}/{namespace}"


def _areas_outside(group: Group) -> tuple[str, ...]:
    outside = group.workloads[0].outside
    if outside is None:
        return ()
    return (_network_id(outside.network),) if outside.network else (OUTSIDE,)


def _network(network: Network) -> Area:
    peers = f"peered with {listed(network.peers)}" if network.peers else "peered with none"
    return Area(
        _network_id(network),
        None,
        "network",
        network.name,
        f"{', '.join(map(str, network.space))} · {network.location}",
        peers,
    )


def _cluster(environment: Environment, cluster: Cluster, groups: tuple[Group, ...]) -> Iterator[Area]:
    id, parent = cluster_id(cluster), _network_id(cluster.network)
    yield Area(id, parent, "cluster", cluster.name, f"AKS · {_version(cluster)}")
    for namespace in sorted({group.namespace for group in groups if cluster in group.clusters and not group.folded}):
        warning = "observed, not enforced" if namespace in environment.observing else ""
        yield Area(_namespace_id(cluster, namespace), id, "namespace", namespace, warning=warning)


def _version(cluster: Cluster) -> str:
    return "exists already" if cluster.existing else f"Kubernetes {cluster.kubernetes}"


def _machines(environment: Environment, groups: tuple[Group, ...]) -> Iterator[Area]:
    if any(group.folded for group in groups):
        return
    for id, machines in machines_alike(environment).items():
        parent, names = _network_id(machines[0].network), ", ".join(machine.name for machine in machines)
        yield Area(id, parent, "machines", names, _kind_of(machines))


def _kind_of(machines: tuple[Machine, ...]) -> str:
    if machines[0].address is None:
        return "scale set" if len(machines) == 1 else f"{len(machines)} scale sets"
    return str(machines[0].address) if len(machines) == 1 else f"{len(machines)} VMs"
