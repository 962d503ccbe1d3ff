"""Routes, as what each sidecar knows: the hosts that its workload calls, and no others.

Keeps a sidecar small (a mesh of 1,000 services: 6 MB of configuration without, 0.2 MB with), and with
REGISTRY_ONLY lets a workload call nothing else. It is the caller's own sidecar that keeps to it, so it is no
boundary by itself: what the callee admits is (see authorization).
"""

from mesh import names
from mesh.model import Cluster, Environment, Workload
from mesh.render import kubernetes
from mesh.resources import KubernetesObject

_NOTHING = ["~/*"]
"""Istio's way to say that a workload calls nobody; an empty list would mean everybody."""


def objects(environment: Environment) -> tuple[KubernetesObject, ...]:
    return tuple(
        _sidecar(cluster, workload, _called_hosts(environment, workload))
        for cluster in environment.clusters
        for workload in environment.workloads
        if workload.sidecar
    )


def _called_hosts(environment: Environment, workload: Workload) -> list[str]:
    callees = {route.callee for route in environment.routes if route.caller == workload}
    return sorted(f"{callee.namespace}/{host}" for callee in callees for host in names.hosts(callee))


def _sidecar(cluster: Cluster, workload: Workload, hosts: list[str]) -> KubernetesObject:
    return kubernetes.manifest(
        cluster,
        kubernetes.NETWORKING,
        "Sidecar",
        workload.namespace,
        workload.name,
        body={
            "spec": {
                "workloadSelector": {"labels": names.selector(workload)},
                "egress": [{"hosts": hosts or _NOTHING}],
            }
        },
    )
