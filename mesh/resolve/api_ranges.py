"""The ranges that may reach an API server, held against the platform's limit and against those who have to read it."""

from collections.abc import Iterator

from mesh.declaration import spec
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Problem
from mesh.resolve import ingress

_MOST = 200
"""https://learn.microsoft.com/azure/aks/api-server-authorized-ip-ranges"""


def problems(declared: Declared, name: str, cluster: spec.Cluster) -> Iterator[Problem]:
    if not cluster.api_allow_from:
        return
    path = ("clusters", name, "api_allow_from")
    yield from ingress.allow_problems(path, cluster.api_allow_from, is_public=True)
    networks = declared.environment.networks
    readers = {reader: network for reader, network in _readers(declared, name) if network in networks}
    own = {network for network in (*readers.values(), cluster.network) if network in networks and networks[network].nat}
    if len(cluster.api_allow_from) + len(own) > _MOST:
        yield Problem(
            path,
            f"{len(cluster.api_allow_from)} ranges and the addresses of {len(own)} NAT gateways of this environment "
            f"are more than the {_MOST} that AKS takes",
            "Merge some of the ranges",
        )
    for reader, network in sorted(readers.items()):
        if network != cluster.network and not networks[network].nat:
            yield Problem(
                path,
                f"{reader} has to reach this API server, and its network {network} leaves by no NAT gateway, so that "
                "no range lets it in",
                f"Set nat: true in networks.{network}, or remove api_allow_from",
            )


def _readers(declared: Declared, name: str) -> Iterator[tuple[str, str]]:
    """The other clusters, whose istiods read this one, and the machines that join it; each with its network."""
    environment = declared.environment
    for other, found in environment.clusters.items():
        if other != name:
            yield f"the istiod of {other}", found.network
    workloads = [workload for workload in environment.workloads.values() if workload.sidecar]
    with_sidecar = {machine for workload in workloads for machine in workload.machines}
    for machine_name, machine in environment.machines.items():
        if machine_name in with_sidecar and (machine.joins or next(iter(environment.clusters))) == name:
            yield f"the machine {machine_name}", machine.network
