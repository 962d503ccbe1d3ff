"""Mutations of what proxies know: hosts, entries, services, istiods, namespaces."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from ipaddress import IPv4Address
from typing import Any

from changed_plans import (
    Changed,
    Spec,
    each_of_list,
    each_removed,
    each_spec,
    of_kind,
    with_metadata,
    with_object,
    with_release,
    with_spec,
)
from declared_calls import called_where, readers, workload_name

from mesh import names
from mesh.plan import Plan
from mesh.plan.resources import KubernetesObject


def a_sidecar_object_removed(plan: Plan) -> Changed:
    return each_removed(plan, _sidecars_of_callers(plan))


def every_host_known(plan: Plan) -> Changed:
    return each_spec(plan, _sidecars(plan), "*/*", lambda spec: {**spec, "egress": [{"hosts": ["*/*"]}]})


def a_host_forgotten(plan: Plan) -> Changed:
    for sidecar in _sidecars_of_callers(plan):
        caller = sidecar.manifest["metadata"]["name"]
        called = {
            host
            for route in plan.environment.routes
            if workload_name(route.caller) == caller
            for host in names.hosts(route.callee)
        }
        hosts = sidecar.manifest["spec"]["egress"][0]["hosts"]
        for host in hosts:
            if host.partition("/")[2] in called:
                egress = [{"hosts": [other for other in hosts if other != host] or ["~/*"]}]
                changed = with_spec(plan, sidecar, {**sidecar.manifest["spec"], "egress": egress})
                yield f"{sidecar.name}: without {host}", changed


def unknown_hosts_passed_through(plan: Plan) -> Changed:
    return _mesh_config(plan, "ALLOW_ANY", outboundTrafficPolicy={"mode": "ALLOW_ANY"})


def another_trust_domain(plan: Plan) -> Changed:
    return _mesh_config(plan, "another trust domain", trustDomain="other.example")


def paths_as_they_come(plan: Plan) -> Changed:
    return _mesh_config(plan, "no normalization", pathNormalization={"normalization": "NONE"})


def an_entry_removed(plan: Plan) -> Changed:
    return each_removed(plan, _called_entries(plan, "ServiceEntry"))


def a_port_of_an_entry_moved(plan: Plan) -> Changed:
    return _of_entries(plan, "ports", "another port", lambda port: {**port, "number": port["number"] + 1})


def another_target_port(plan: Plan) -> Changed:
    def moved(port: Any) -> Any:
        return {**port, "targetPort": port.get("targetPort", port["port"]) + 1}

    return each_of_list(plan, _called_services(plan), "ports", "another target port", moved)


def a_service_removed(plan: Plan) -> Changed:
    return each_removed(plan, _called_services(plan))


def an_entry_for_every_namespace(plan: Plan) -> Changed:
    return each_spec(
        plan,
        (entry for entry in of_kind(plan, "ServiceEntry") if entry.manifest["spec"].get("exportTo")),
        "exported to all",
        lambda spec: {**spec, "exportTo": ["*"]},
    )


def another_host_of_an_entry(plan: Plan) -> Changed:
    return _of_entries(plan, "hosts", "another host", lambda host: "other." + host)


def a_machine_at_another_address(plan: Plan) -> Changed:
    def moved(spec: Spec) -> Spec:
        return {**spec, "address": str(IPv4Address(spec["address"]) + 7)}

    return each_spec(plan, of_kind(plan, "WorkloadEntry"), "another address", moved)


def a_workload_entry_removed(plan: Plan) -> Changed:
    return each_removed(plan, of_kind(plan, "WorkloadEntry"))


def a_workload_group_removed(plan: Plan) -> Changed:
    return each_removed(plan, of_kind(plan, "WorkloadGroup"))


def a_database_that_is_said_to_speak_mutual_tls(plan: Plan) -> Changed:
    for entry in of_kind(plan, "WorkloadEntry"):
        labels = {**entry.manifest["spec"].get("labels", {}), "security.istio.io/tlsMode": "istio"}
        changed = with_spec(plan, entry, {**entry.manifest["spec"], "labels": labels})
        found = next(item for item in changed.objects if item.name == entry.name)
        metadata_labels = {**entry.manifest["metadata"].get("labels", {}), "security.istio.io/tlsMode": "istio"}
        yield f"{entry.name}: tlsMode istio", with_metadata(changed, found, labels=metadata_labels)


def plain_text_to_a_host(plan: Plan) -> Changed:
    """Of a workload with sidecars, which take mutual TLS only; where a caller asks the istiod.

    By its name it comes before another that is there for the host, whose policy would count instead.
    """
    called = called_where(plan)
    for workload in plan.environment.workloads:
        for cluster in plan.environment.clusters:
            if workload.sidecar and (workload.name, cluster.name) in called:
                name = f"{cluster.name}/{workload.namespace}/DestinationRule/a-plain"
                manifest = {
                    "apiVersion": "networking.istio.io/v1",
                    "kind": "DestinationRule",
                    "metadata": {"name": "a-plain", "namespace": workload.namespace},
                    "spec": {"host": names.host(workload), "trafficPolicy": {"tls": {"mode": "DISABLE"}}},
                }
                added = KubernetesObject(name, cluster.name, manifest)
                yield f"{name} added for {workload.name}", with_object(plan, added)


def a_remote_secret_removed(plan: Plan) -> Changed:
    """Of a cluster where something runs that is called from the secret's own; others lead no call anywhere."""
    called = called_where(plan)
    runs_in = {
        (workload.name, cluster.name)
        for workload in plan.environment.workloads
        for cluster in (*workload.clusters, *(machine.joins for machine in workload.machines if machine.joins))
    }
    needed = {
        f"{here}/istio-system/Secret/istio-remote-secret-{there}"
        for name, here in called
        for running, there in runs_in
        if name == running and here != there
    }
    return each_removed(plan, (item for item in of_kind(plan, "Secret") if item.name in needed))


def a_namespace_in_another_network(plan: Plan) -> Changed:
    return _labelled(plan, "topology.istio.io/network", lambda label: "elsewhere")


def a_namespace_without_sidecars(plan: Plan) -> Changed:
    return _labelled(plan, "istio-injection", lambda label: "disabled")


KINDS: tuple[Callable[[Plan], Changed], ...] = (
    a_sidecar_object_removed,
    every_host_known,
    a_host_forgotten,
    unknown_hosts_passed_through,
    another_trust_domain,
    paths_as_they_come,
    an_entry_removed,
    a_port_of_an_entry_moved,
    another_target_port,
    a_service_removed,
    an_entry_for_every_namespace,
    another_host_of_an_entry,
    a_machine_at_another_address,
    a_workload_entry_removed,
    a_workload_group_removed,
    a_database_that_is_said_to_speak_mutual_tls,
    plain_text_to_a_host,
    a_remote_secret_removed,
    a_namespace_in_another_network,
    a_namespace_without_sidecars,
)


def _sidecars(plan: Plan) -> Iterator[KubernetesObject]:
    """Of workloads, where they run: what others say holds for nobody."""
    where = {
        (workload.name, cluster)
        for workload in plan.environment.workloads
        if workload.sidecar
        for cluster in readers(workload)
    }
    return (item for item in of_kind(plan, "Sidecar") if (item.manifest["metadata"]["name"], item.cluster) in where)


def _sidecars_of_callers(plan: Plan) -> Iterator[KubernetesObject]:
    callers = {workload_name(route.caller) for route in plan.environment.routes}
    return (item for item in _sidecars(plan) if item.manifest["metadata"]["name"] in callers)


def _mesh_config(plan: Plan, what: str, **changed: Any) -> Changed:
    for release in plan.releases:
        if release.chart == "istiod" and any(release.cluster in readers(each) for each in plan.environment.workloads):
            config = {**release.values["meshConfig"], **changed}
            values = {**release.values, "meshConfig": config}
            yield f"{release.name}: {what}", with_release(plan, replace(release, values=values))


def _called_entries(plan: Plan, kind: str) -> Iterator[KubernetesObject]:
    called = called_where(plan)
    return (item for item in of_kind(plan, kind) if (item.manifest["metadata"]["name"], item.cluster) in called)


def _called_services(plan: Plan) -> Iterator[KubernetesObject]:
    """Of pods in the cluster; elsewhere one only repeats the name that other clusters' Services give."""
    running = {
        (workload.name, cluster.name) for workload in plan.environment.workloads for cluster in workload.clusters
    }
    services = _called_entries(plan, "Service")
    return (item for item in services if (item.manifest["metadata"]["name"], item.cluster) in running)


def _of_entries(plan: Plan, field: str, what: str, change: Callable[[Any], Any]) -> Changed:
    return each_of_list(plan, _called_entries(plan, "ServiceEntry"), field, what, change)


def _labelled(plan: Plan, label: str, change: Callable[[str], str]) -> Changed:
    """Namespaces in which pods run on the cluster."""
    inhabited = {
        (workload.namespace, cluster.name)
        for workload in plan.environment.workloads
        if workload.sidecar
        for cluster in workload.clusters
    }
    for namespace in of_kind(plan, "Namespace"):
        labels = namespace.manifest["metadata"].get("labels", {})
        if (namespace.manifest["metadata"]["name"], namespace.cluster) in inhabited and label in labels:
            changed = {**labels, label: change(labels[label])}
            yield f"{namespace.name}: {label}={changed[label]}", with_metadata(plan, namespace, labels=changed)
