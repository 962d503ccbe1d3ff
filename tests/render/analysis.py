"""What `istioctl analyze` finds wrong in a cluster's objects, as far as files tell: by code, who has the fault.

The codes are Istio's: https://istio.io/latest/docs/reference/config/analysis/
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

Manifest = dict[str, Any]
_EVERYWHERE = ["*"]
_SELECTED_BY_LABELS = ("AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication", "Telemetry")
_NAMED_PROTOCOLS = ("http", "http2", "https", "grpc", "grpc-web", "tcp", "tls", "mongo", "mysql", "redis", "udp")
_EAST_WEST_PORTS = {15021, 15443, 15012, 15017}
_INGRESS_PORTS = {15021, 80, 443}
"""What Istio's gateway chart opens where its values do not say."""


@dataclass(frozen=True)
class Cluster:
    """One cluster's manifests, the values of its releases, and the labels of the pods and machines it may have."""

    manifests: Sequence[Manifest]
    releases: dict[str, Manifest]
    labels: Sequence[dict[str, str]]

    def of(self, *kinds: str) -> list[Manifest]:
        return [item for item in self.manifests if item["kind"] in kinds]

    @property
    def hosts(self) -> dict[str, list[Manifest]]:
        """Each host that the registry knows, with what brings it."""
        found: dict[str, list[Manifest]] = {"istiod.istio-system.svc.cluster.local": []}
        for item in self.of("Service"):
            host = f"{item['metadata']['name']}.{item['metadata']['namespace']}.svc.cluster.local"
            found.setdefault(host, []).append(item)
        for item in self.of("ServiceEntry"):
            for host in item["spec"]["hosts"]:
                found.setdefault(host, []).append(item)
        return found

    @property
    def gateways(self) -> dict[str, Manifest]:
        return {_called(item): item for item in self.of("Gateway")}


def _called(item: Manifest) -> str:
    return f"{item['metadata']['namespace']}/{item['metadata']['name']}"


def _gateways_of(item: Manifest) -> list[str]:
    named = item["spec"].get("gateways", ["mesh"])
    return [name if "/" in name or name == "mesh" else f"{item['metadata']['namespace']}/{name}" for name in named]


def _routes(item: Manifest) -> Iterator[Manifest]:
    for protocol in ("http", "tls", "tcp"):
        yield from item["spec"].get(protocol, ())


def _destinations(item: Manifest) -> Iterator[Manifest]:
    for route in _routes(item):
        yield from (part["destination"] for part in route.get("route", ()))
        yield from (mirror["destination"] for mirror in route.get("mirrors", ()))
        if "mirror" in route:
            yield route["mirror"]


def _unknown_references(cluster: Cluster) -> Iterator[str]:
    """IST0101"""
    for item in cluster.of("VirtualService"):
        yield from (name for name in _gateways_of(item) if name != "mesh" and name not in cluster.gateways)
        yield from (one["host"] for one in _destinations(item) if one["host"] not in cluster.hosts)
    for item in cluster.of("Gateway"):
        if not any(item["spec"]["selector"].items() <= labels.items() for labels in cluster.labels):
            yield _called(item)


def _hosts_of_two_virtual_services(cluster: Cluster) -> Iterator[str]:
    """IST0109"""
    for one, other in combinations(cluster.of("VirtualService"), 2):
        both = set(_gateways_of(one)) & set(_gateways_of(other)) & {"mesh"}
        where, there = (set(item["spec"].get("exportTo", _EVERYWHERE)) for item in (one, other))
        if both and (where & there or "*" in where | there):
            yield from set(one["spec"]["hosts"]) & set(other["spec"]["hosts"])


def _selecting_twice(kind: str, labels_of: Callable[[Manifest], Any]) -> Callable[[Cluster], Iterator[str]]:
    def found(cluster: Cluster) -> Iterator[str]:
        counted = Counter((item["metadata"]["namespace"], repr(labels_of(item["spec"]))) for item in cluster.of(kind))
        yield from (f"{namespace}: {labels}" for (namespace, labels), count in counted.items() if count > 1)

    return found


def _ports_unsaid(cluster: Cluster) -> Iterator[str]:
    """IST0112"""
    for item in cluster.of("VirtualService"):
        for destination in _destinations(item):
            bringing = cluster.hosts.get(destination["host"], [])
            if any(len(one["spec"]["ports"]) > 1 for one in bringing) and "port" not in destination:
                yield _called(item)


def _ports_of_no_protocol(cluster: Cluster) -> Iterator[str]:
    """IST0118"""
    for item in cluster.of("Service"):
        for port in item["spec"]["ports"]:
            if "appProtocol" not in port and port.get("name", "").partition("-")[0] not in _NAMED_PROTOCOLS:
                yield _called(item)


def _namespaces_injected_twice(cluster: Cluster) -> Iterator[str]:
    """IST0123"""
    for item in cluster.of("Namespace"):
        if {"istio-injection", "istio.io/rev"} <= item["metadata"].get("labels", {}).keys():
            yield item["metadata"]["name"]


def _selectors_of_nothing(cluster: Cluster) -> Iterator[str]:
    """IST0127"""
    for item in cluster.of(*_SELECTED_BY_LABELS, "Sidecar"):
        spec = item["spec"]
        selected = spec.get("workloadSelector", {}).get("labels") or spec.get("selector", {}).get("matchLabels")
        if selected and not any(selected.items() <= labels.items() for labels in cluster.labels):
            yield _called(item)


def _servers_not_verified(cluster: Cluster) -> Iterator[str]:
    """IST0128, IST0129"""
    for item in cluster.of("DestinationRule"):
        policy = item["spec"].get("trafficPolicy", {})
        for one in (policy, *policy.get("portLevelSettings", ())):
            if one.get("tls", {}).get("mode") in ("SIMPLE", "MUTUAL") and "caCertificates" not in one["tls"]:
                yield _called(item)


def _matches_after_their_like(cluster: Cluster) -> Iterator[str]:
    """IST0130, IST0131"""
    for item in cluster.of("VirtualService"):
        for protocol in ("http", "tls", "tcp"):
            matches = [repr(match) for route in item["spec"].get(protocol, ()) for match in route.get("match", [None])]
            if len(matches) != len(set(matches)) or "None" in matches[:-1]:
                yield _called(item)


def _hosts_not_at_the_gateway(cluster: Cluster) -> Iterator[str]:
    """IST0132"""
    for item in cluster.of("VirtualService"):
        for gateway in _gateways_of(item):
            servers = cluster.gateways.get(gateway, {"spec": {"servers": []}})["spec"]["servers"]
            offered = {host.rpartition("/")[2] for server in servers for host in server["hosts"]}
            if gateway != "mesh" and "*" not in offered:
                yield from set(item["spec"]["hosts"]) - offered


def _tcp_without_address(cluster: Cluster) -> Iterator[str]:
    """IST0134"""
    metadata = cluster.releases["istiod"]["meshConfig"]["defaultConfig"]["proxyMetadata"]
    allocated = {"PILOT_ENABLE_IP_AUTOALLOCATE": "true", "ISTIO_META_DNS_CAPTURE": "true"}.items() <= metadata.items()
    for item in cluster.of("ServiceEntry"):
        tcp = any(port["protocol"] == "TCP" for port in item["spec"]["ports"])
        if tcp and not item["spec"].get("addresses") and not allocated:
            yield _called(item)


def _servers(cluster: Cluster) -> Iterator[tuple[Manifest, Manifest]]:
    for item in cluster.of("Gateway"):
        yield from ((item, server) for server in item["spec"]["servers"])


def _certificates_twice(cluster: Cluster) -> Iterator[str]:
    """IST0138"""
    for (one, server), (other, second) in combinations(_servers(cluster), 2):
        certificate = server.get("tls", {}).get("credentialName")
        apart = _called(one) != _called(other) and one["spec"]["selector"] == other["spec"]["selector"]
        if apart and certificate and certificate == second.get("tls", {}).get("credentialName"):
            yield certificate


def _gateways_in_conflict(cluster: Cluster) -> Iterator[str]:
    """IST0145"""
    for (one, server), (other, second) in combinations(_servers(cluster), 2):
        same = one["spec"]["selector"] == other["spec"]["selector"]
        if same and server["port"]["number"] == second["port"]["number"]:
            yield from set(server["hosts"]) & set(second["hosts"])


def _gateway_ports_closed(cluster: Cluster) -> Iterator[str]:
    """IST0162"""
    for item, server in _servers(cluster):
        name = item["spec"]["selector"]["istio"]
        values = cluster.releases.get(name) or cluster.releases.get(f"istio-{name}") or {}
        declared = {port["port"] for port in values.get("service", {}).get("ports", ())}
        opened = _EAST_WEST_PORTS if "networkGateway" in values else declared or _INGRESS_PORTS
        if server["port"]["number"] not in opened:
            yield _called(item)


def _rules_for_unknown_hosts(cluster: Cluster) -> Iterator[str]:
    """IST0174"""
    yield from (
        item["spec"]["host"] for item in cluster.of("DestinationRule") if item["spec"]["host"] not in cluster.hosts
    )


def _entries_in_conflict(cluster: Cluster) -> Iterator[str]:
    """IST0177"""
    for one, other in combinations(cluster.of("ServiceEntry"), 2):
        for host in set(one["spec"]["hosts"]) & set(other["spec"]["hosts"]):
            first, second = (
                {port["number"]: port["protocol"] for port in item["spec"]["ports"]} for item in (one, other)
            )
            if any(second.get(number, protocol) != protocol for number, protocol in first.items()):
                yield host


CODES: dict[str, Callable[[Cluster], Iterator[str]]] = {
    "IST0101": _unknown_references,
    "IST0109": _hosts_of_two_virtual_services,
    "IST0110": _selecting_twice("Sidecar", lambda spec: spec.get("workloadSelector")),
    "IST0112": _ports_unsaid,
    "IST0118": _ports_of_no_protocol,
    "IST0123": _namespaces_injected_twice,
    "IST0127": _selectors_of_nothing,
    "IST0128": _servers_not_verified,
    "IST0130": _matches_after_their_like,
    "IST0132": _hosts_not_at_the_gateway,
    "IST0134": _tcp_without_address,
    "IST0138": _certificates_twice,
    "IST0145": _gateways_in_conflict,
    "IST0159": _selecting_twice("Telemetry", lambda spec: spec.get("selector")),
    "IST0162": _gateway_ports_closed,
    "IST0174": _rules_for_unknown_hosts,
    "IST0177": _entries_in_conflict,
}


def services_in_conflict(clusters: Sequence[Cluster]) -> list[str]:
    """IST0170: services of one name whose ports are not the same in every cluster."""
    first: dict[str, str] = {}
    return [
        _called(item)
        for cluster in clusters
        for item in cluster.of("Service")
        if first.setdefault(_called(item), repr(item["spec"]["ports"])) != repr(item["spec"]["ports"])
    ]
