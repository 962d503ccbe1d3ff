"""Mutations of what proxies know and where they send calls: hosts, entries, gateways, istiods."""

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

from mesh import names
from mesh.model import Workload
from mesh.plan import Plan
from mesh.resources import KubernetesObject


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
            if _name(route.caller) == caller
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
    called = _called_where(plan)
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


def an_east_west_gateway_for_all_hosts(plan: Plan) -> Changed:
    return _servers(plan, "hosts *", lambda server: {**server, "hosts": ["*"]} if _is_east_west(server) else server)


def a_host_of_an_east_west_gateway_forgotten(plan: Plan) -> Changed:
    for gateway in of_kind(plan, "Gateway"):
        for position, server in enumerate(gateway.manifest["spec"]["servers"]):
            if _is_east_west(server):
                for host in server["hosts"]:
                    hosts = [other for other in server["hosts"] if other != host] or ["nobody.example"]
                    servers = list(gateway.manifest["spec"]["servers"])
                    servers[position] = {**server, "hosts": hosts}
                    changed = with_spec(plan, gateway, {**gateway.manifest["spec"], "servers": servers})
                    yield f"{gateway.name}: without {host}", changed


def a_gateway_object_removed(plan: Plan) -> Changed:
    return each_removed(plan, of_kind(plan, "Gateway"))


def an_ingress_without_client_certificates(plan: Plan) -> Changed:
    return _tls(plan, "SIMPLE", lambda tls: {**tls, "mode": "SIMPLE"} if tls.get("mode") == "MUTUAL" else tls)


def an_ingress_for_any_client_name(plan: Plan) -> Changed:
    return _tls(plan, "no names", lambda tls: {key: value for key, value in tls.items() if key != "subjectAltNames"})


def an_ingress_for_all_hosts(plan: Plan) -> Changed:
    return _servers(plan, "hosts *", lambda server: server if _is_east_west(server) else {**server, "hosts": ["*"]})


def an_ingress_for_another_host(plan: Plan) -> Changed:
    return _servers(
        plan,
        "another host",
        lambda server: {**server, "hosts": ["./other.example"]} if server["port"]["protocol"] == "HTTPS" else server,
    )


def calls_to_another_workload(plan: Plan) -> Changed:
    """At its first port; to one that nobody called by the way that is changed."""
    for virtual_service in _obeyed(plan):
        for kind in ("http", "tls"):
            for position, route in enumerate(virtual_service.manifest["spec"].get(kind, ())):
                for stranger in _strangers(plan, route):
                    destination = {"host": names.host(stranger), "port": {"number": stranger.ports[0].number}}
                    routes = list(virtual_service.manifest["spec"][kind])
                    routes[position] = {**route, "route": [{"destination": destination}]}
                    changed = with_spec(plan, virtual_service, {**virtual_service.manifest["spec"], kind: routes})
                    yield f"{virtual_service.name}, {kind}[{position}]: to {stranger.name}", changed


def any_path_by_a_virtual_service(plan: Plan) -> Changed:
    def widened(route: Any) -> Any:
        narrow = [match for match in route.get("match", ()) if match.get("uri") and match["uri"] != {"prefix": "/"}]
        return {**route, "match": [{"uri": {"prefix": "/"}}]} if narrow else route

    return each_of_list(plan, _at_ingress(plan), "http", "every path", widened)


def a_virtual_service_removed(plan: Plan) -> Changed:
    return each_removed(plan, _at_ingress(plan))


def a_load_balancer_for_every_client(plan: Plan) -> Changed:
    for release in plan.releases:
        service = dict(release.values.get("service", {}))
        if service.pop("loadBalancerSourceRanges", ["0.0.0.0/0"]) != ["0.0.0.0/0"]:
            changed = replace(release, values={**release.values, "service": service})
            yield f"{release.name}: no source ranges", with_release(plan, changed)


def a_gateway_that_leads_into_no_network(plan: Plan) -> Changed:
    for release in plan.releases:
        if "networkGateway" in release.values:
            values = {key: value for key, value in release.values.items() if key != "networkGateway"}
            yield f"{release.name}: no network", with_release(plan, replace(release, values=values))


def a_gateway_removed(plan: Plan) -> Changed:
    return each_removed(plan, (release for release in plan.releases if release.chart == "gateway"))


def a_remote_secret_removed(plan: Plan) -> Changed:
    secrets = (
        item for item in of_kind(plan, "Secret") if "istio/multiCluster" in item.manifest["metadata"].get("labels", {})
    )
    return each_removed(plan, secrets)


def a_namespace_in_another_network(plan: Plan) -> Changed:
    return _labelled(plan, "topology.istio.io/network", lambda label: "elsewhere")


def a_namespace_without_sidecars(plan: Plan) -> Changed:
    return _labelled(plan, "istio-injection", lambda label: "disabled")


KINDS: tuple[Callable[[Plan], Changed], ...] = (
    *(a_sidecar_object_removed, every_host_known, a_host_forgotten, unknown_hosts_passed_through),
    *(another_trust_domain, paths_as_they_come, an_entry_removed, a_port_of_an_entry_moved, another_target_port),
    *(a_service_removed, an_entry_for_every_namespace, another_host_of_an_entry, a_machine_at_another_address),
    *(a_workload_entry_removed, a_workload_group_removed, a_database_that_is_said_to_speak_mutual_tls),
    *(plain_text_to_a_host, an_east_west_gateway_for_all_hosts, a_host_of_an_east_west_gateway_forgotten),
    *(a_gateway_object_removed, an_ingress_without_client_certificates, an_ingress_for_any_client_name),
    *(an_ingress_for_all_hosts, an_ingress_for_another_host, calls_to_another_workload),
    *(any_path_by_a_virtual_service, a_virtual_service_removed, a_load_balancer_for_every_client),
    *(a_gateway_that_leads_into_no_network, a_gateway_removed, a_remote_secret_removed),
    *(a_namespace_in_another_network, a_namespace_without_sidecars),
)


def _name(caller: Any) -> str | None:
    return caller.name if isinstance(caller, Workload) else None


def _readers(workload: Workload) -> set[str]:
    """The clusters whose istiods a workload's sidecars ask."""
    return {cluster.name for cluster in (*workload.clusters, *(machine.joins for machine in workload.machines))}


def _sidecars(plan: Plan) -> Iterator[KubernetesObject]:
    """Of workloads, where they run: what others say holds for nobody."""
    where = {
        (workload.name, cluster)
        for workload in plan.environment.workloads
        if workload.sidecar
        for cluster in _readers(workload)
    }
    return (item for item in of_kind(plan, "Sidecar") if (item.manifest["metadata"]["name"], item.cluster) in where)


def _sidecars_of_callers(plan: Plan) -> Iterator[KubernetesObject]:
    callers = {_name(route.caller) for route in plan.environment.routes}
    return (item for item in _sidecars(plan) if item.manifest["metadata"]["name"] in callers)


def _mesh_config(plan: Plan, what: str, **changed: Any) -> Changed:
    for release in plan.releases:
        if release.chart == "istiod" and any(release.cluster in _readers(each) for each in plan.environment.workloads):
            config = {**release.values["meshConfig"], **changed}
            values = {**release.values, "meshConfig": config}
            yield f"{release.name}: {what}", with_release(plan, replace(release, values=values))


def _called_where(plan: Plan) -> set[tuple[str, str]]:
    """Each callee with the clusters whose istiods one of its callers asks."""
    return {
        (route.callee.name, cluster)
        for route in plan.environment.routes
        for cluster in (_readers(route.caller) if isinstance(route.caller, Workload) else {route.caller.cluster.name})
    }


def _called_entries(plan: Plan, kind: str) -> Iterator[KubernetesObject]:
    called = _called_where(plan)
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


def _is_east_west(server: Any) -> bool:
    return bool(server.get("tls", {}).get("mode") == "AUTO_PASSTHROUGH")


def _servers(plan: Plan, what: str, change: Callable[[Any], Any]) -> Changed:
    gateways = (
        gateway
        for gateway in of_kind(plan, "Gateway")
        if all(server.get("tls", {}).get("mode") != "PASSTHROUGH" for server in gateway.manifest["spec"]["servers"])
    )
    return each_of_list(plan, gateways, "servers", what, change)


def _tls(plan: Plan, what: str, change: Callable[[Any], Any]) -> Changed:
    return _servers(plan, what, lambda server: {**server, "tls": change(server["tls"])} if "tls" in server else server)


def _at_ingress(plan: Plan) -> Iterator[KubernetesObject]:
    return (
        item
        for item in of_kind(plan, "VirtualService")
        if item.manifest["metadata"]["namespace"] == names.INGRESS_NAMESPACE
        and any("route" in route for route in item.manifest["spec"].get("http", ()))
    )


def _obeyed(plan: Plan) -> Iterator[KubernetesObject]:
    """At a gateway, or of a host that is called by proxies that ask the cluster's istiod."""
    called = {
        (host, cluster)
        for workload in plan.environment.workloads
        for name, cluster in _called_where(plan)
        if name == workload.name
        for host in names.hosts(workload)
    }
    return (
        item
        for item in of_kind(plan, "VirtualService")
        if item.manifest["spec"].get("gateways")
        or any((host, item.cluster) in called for host in item.manifest["spec"]["hosts"])
    )


def _strangers(plan: Plan, route: Any) -> list[Workload]:
    """One, if any: a workload with pods and HTTP that is no destination of a route."""
    hosts = {destination["destination"]["host"] for destination in route.get("route", ())}
    found = [
        workload
        for workload in plan.environment.workloads
        if workload.clusters and names.host(workload) not in hosts and workload.ports[0].protocol == "http"
    ]
    return found[:1] if hosts else []


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
