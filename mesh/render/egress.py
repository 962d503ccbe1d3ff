"""Networks → what runs there has to reach on the internet, for the owner of a firewall on the way.

AKS: https://learn.microsoft.com/azure/aks/outbound-rules-control-egress. What add-ons and nodes with GPUs need besides
stands there too.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from mesh.model import Cluster, Environment, Network, Workload


@dataclass(frozen=True)
class Destination:
    """A host, or a service tag, that has to be let out to."""

    host: str
    port: int
    protocol: str
    reason: str


_AKS = (
    Destination("mcr.microsoft.com", 443, "TCP", "AKS: images of the system"),
    Destination("*.data.mcr.microsoft.com", 443, "TCP", "AKS: images of the system"),
    Destination("mcr-0001.mcr-msedge.net", 443, "TCP", "AKS: images of the system"),
    Destination("management.azure.com", 443, "TCP", "AKS: Azure's API"),
    Destination("login.microsoftonline.com", 443, "TCP", "AKS: tokens of Entra"),
    Destination("packages.microsoft.com", 443, "TCP", "AKS: packages of nodes"),
    Destination("acs-mirror.azureedge.net", 443, "TCP", "AKS: binaries of nodes"),
    Destination("packages.aks.azure.com", 443, "TCP", "AKS: binaries of nodes"),
    Destination("ntp.ubuntu.com", 123, "UDP", "AKS: time of nodes"),
)
_ISTIO = Destination("registry.istio.io", 443, "TCP", "Istio: images")
_PACKAGE = Destination("storage.googleapis.com", 443, "TCP", "Istio: the package of machines, at their first boot")


def destinations(environment: Environment) -> dict[str, tuple[Destination, ...]]:
    """By network, sorted; empty where nothing of the program runs in it."""
    return {network.name: tuple(sorted(set(_of(environment, network)), key=str)) for network in environment.networks}


def _of(environment: Environment, network: Network) -> Iterator[Destination]:
    here = [cluster for cluster in environment.clusters if cluster.network == network]
    joining = [machine for machine in environment.machines_with_sidecar if machine.network == network]
    for cluster in here:
        yield from (*_AKS, _ISTIO)
        yield from _of_api_server(cluster, "AKS: its nodes")
        yield from (
            _api(other, "Istio: endpoints of other clusters")
            for other in environment.clusters
            if other != cluster
            if not other.private
        )
    for machine in joining:
        yield _PACKAGE
        if not machine.joins.private:
            yield _api(machine.joins, f"machine {machine.name}: tokens of its account")
    for route in environment.calls:
        if isinstance(route.caller, Workload) and network in route.networks and _is_public(route.callee):
            for host in route.callee.outside.hosts if route.callee.outside else ():
                yield Destination(host, route.port.number, "TCP", f"route: {route.caller.name} to {route.callee.name}")


def _is_public(callee: Workload) -> bool:
    return callee.outside is not None and callee.outside.range is None


def _of_api_server(cluster: Cluster, reason: str) -> Iterator[Destination]:
    """A private cluster talks to its API server inside the network."""
    if not cluster.private:
        tag = f"AzureCloud.{cluster.network.location}"
        yield _api(cluster, reason)
        yield Destination(tag, 1194, "UDP", f"{reason}, the tunnel to the API server")
        yield Destination(tag, 9000, "TCP", f"{reason}, the tunnel to the API server")


def _api(cluster: Cluster, reason: str) -> Destination:
    return Destination(f"*.hcp.{cluster.network.location}.azmk8s.io", 443, "TCP", reason)
