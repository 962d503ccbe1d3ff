"""Mutations of gateways, and of where VirtualServices send calls."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from changed_plans import Changed, each_of_list, each_removed, of_kind, with_release, with_spec
from declared_calls import called_where

from mesh import names
from mesh.model import Workload
from mesh.plan import Plan
from mesh.plan.resources import KubernetesObject


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


KINDS: tuple[Callable[[Plan], Changed], ...] = (
    an_east_west_gateway_for_all_hosts,
    a_host_of_an_east_west_gateway_forgotten,
    a_gateway_object_removed,
    an_ingress_without_client_certificates,
    an_ingress_for_any_client_name,
    an_ingress_for_all_hosts,
    an_ingress_for_another_host,
    calls_to_another_workload,
    any_path_by_a_virtual_service,
    a_virtual_service_removed,
    a_load_balancer_for_every_client,
    a_gateway_that_leads_into_no_network,
    a_gateway_removed,
)


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
        for name, cluster in called_where(plan)
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
