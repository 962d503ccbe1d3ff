"""Routes, as Kubernetes' NetworkPolicies: what holds a pod that goes around its sidecar.

Only on clusters with an engine that enforces them. Each namespace of the mesh denies everything by default, both ways,
and opens what every pod needs of the platform; each workload adds its callers and callees. An egress rule and an
ingress rule have to agree, as with security groups. Namespaces that observe have none (docs/network-policies.md).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from ipaddress import IPv4Network
from typing import Any

from mesh import addresses, names
from mesh.model import Cluster, Environment, Ingress, Port, Route, Workload
from mesh.plan.resources import KubernetesObject
from mesh.render import flows, kubernetes

_NAMESPACE = "kubernetes.io/metadata.name"
"""The label that every namespace has by itself."""
_REASON = "hybrid-mesh/reason"
_INTERNET = {"cidr": "0.0.0.0/0", "except": [str(block) for block in addresses.PRIVATE]}
Peer = dict[str, Any]
Rule = dict[str, Any]


@dataclass(frozen=True)
class Need:
    """What every pod with a sidecar needs of the platform."""

    name: str
    reason: str
    namespace: str
    labels: tuple[tuple[str, str], ...]
    ports: tuple[tuple[str, int], ...]


NEEDS = (
    Need(
        "dns",
        "the cluster's DNS resolves every name, for the workload and for its sidecar",
        "kube-system",
        (("k8s-app", "kube-dns"),),
        (("TCP", 53), ("UDP", 53)),
    ),
    Need(
        "istiod",
        "sidecars get their certificates and their configuration from istiod",
        names.SYSTEM_NAMESPACE,
        (("app", "istiod"),),
        (("TCP", flows.ISTIOD_PORT),),
    ),
)
"""Not among them, and so closed: the metadata of the node (169.254.169.254), by which a pod would get the identity of
its node; Key Vault, as certificates reach pods by the CSI driver of the node; and the API server."""


def objects(environment: Environment, namespaces: Mapping[str, tuple[str, ...]]) -> tuple[KubernetesObject, ...]:
    """`namespaces`: by cluster, those that it has."""
    return tuple(
        item
        for cluster in environment.clusters
        if cluster.network_policy
        for namespace in namespaces.get(cluster.name, ())
        if namespace not in environment.observing
        for item in _of_namespace(environment, cluster, namespace)
    )


def _of_namespace(environment: Environment, cluster: Cluster, namespace: str) -> Iterator[KubernetesObject]:
    opening = [_need(cluster, namespace, need) for need in NEEDS]
    if observed := [_egress(cluster, callee, port) for callee in environment.observed for port in callee.ports]:
        rules = [rule for found in observed for rule in found]
        opening.append(_policy(cluster, namespace, names.WHILE_OBSERVING, {}, {"egress": rules}))
    for workload in environment.workloads:
        if workload.namespace == namespace and cluster in workload.clusters:
            opening.append(_of_workload(environment, cluster, workload))
    yield from opening
    # After all that it would cut off, also where an engine is there already.
    deny = _policy(cluster, namespace, names.DENY_BY_DEFAULT, {}, {}, types=("Ingress", "Egress"))
    yield replace(deny, depends_on=tuple(sorted(item.name for item in opening)))


def _need(cluster: Cluster, namespace: str, need: Need) -> KubernetesObject:
    rule = {
        "to": [_pods(need.namespace, dict(need.labels))],
        "ports": [{"protocol": protocol, "port": port} for protocol, port in need.ports],
    }
    name, annotations = f"{names.PLATFORM}.{need.name}", {_REASON: need.reason}
    return _policy(cluster, namespace, name, {}, {"egress": [rule]}, annotations=annotations)


def _of_workload(environment: Environment, cluster: Cluster, workload: Workload) -> KubernetesObject:
    ingress = [_ingress(cluster, route) for route in environment.calls_to(workload)]
    egress = [rule for route in environment.calls_of(workload) for rule in _egress(cluster, route.callee, route.port)]
    rules = {"ingress": _each_once(ingress), "egress": _each_once(egress)}
    return _policy(
        cluster,
        workload.namespace,
        workload.name,
        names.selector(workload),
        {direction: found for direction, found in rules.items() if found},
        types=("Ingress", "Egress"),
    )


def _ingress(cluster: Cluster, route: Route) -> Rule:
    """From the caller's pods here, and by the east-west gateway from everywhere else."""
    caller, peers = route.caller, list[Peer]()
    if isinstance(caller, Ingress):
        elsewhere = caller.cluster != cluster
        if not elsewhere:
            peers.append(_pods(names.INGRESS_NAMESPACE, names.ingress_selector(caller.gateway)))
    else:
        elsewhere = bool(caller.machines) or any(other != cluster for other in caller.clusters)
        if cluster in caller.clusters:
            peers.append(_pods(caller.namespace, names.selector(caller)))
    if elsewhere:
        peers.append(_pods(names.SYSTEM_NAMESPACE, names.EAST_WEST_SELECTOR))
    return {"from": peers, "ports": [_tcp(route.port.number)]}


def _egress(cluster: Cluster, callee: Workload, port: Port) -> Iterator[Rule]:
    """To the callee's pods here, the gateways of other clusters that run it, its machines, its addresses elsewhere."""
    for other in callee.clusters:
        if other == cluster:
            yield {"to": [_pods(callee.namespace, names.selector(callee))], "ports": [_tcp(port.number)]}
        else:
            gateway = flows.gateway_end(other).cidr
            yield {"to": [_block(gateway)], "ports": [_tcp(flows.CROSS_NETWORK_PORT)]}
    for machine in callee.machines:
        yield {"to": [_block(flows.machine_end(machine).cidr)], "ports": [_tcp(port.number)]}
    if outside := callee.outside:
        block = {"ipBlock": _INTERNET} if outside.range is None else _block(outside.range)
        yield {"to": [block], "ports": [_tcp(port.number)]}


def _policy(
    cluster: Cluster,
    namespace: str,
    name: str,
    selector: dict[str, str],
    rules: dict[str, list[Rule]],
    *,
    types: tuple[str, ...] = ("Egress",),
    annotations: dict[str, str] | None = None,
) -> KubernetesObject:
    spec = {"podSelector": {"matchLabels": selector} if selector else {}, "policyTypes": list(types), **rules}
    return kubernetes.manifest(
        cluster,
        kubernetes.NETWORK_POLICIES,
        "NetworkPolicy",
        namespace,
        name,
        annotations=annotations,
        body={"spec": spec},
    )


def _pods(namespace: str, labels: dict[str, str]) -> Peer:
    return {
        "namespaceSelector": {"matchLabels": {_NAMESPACE: namespace}},
        "podSelector": {"matchLabels": labels},
    }


def _block(cidr: IPv4Network) -> Peer:
    return {"ipBlock": {"cidr": str(cidr)}}


def _tcp(port: int) -> dict[str, Any]:
    return {"protocol": "TCP", "port": port}


def _each_once(rules: list[Rule]) -> list[Rule]:
    return [rule for position, rule in enumerate(rules) if rule not in rules[:position]]
