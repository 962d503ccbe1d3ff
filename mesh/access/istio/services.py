"""Kubernetes Services and ServiceEntries, as the hosts that the istiod of a cluster knows.

What istiod makes of them: istio/istio pilot/pkg/serviceregistry/{kube,serviceentry}/conversion.go and
pilot/pkg/serviceregistry/aggregate.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, Literal

from mesh.access.istio import chart_services, hosts, own_services
from mesh.access.istio.meshes import Mesh, oldest_first, selects
from mesh.plan.resources import Kubeconfig, KubernetesObject

Resolution = Literal["STATIC", "DNS", "DNS_ROUND_ROBIN", "DYNAMIC_DNS", "NONE", "ALIAS"]

SNIFFED = "sniffed"
"""The protocol of a port that does not say: the sidecar looks at the first bytes."""

_HTTP = frozenset({"HTTP", "HTTP2", "GRPC", "GRPC-WEB", "HTTP_PROXY"})
_TLS = frozenset({"HTTPS", "TLS"})
_PROTOCOLS = _HTTP | _TLS | {"TCP", "UDP", "MONGO", "REDIS", "MYSQL"}
_OF_KUBERNETES = {"kubernetes.io/h2c": "HTTP2", "kubernetes.io/ws": "HTTP", "kubernetes.io/wss": "HTTPS"}
_SERVER_SPEAKS_FIRST = (25, 53, 3306, 27017)
"""Ports of Services that are never sniffed: their servers speak first, and the sidecar would wait for the client."""

_OF_REMOTE_CLUSTER = "istio/multiCluster"
_EXPORT_TO = "networking.istio.io/exportTo"
_WITH_PODS = ("Deployment", "StatefulSet", "DaemonSet")


@dataclass(frozen=True)
class ServicePort:
    number: int
    target: int
    """Where the workload listens."""
    name: str
    protocol: str
    """In capitals as Istio writes it, or SNIFFED."""

    @property
    def is_http(self) -> bool:
        return self.protocol in _HTTP

    @property
    def is_tls(self) -> bool:
        return self.protocol in _TLS

    @property
    def is_sniffed(self) -> bool:
        return self.protocol == SNIFFED


@dataclass(frozen=True, eq=False)
class Service:
    """A host, as one object declares it."""

    host: str
    """May be a wildcard, of a ServiceEntry."""
    namespace: str
    cluster: str
    """The cluster whose API server holds the object."""
    origin: str
    """The object's name in the plan."""
    is_entry: bool
    """Whether a ServiceEntry declares it."""
    ports: tuple[ServicePort, ...]
    exported_to: tuple[str, ...]
    selector: Mapping[str, str] | None
    """Of the workloads that answer; None where it selects none."""
    resolution: Resolution
    external: bool
    addresses: tuple[str, ...] = ()
    endpoints: tuple[Mapping[str, Any], ...] = field(default=(), repr=False)
    """Those that a ServiceEntry lists itself, each as in a WorkloadEntry's spec."""
    alias_of: str | None = None
    """The host that a Service of type ExternalName stands for."""
    labels: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Its object's own."""

    def port(self, number: int) -> ServicePort | None:
        """UDP never goes through a sidecar."""
        return next((port for port in self.ports if port.number == number and port.protocol != "UDP"), None)

    def seen_in(self, namespace: str) -> bool:
        return hosts.exported(self.exported_to, self.namespace, namespace)


class Registry:
    """All hosts of all clusters."""

    def __init__(self, meshes: Mapping[str, Mesh]) -> None:
        self._meshes = meshes
        self._connected: dict[str, tuple[str, ...]] = {}
        self._found: dict[tuple[str, str], tuple[tuple[Service, ...], ...]] = {}

    def connected(self, cluster: str) -> tuple[str, ...]:
        """The clusters whose Services, pods and WorkloadEntries a cluster's istiod reads; itself first."""
        if cluster not in self._connected:
            remote = set(_remotes(self._meshes[cluster])) & self._meshes.keys() - {cluster}
            self._connected[cluster] = (cluster, *sorted(remote))
        return self._connected[cluster]

    def services(self, cluster: str, host: str) -> tuple[Service, ...]:
        """The services of a host that a cluster's istiod knows, in any namespace; of wildcards the most specific.

        Of each namespace a Service comes before a ServiceEntry and the own cluster's before all others': the first
        says ports and export, the endpoints are those of all. ServiceEntries are read from the own cluster alone.
        """
        return next(iter(self.declaring(cluster, host)), ())

    def declaring(self, cluster: str, host: str) -> tuple[tuple[Service, ...], ...]:
        """The same, followed by those of each wildcard that covers the host, for who may not see what comes before."""
        key = (cluster, host)
        if key not in self._found:
            covering = [name for name in self._wildcards.get(cluster, ()) if hosts.covers(name, host) and name != host]
            wildcards = [tuple(self._entries[cluster, name]) for name in sorted(covering, key=len, reverse=True)]
            self._found[key] = tuple(filter(None, (tuple(self._exact(cluster, host)), *wildcards)))
        return self._found[key]

    def _exact(self, cluster: str, host: str) -> Iterator[Service]:
        """Whether a Service is exported says the first cluster that has it, for all (aggregate.Controller.Services)."""
        read = (cluster,) if own_services.is_of_own_cluster(host) else self.connected(cluster)
        services = [service for cluster_ in read for service in self._kubernetes.get((cluster_, host), ())]
        for service in services:
            yield service if service is services[0] else replace(service, exported_to=services[0].exported_to)
        yield from self._entries.get((cluster, host), ())

    @cached_property
    def _kubernetes(self) -> Mapping[tuple[str, str], list[Service]]:
        by_host: dict[tuple[str, str], list[Service]] = {}
        for cluster, mesh in self._meshes.items():
            from_charts = filter(None, map(chart_services.service, mesh.releases))
            for item in (*mesh.of("Service"), *from_charts, *own_services.services(mesh)):
                service = _of_service(mesh, item)
                by_host.setdefault((cluster, service.host), []).append(service)
        return by_host

    @cached_property
    def _entries(self) -> Mapping[tuple[str, str], list[Service]]:
        by_host: dict[tuple[str, str], list[Service]] = {}
        for cluster, mesh in self._meshes.items():
            for item in oldest_first(mesh.of("ServiceEntry")):
                for service in _of_entry(mesh, item):
                    by_host.setdefault((cluster, service.host), []).append(service)
        return {key: _merged(services) if len(services) > 1 else services for key, services in by_host.items()}

    @cached_property
    def _wildcards(self) -> Mapping[str, list[str]]:
        by_cluster: dict[str, list[str]] = {}
        for cluster, host in self._entries:
            if host.startswith("*"):
                by_cluster.setdefault(cluster, []).append(host)
        return by_cluster


def _merged(entries: list[Service]) -> list[Service]:
    """ServiceEntries of one host: the first of each namespace has the ports of those that are alike, too.

    Istio: pilot/pkg/model/sidecar.go, canMergeServices.
    """

    def likeness(entry: Service) -> tuple[object, ...]:
        selector = frozenset((entry.selector or {}).items())
        labels = frozenset(entry.labels.items())
        return entry.namespace, entry.resolution, labels, selector, frozenset(entry.exported_to)

    first: dict[tuple[object, ...], int] = {}
    found = list(entries)
    for position, entry in enumerate(entries):
        at = first.setdefault(likeness(entry), position)
        if at != position:
            numbers = {port.number for port in found[at].ports}
            more = tuple(port for port in entry.ports if port.number not in numbers)
            found[at] = replace(found[at], ports=(*found[at].ports, *more))
    return found


def _remotes(mesh: Mesh) -> Iterator[str]:
    """The clusters of which an istiod has a kubeconfig: a secret in its namespace, where each key names a cluster."""
    for secret in mesh.of("Secret", mesh.settings.root_namespace):
        if secret.manifest["metadata"].get("labels", {}).get(_OF_REMOTE_CLUSTER) == "true":
            for cluster, value in {**secret.manifest.get("data", {}), **secret.manifest.get("stringData", {})}.items():
                yield value.cluster if isinstance(value, Kubeconfig) else cluster


def _of_service(mesh: Mesh, item: KubernetesObject) -> Service:
    metadata, spec = item.manifest["metadata"], item.manifest.get("spec", {})
    said = metadata.get("annotations", {}).get(_EXPORT_TO, "")
    alias = spec.get("externalName") if spec.get("type") == "ExternalName" else None
    headless = spec.get("clusterIP") == "None"
    return Service(
        host=f"{metadata['name']}.{metadata['namespace']}.{hosts.CLUSTER_DOMAIN}",
        namespace=metadata["namespace"],
        cluster=mesh.cluster,
        origin=item.name,
        is_entry=False,
        ports=tuple(
            ServicePort(
                number=port["port"],
                target=_target(mesh, item, port),
                name=port.get("name", ""),
                protocol=protocol(port),
            )
            for port in spec.get("ports", ())
        ),
        exported_to=tuple(namespace.strip() for namespace in said.split(","))
        if said
        else mesh.settings.export_services,
        selector=spec.get("selector") or None,
        resolution="ALIAS" if alias else "NONE" if headless else "STATIC",
        external=alias is not None,
        addresses=() if headless else tuple(spec.get("clusterIPs") or filter(None, (spec.get("clusterIP"),))),
        alias_of=alias,
    )


def protocol(port: Mapping[str, Any]) -> str:
    """The protocol of a port: its `appProtocol`, or its name up to the first hyphen.

    https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/
    """
    if port.get("protocol") == "UDP":
        return "UDP"
    said = port.get("appProtocol") or port.get("name", "")
    if said in _OF_KUBERNETES:
        return _OF_KUBERNETES[said]
    if said.upper().startswith("GRPC-WEB"):
        return "GRPC-WEB"
    protocol = _protocol(said.partition("-")[0])
    return "TCP" if protocol == SNIFFED and port["port"] in _SERVER_SPEAKS_FIRST else protocol


def _protocol(said: str) -> str:
    return said.upper() if said.upper() in _PROTOCOLS else SNIFFED


def _target(mesh: Mesh, item: KubernetesObject, port: Mapping[str, Any]) -> int:
    """Of a name, what the pods that the Service selects call so; where none says, the Service's own number."""
    target = port.get("targetPort", port["port"])
    if isinstance(target, int):
        return target
    namespace, selector = item.manifest["metadata"]["namespace"], item.manifest["spec"].get("selector", {})
    for workload in (each for kind in _WITH_PODS for each in mesh.of(kind, namespace)):
        template = workload.manifest["spec"]["template"]
        if selector and selects(selector, template["metadata"].get("labels", {})):
            for container in template["spec"]["containers"]:
                for opened in container.get("ports", ()):
                    if opened.get("name") == target:
                        return int(opened["containerPort"])
    return int(port["port"])


def _of_entry(mesh: Mesh, item: KubernetesObject) -> Iterator[Service]:
    """One for each of its hosts."""
    spec = item.manifest["spec"]
    selector = spec.get("workloadSelector")
    for host in spec.get("hosts", ()):
        yield Service(
            host=host.lower(),
            namespace=item.manifest["metadata"]["namespace"],
            cluster=mesh.cluster,
            origin=item.name,
            is_entry=True,
            ports=tuple(
                ServicePort(
                    number=port["number"],
                    target=port.get("targetPort") or port["number"],
                    name=port["name"],
                    protocol=_protocol(port.get("protocol", "")),
                )
                for port in spec.get("ports", ())
            ),
            exported_to=tuple(spec.get("exportTo") or mesh.settings.export_services),
            selector=None if selector is None else selector.get("labels", {}),
            resolution=spec.get("resolution", "NONE"),
            external=spec.get("location", "MESH_EXTERNAL") == "MESH_EXTERNAL",
            addresses=tuple(spec.get("addresses", ())),
            endpoints=tuple(spec.get("endpoints", ())),
            labels=item.manifest["metadata"].get("labels", {}),
        )
