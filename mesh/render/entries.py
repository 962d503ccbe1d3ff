"""Workloads, as what a cluster holds of them: an account where they run, and one host name where it is needed.

The name is the same on every cluster that needs it (namespace sameness; see placement, docs/adr/0019).
Pods are found through a Kubernetes Service, which selects machines too where a workload runs on both; a workload
without pods is a ServiceEntry. A machine with a sidecar registers itself through its WorkloadGroup, in the cluster
that it joins; one without is a WorkloadEntry written down there.
"""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from mesh import names
from mesh.model import (
    Cluster,
    Environment,
    Network,
    Port,
    Workload,
)
from mesh.plan.resources import KubernetesObject
from mesh.render import gateways, kubernetes, placement

_NO_SIDECAR = {"security.istio.io/tlsMode": "disabled"}
"""Said outright, rather than left to what Istio concludes from an entry without an account."""


def objects(environment: Environment) -> tuple[KubernetesObject, ...]:
    return tuple(item for workload in environment.workloads for item in _workload(environment, workload))


def _workload(environment: Environment, workload: Workload) -> Iterator[KubernetesObject]:
    runs, named = placement.runs_on(workload), placement.named_on(environment, workload)
    for cluster in environment.clusters:
        if cluster.name in named:
            yield from _name(environment, cluster, workload)
        if cluster.name in runs:
            yield from _places(environment, cluster, workload)


def _name(environment: Environment, cluster: Cluster, workload: Workload) -> Iterator[KubernetesObject]:
    if workload.is_api_server:
        return  # Each cluster has its Service default/kubernetes by itself.
    if workload.outside is not None:
        yield from _outside(environment, cluster, workload)
    elif workload.clusters:
        for name in workload.services:
            service = _service(cluster, workload, name)
            yield _after_guards(environment, service, cluster, workload) if cluster in workload.clusters else service
    else:
        yield _service_entry(
            cluster,
            workload,
            {
                "location": "MESH_INTERNAL",
                "resolution": "STATIC",
                "workloadSelector": {"labels": names.selector(workload)},
            },
        )


def _places(environment: Environment, cluster: Cluster, workload: Workload) -> Iterator[KubernetesObject]:
    """Objects of a workload on a cluster that runs it: its account and its machines."""
    if workload.sidecar and not ("account" in workload.theirs and cluster in workload.clusters):
        account = names.service_account(workload)
        yield kubernetes.manifest(cluster, "v1", "ServiceAccount", workload.namespace, account)
    here = [machine for machine in workload.machines if machine.joins == cluster]
    if workload.sidecar:
        for network in sorted({machine.network for machine in here}, key=lambda network: network.name):
            # With a group go all of its entries, and so its machines from the mesh.
            group = replace(_workload_group(cluster, workload, network), protect=environment.protect)
            group = _after_guards(environment, group, cluster, workload)
            yield replace(group, depends_on=(*group.depends_on, *gateways.before_machines(cluster)))
    else:
        for machine in here:
            labels = {**names.selector(workload), **_NO_SIDECAR}
            yield kubernetes.manifest(
                cluster,
                kubernetes.NETWORKING,
                "WorkloadEntry",
                workload.namespace,
                names.workload_entry(workload, machine),
                labels=labels,
                body={
                    "spec": {
                        "address": str(machine.address),
                        "network": names.istio_network_of_machines(machine.network),
                        "labels": labels,
                    }
                },
            )


def _after_guards(
    environment: Environment, item: KubernetesObject, cluster: Cluster, workload: Workload
) -> KubernetesObject:
    """Objects that send calls to a cluster are created after the policies that accept them, and deleted before.

    So a workload that comes to a cluster, or leaves it, refuses no call for a moment.
    """
    guards = [
        kubernetes.object_name(cluster, kind, workload.namespace, workload.name)
        for kind in ("AuthorizationPolicy", "Sidecar")
    ]
    # Only pods have a NetworkPolicy, not what runs on machines.
    if cluster in workload.clusters and cluster.network_policy and workload.namespace not in environment.observing:
        guards.append(kubernetes.object_name(cluster, "NetworkPolicy", workload.namespace, workload.name))
    if gateways.is_crossed_to(environment, cluster, workload):
        guards.append(kubernetes.object_name(cluster, "Gateway", names.SYSTEM_NAMESPACE, gateways.CROSS_NETWORK))
    return replace(item, depends_on=(*item.depends_on, *guards))


def _outside(environment: Environment, cluster: Cluster, workload: Workload) -> Iterator[KubernetesObject]:
    """What is called outside the mesh, known to its callers' namespaces only.

    A gateway that knew it would not listen until its name resolves, so one silent DNS name would close a cluster.
    """
    callers = [route.caller for route in environment.calls_to(workload)]
    known_to = sorted({caller.namespace for caller in callers if isinstance(caller, Workload)}) or ["."]
    registration = {"exportTo": known_to, "location": "MESH_EXTERNAL", "resolution": "DNS"}
    yield _service_entry(cluster, workload, registration)
    for port in workload.ports:
        if port.protocol == "tls":
            yield _only_its_own_names(cluster, workload, port, known_to)


def _only_its_own_names(cluster: Cluster, workload: Workload, port: Port, known_to: list[str]) -> KubernetesObject:
    """Routes TLS by the name asked for: many share an address with others, such as all functions of a region."""
    routes = [
        {
            "match": [{"port": port.number, "sniHosts": [host]}],
            "route": [{"destination": {"host": host, "port": {"number": port.number}}}],
        }
        for host in names.hosts(workload)
    ]
    return kubernetes.manifest(
        cluster,
        kubernetes.NETWORKING,
        "VirtualService",
        workload.namespace,
        f"{workload.name}-{port.name}",
        labels=names.selector(workload),
        body={"spec": {"hosts": list(names.hosts(workload)), "exportTo": known_to, "tls": routes}},
    )


def _service(cluster: Cluster, workload: Workload, name: str) -> KubernetesObject:
    """Beside pods whose Service others make, what is known of theirs; where only its name is needed, ours."""
    ports = [
        {
            "name": port.name,
            "port": port.service,
            "targetPort": port.number,
            "appProtocol": port.protocol,
        }
        for port in workload.ports
    ]
    theirs = "service" in workload.theirs and cluster in workload.clusters
    service = kubernetes.manifest(
        cluster,
        "v1",
        "Service",
        workload.namespace,
        name,
        labels=None if theirs else names.selector(workload),
        # Its pods are deployed by others, maybe later: Pulumi would wait for them, up to ten minutes a Service.
        annotations=None if theirs else {"pulumi.com/skipAwait": "true"},
        body={"spec": {"selector": names.selector(workload), "ports": ports}},
    )
    return replace(service, theirs=theirs)


def _service_entry(cluster: Cluster, workload: Workload, registration: dict[str, Any]) -> KubernetesObject:
    ports = [_entry_port(port) for port in workload.ports]
    return kubernetes.manifest(
        cluster,
        kubernetes.NETWORKING,
        "ServiceEntry",
        workload.namespace,
        workload.name,
        labels=names.selector(workload),
        body={"spec": {"hosts": list(names.hosts(workload)), **registration, "ports": ports}},
    )


def _entry_port(port: Port) -> dict[str, Any]:
    target = {"targetPort": port.number} if port.service != port.number else {}
    return {"name": port.name, "number": port.service, "protocol": port.protocol.upper(), **target}


def _workload_group(cluster: Cluster, workload: Workload, network: Network) -> KubernetesObject:
    return kubernetes.manifest(
        cluster,
        kubernetes.NETWORKING,
        "WorkloadGroup",
        workload.namespace,
        names.workload_group(workload, network),
        labels=names.selector(workload),
        body={
            "spec": {
                "metadata": {"labels": names.selector(workload)},
                "template": {
                    "serviceAccount": names.service_account(workload),
                    "network": names.istio_network_of_machines(network),
                },
                **({"probe": probe(workload)} if workload.ports else {}),
            }
        },
    )


def probe(workload: Workload) -> dict[str, Any]:
    """The health probe of a machine's sidecar; of a workload with ports."""
    return {"tcpSocket": {"host": "127.0.0.1", "port": workload.ports[0].number}}
