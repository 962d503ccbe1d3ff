"""Gateways: an east-west one per cluster, for the other networks, and the declared ingress gateways.

Each is a release of Istio's gateway chart behind a load balancer at an address that is known beforehand, so that
entries, machines and security rules can name it.
"""

from collections.abc import Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

from mesh import names
from mesh.model import Cluster, Environment, Ingress, IngressGateway, Istio, Route, Workload
from mesh.plan.resources import KubernetesObject, Release
from mesh.render import control_plane, key_vault, kubernetes
from mesh.render.flows import CROSS_NETWORK_PORT, ISTIOD_PORT
from mesh.render.ingress import HTTPS_PORT, REDIRECT_PORT

CROSS_NETWORK = "cross-network"
"""The name of the east-west Gateway object on each cluster."""
ISTIOD_FOR_MACHINES = "istiod-for-machines"
"""The policy that lets machines reach istiod through an east-west gateway."""
_AZURE = "service.beta.kubernetes.io/azure"
_REPLICAS = {
    "autoscaling": {"minReplicas": 2},
    "podDisruptionBudget": {"minAvailable": 1},
}
_KEEP_IDLE_CONNECTIONS = {f"{_AZURE}-load-balancer-tcp-idle-timeout": "30"}
"""Minutes. Azure drops a connection that is idle for four, and says so to nobody."""


def releases(environment: Environment) -> tuple[Release, ...]:
    return tuple(release for cluster in environment.clusters for release in _releases(environment, cluster))


def _releases(environment: Environment, cluster: Cluster) -> Iterator[Release]:
    after = (control_plane.ISTIOD,)
    yield control_plane.release(
        environment,
        cluster,
        names.EAST_WEST_GATEWAY,
        "gateway",
        names.SYSTEM_NAMESPACE,
        {
            **_REPLICAS,
            "networkGateway": names.istio_network_of_pods(cluster),
            "service": {"annotations": _internal(cluster, cluster.east_west_address)},
        },
        after,
    )
    for gateway in cluster.ingress:
        service = _ingress_service(environment, cluster, gateway)
        release = control_plane.release(
            environment,
            cluster,
            names.ingress_gateway(gateway),
            "gateway",
            names.INGRESS_NAMESPACE,
            {**_REPLICAS, "service": service, **key_vault.volume(environment, cluster, gateway)},
            after,
        )
        yield replace(release, depends_on=(*release.depends_on, *key_vault.before_pods(environment, cluster, gateway)))


def _internal(cluster: Cluster, address: IPv4Address) -> dict[str, str]:
    return {
        f"{_AZURE}-load-balancer-internal": "true",
        f"{_AZURE}-load-balancer-internal-subnet": cluster.network.subnet("gateways").name,
        f"{_AZURE}-load-balancer-ipv4": str(address),
        **_KEEP_IDLE_CONNECTIONS,
    }


def _ingress_service(environment: Environment, cluster: Cluster, gateway: IngressGateway) -> dict[str, Any]:
    if gateway.address is not None:
        annotations = _internal(cluster, gateway.address)
    else:
        annotations = {
            f"{_AZURE}-pip-name": names.ingress_public_ip(cluster, gateway),
            f"{_AZURE}-load-balancer-resource-group": environment.resource_group,
            **_KEEP_IDLE_CONNECTIONS,
        }
    return {
        "annotations": {**annotations, **_of_service_tags(gateway)},
        # Local keeps the client's own address, which is what source ranges are about.
        "externalTrafficPolicy": "Local",
        **({} if gateway.service_tags else {"loadBalancerSourceRanges": [str(block) for block in gateway.allow_from]}),
        "ports": [_service_port("https", HTTPS_PORT)]
        + ([_service_port("http", REDIRECT_PORT)] if gateway.redirect else []),
    }


def _of_service_tags(gateway: IngressGateway) -> dict[str, str]:
    """Azure takes no loadBalancerSourceRanges beside tags, so the ranges are an annotation then."""
    if not gateway.service_tags:
        return {}
    ranges = ",".join(str(block) for block in gateway.allow_from)
    return {
        f"{_AZURE}-allowed-service-tags": ",".join(gateway.service_tags),
        **({f"{_AZURE}-allowed-ip-ranges": ranges} if ranges else {}),
    }


def _service_port(name: str, number: int) -> dict[str, Any]:
    return {"name": name, "port": number, "protocol": "TCP", "targetPort": number}


def objects(environment: Environment) -> tuple[KubernetesObject, ...]:
    """Gateway objects of the east-west gateways: hosts called from other networks, and istiod for machines."""
    return tuple(item for cluster in environment.clusters for item in _objects(environment, cluster))


def _objects(environment: Environment, cluster: Cluster) -> Iterator[KubernetesObject]:
    crossed = (workload for workload in environment.workloads if is_crossed_to(environment, cluster, workload))
    if hosts := sorted(host for workload in crossed for host in names.hosts(workload)):
        yield _gateway(cluster, CROSS_NETWORK, CROSS_NETWORK_PORT, "AUTO_PASSTHROUGH", hosts)
    if any(machine.joins == cluster for machine in environment.machines_with_sidecar):
        hosts = istiods(environment.istio)
        yield _gateway(cluster, "istiod", ISTIOD_PORT, "PASSTHROUGH", hosts)
        yield kubernetes.manifest(
            cluster,
            kubernetes.NETWORKING,
            "VirtualService",
            names.SYSTEM_NAMESPACE,
            "istiod",
            body={"spec": {"hosts": hosts, "gateways": ["istiod"], "tls": [_to_istiod(host) for host in hosts]}},
        )


def is_crossed_to(environment: Environment, cluster: Cluster, workload: Workload) -> bool:
    """Whether a workload is called on a cluster from outside of it."""
    if cluster not in workload.clusters or not workload.services:
        return False
    if workload in environment.observed and (len(environment.clusters) > 1 or environment.machines_with_sidecar):
        return True
    return any(_crosses_into(route, cluster) for route in environment.calls_to(workload))


def before_machines(cluster: Cluster) -> tuple[str, ...]:
    """Names of the plan's objects that a joining machine needs."""
    needed = {"AuthorizationPolicy": ISTIOD_FOR_MACHINES, "Gateway": names.ISTIOD, "VirtualService": names.ISTIOD}
    return tuple(kubernetes.object_name(cluster, kind, names.SYSTEM_NAMESPACE, name) for kind, name in needed.items())


def istiods(istio: Istio) -> list[str]:
    """The hosts by which machines ask: both, as long as both run, until a machine gets to know the other."""
    canary = istio.canary
    return [
        names.service_of_istiod(istiod) for istiod in (names.ISTIOD, *([names.canary_istiod(canary)] if canary else []))
    ]


def _to_istiod(host: str) -> dict[str, Any]:
    destination = {"host": f"{host}.cluster.local", "port": {"number": ISTIOD_PORT}}
    return {"match": [{"port": ISTIOD_PORT, "sniHosts": [host]}], "route": [{"destination": destination}]}


def _gateway(cluster: Cluster, name: str, port: int, mode: str, hosts: list[str]) -> KubernetesObject:
    server = {
        "port": {"number": port, "name": "tls", "protocol": "TLS"},
        "tls": {"mode": mode},
        "hosts": hosts,
    }
    return kubernetes.manifest(
        cluster,
        kubernetes.NETWORKING,
        "Gateway",
        names.SYSTEM_NAMESPACE,
        name,
        body={"spec": {"selector": names.EAST_WEST_SELECTOR, "servers": [server]}},
    )


def _crosses_into(route: Route, cluster: Cluster) -> bool:
    """Whether a route has callers outside a cluster that runs its callee."""
    if isinstance(route.caller, Ingress):
        return route.caller.cluster != cluster
    return bool(route.caller.machines) or any(other != cluster for other in route.caller.clusters)
