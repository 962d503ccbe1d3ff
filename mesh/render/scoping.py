"""Calls, as what each sidecar knows: the hosts that its workload calls or an observer lets it, and no others.

Keeps a sidecar small (a mesh of 1,000 services: 6 MB of configuration without, 0.2 MB with), and with
REGISTRY_ONLY lets a workload call nothing else; what nobody declared knows no host at all. It is the caller's own
sidecar that keeps to it, so it is no boundary by itself: what the callee admits is (see authorization).
"""

from collections.abc import Collection
from typing import Any

from mesh import names
from mesh.model import Cluster, Environment, Workload
from mesh.plan.resources import KubernetesObject
from mesh.render import kubernetes, placement

_NOTHING = ["~/*"]
"""Istio's way to say that a workload calls nobody; an empty list would mean everybody."""


def objects(environment: Environment) -> tuple[KubernetesObject, ...]:
    return tuple(
        item
        for cluster in environment.clusters
        for item in (
            _sidecar(cluster, names.SYSTEM_NAMESPACE, "default", {"egress": [{"hosts": _of_everybody(environment)}]}),
            *(
                _of_workload(environment, cluster, workload)
                for workload in environment.workloads
                if workload.sidecar and cluster.name in placement.runs_on(workload)
            ),
        )
    )


def _of_workload(environment: Environment, cluster: Cluster, workload: Workload) -> KubernetesObject:
    callees = {route.callee for route in environment.calls_of(workload)}
    egress = [{"hosts": _hosts({*callees, *environment.observed} - {workload})}]
    spec = {"workloadSelector": {"labels": names.selector(workload)}, **_listeners(workload), "egress": egress}
    return _sidecar(cluster, workload.namespace, workload.name, spec)


def _listeners(workload: Workload) -> dict[str, Any]:
    """The ports at which machines are called, said outright.

    Istio 1.30 derives them from a machine's entry, but does so before it knows an entry that has just registered:
    the machine then refuses every call until something else changes (github.com/istio/istio/pull/61574).
    """
    if not workload.machines:
        return {}
    ports = [{"name": port.name, "number": port.number, "protocol": port.protocol.upper()} for port in workload.ports]
    return {"ingress": [{"port": port} for port in ports]}


def _of_everybody(environment: Environment) -> list[str]:
    """What pods know that nobody declared: whom an observer lets them call, and Zipkin, which refuses them.

    Without it, Envoy would refuse every listener that traces.
    """
    zipkin = {environment.tracing.zipkin} if environment.tracing else set()
    return _hosts({*zipkin, *environment.observed})


def _hosts(callees: Collection[Workload]) -> list[str]:
    return sorted(f"{callee.namespace}/{host}" for callee in callees for host in names.hosts(callee)) or _NOTHING


def _sidecar(cluster: Cluster, namespace: str, name: str, spec: dict[str, Any]) -> KubernetesObject:
    return kubernetes.manifest(cluster, kubernetes.NETWORKING, "Sidecar", namespace, name, body={"spec": spec})
