"""An environment, into the problems with names made of two declared ones: two pairs may give the same."""

from collections.abc import Iterator

from mesh import names
from mesh.declaration.problems import Path, Problem
from mesh.model import Environment


def problems(environment: Environment) -> Iterator[Problem]:
    owner: dict[tuple[str, ...], Path] = {}
    for key, path in _names(environment):
        first = owner.setdefault(key, path)
        if first != path:
            yield Problem(
                path,
                f"it would be called {key[-1]} in {key[0]}, as would {'.'.join(map(str, first))}",
                "Rename one of them",
            )


def _names(environment: Environment) -> Iterator[tuple[tuple[str, ...], Path]]:
    """Each derived name with its kind and place → the parts of the file that would have it."""
    for network in environment.networks:
        yield ("Azure", "public IP", names.nat_gateway(network)), ("networks", network.name)
    for cluster in environment.clusters:
        for gateway in cluster.ingress:
            path: Path = ("clusters", cluster.name, "ingress", gateway.name)
            yield ("Azure", "public IP", names.ingress_public_ip(cluster, gateway)), path
    for workload in environment.workloads:
        place = f"the namespace {workload.namespace}"
        for machine in workload.machines:
            owner: Path = ("workloads", workload.name)
            yield (place, "entry", names.workload_entry(workload, machine)), owner
            yield (place, "group", names.workload_group(workload, machine.network)), owner
