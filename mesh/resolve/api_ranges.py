"""The ranges that may reach an API server, held against the platform's limit and against those who have to read it."""

from collections.abc import Iterator

from mesh.declaration import spec
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem
from mesh.resolve import ingress

_MOST = 200
"""https://learn.microsoft.com/azure/aks/api-server-authorized-ip-ranges"""


def problems(declared: Declared, name: str, cluster: spec.Cluster) -> Iterator[Problem]:
    if not cluster.api_allow_from:
        return
    path = ("clusters", name, "api_allow_from")
    yield from ingress.allow_problems(path, cluster.api_allow_from, is_public=True)
    networks = declared.environment.networks
    reading = {reader: network for reader, network in readers(declared, name) if network in networks}
    own = {network for network in (*reading.values(), cluster.network) if network in networks}
    ours = sum(_ways_out(networks[network]) for network in own)
    if len(cluster.api_allow_from) + ours > _MOST:
        yield Problem(
            path,
            f"{len(cluster.api_allow_from)} ranges and the addresses of {ours} NAT gateways of this environment "
            f"are more than the {_MOST} that AKS takes",
            "Merge some of the ranges",
        )
    for reader, network in sorted(reading.items()):
        if network != cluster.network and not _ways_out(networks[network]):
            yield _without_address(path, reader, network, networks[network])


def _without_address(path: Path, reader: str, name: str, network: spec.Network) -> Problem:
    if network.outbound or network.existing:
        way = "ways of others whose public addresses are not known"
        fix = (
            f"Add public: to networks.{name}.outbound"
            if network.outbound
            else (f"Add outbound: {{firewall: …, public: […]}} to networks.{name}")
        )
    else:
        way, fix = "no NAT gateway", f"Set nat: true in networks.{name}"
    return Problem(
        path,
        f"{reader} has to reach this API server, and its network {name} leaves by {way}, so that no range lets it in",
        f"{fix}, or remove api_allow_from",
    )


def _ways_out(network: spec.Network) -> int:
    """The number of public addresses that are known of a network."""
    return len(network.outbound.public) if network.outbound else int(network.has_nat)


def readers(declared: Declared, name: str) -> Iterator[tuple[str, str]]:
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
