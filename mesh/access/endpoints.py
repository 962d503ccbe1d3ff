"""The endpoints of a host: pods, registered machines, written entries, outside addresses."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import AddressValueError, IPv4Address
from typing import Any

from mesh import model, names
from mesh.access.connections import Place
from mesh.access.instances import Instance
from mesh.access.istio.meshes import selects
from mesh.access.istio.services import Service, ServicePort
from mesh.access.world import NETWORK_LABEL, World

_TLS_MODE = "security.istio.io/tlsMode"


@dataclass(frozen=True, eq=False)
class Endpoint:
    """Something at an address that answers for a host."""

    by: str
    """The object of the plan that registers it."""
    cluster: str
    """The cluster whose API server holds the registration."""
    namespace: str
    labels: Mapping[str, str]
    network: str
    """The Istio network it is in; "" where none is said."""
    mutual: bool
    """Whether callers speak Istio's mutual TLS with it."""
    ports: Mapping[str, int]
    """Where it listens, by the names of its service's ports, where it has ports of its own."""
    place: Place
    workload: str | None
    """The instance at that address; None if the environment has none."""
    instance: Instance | None
    """None outside the mesh."""

    @property
    def pods(self) -> bool:
        return self.instance is not None and self.instance.machine is None

    def port(self, service: Service, number: int) -> int:
        """Where it listens for a port of its service."""
        port = service.port(number)
        return self.ports.get(port.name, port.target) if port else number

    def port_at(self, service: Service, number: int) -> ServicePort | None:
        """The port of its service that leads to a number where it listens."""
        leading = (port for port in service.ports if port.protocol != "UDP")
        return next((port for port in leading if self.ports.get(port.name, port.target) == number), None)


class Endpoints:
    """Of all hosts of a world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._found: dict[tuple[str, str, str], tuple[Endpoint, ...]] = {}

    def of(self, reader: str, service: Service) -> tuple[Endpoint, ...]:
        """Where proxies of the cluster `reader` send calls; empty where nobody answers.

        Of every object that declares the host in the service's namespace, as istiod takes those together.
        """
        key = (reader, service.namespace, service.host)
        if key not in self._found:
            declaring = self._world.registry.services(reader, service.host)
            endpoints = [
                endpoint
                for each in declaring
                if each.namespace == service.namespace
                for endpoint in self._of(reader, each)
            ]
            self._found[key] = tuple(dict.fromkeys(endpoints))
        return self._found[key]

    def everywhere(self, callee: model.Workload) -> tuple[Endpoint, ...]:
        """Each place where a workload is, whoever knows of it."""
        return self._places[callee.name]

    def _of(self, reader: str, service: Service) -> Iterator[Endpoint]:
        if service.selector is not None:
            connected = self._world.registry.connected(reader)
            for endpoint in self._selectable.get(service.namespace, ()):
                # A Service chooses in its own cluster, a ServiceEntry in all.
                within = endpoint.cluster in connected if service.is_entry else endpoint.cluster == service.cluster
                if within and service.selector and selects(service.selector, endpoint.labels):
                    yield endpoint
        elif service.endpoints:
            for number, spec in enumerate(service.endpoints, start=1):
                yield self._written(
                    f"{service.origin}: endpoint {number}", service.cluster, service.namespace, {}, spec
                )
        elif workload := self._by_host.get(service.host):
            yield self._outside(workload, service)

    @cached_property
    def _selectable(self) -> Mapping[str, tuple[Endpoint, ...]]:
        """By namespace, what selectors choose among."""
        by_namespace: dict[str, list[Endpoint]] = {}
        for endpoints in self._places.values():
            for endpoint in endpoints:
                if endpoint.instance is not None and self._registers(endpoint.instance):
                    by_namespace.setdefault(endpoint.namespace, []).append(endpoint)
        for cluster, mesh in self._world.meshes.items():
            for entry in mesh.of("WorkloadEntry"):
                metadata = entry.manifest["metadata"]
                written = self._written(
                    entry.name, cluster, metadata["namespace"], metadata.get("labels", {}), entry.manifest["spec"]
                )
                by_namespace.setdefault(written.namespace, []).append(written)
        return {namespace: tuple(endpoints) for namespace, endpoints in by_namespace.items()}

    def _registers(self, instance: Instance) -> bool:
        """Pods by themselves, a machine by the agent of its sidecar."""
        if instance.machine is None:
            return True
        return instance.sidecar and self._world.group_of(instance.machine) is not None

    @cached_property
    def _places(self) -> Mapping[str, tuple[Endpoint, ...]]:
        """By workload."""
        return {
            name: tuple(map(self._endpoint, self._world.instances[name]))
            if workload.outside is None
            else (self._outside(workload, None),)
            for name, workload in self._world.workloads.items()
        }

    def _endpoint(self, instance: Instance) -> Endpoint:
        proxy = instance.proxy
        by, labels, network, mutual = instance.place, proxy.labels, proxy.network, instance.sidecar
        if instance.machine is not None and instance.sidecar and (group := self._world.group_of(instance.machine)):
            spec = group.manifest["spec"]
            template: Mapping[str, Any] = spec.get("template", {})
            by, network = group.name, template.get("network") or network
            labels = {**spec.get("metadata", {}).get("labels", {}), **template.get("labels", {})}
            mutual = _mutual(labels, template)
        elif instance.machine is None:
            by = f"{proxy.cluster}/{proxy.namespace}: the pods of {instance.workload}"
        return Endpoint(
            by, proxy.cluster, proxy.namespace, labels, network, mutual, {}, instance.here, instance.workload, instance
        )

    def _written(
        self, by: str, cluster: str, namespace: str, labels: Mapping[str, str], spec: Mapping[str, Any]
    ) -> Endpoint:
        """A WorkloadEntry; who is at its address is the environment's to say."""
        labels = {**labels, **spec.get("labels", {})}
        there = self._at_address.get(spec.get("address", ""), ())
        said = (one for one in there if selects(names.selector(self._world.workloads[one.workload]), labels))
        instance = next(said, next(iter(there), None))
        network = spec.get("network") or labels.get(NETWORK_LABEL, self._world.meshes[cluster].settings.network)
        place = instance.here if instance else self._nowhere_known(spec.get("address", ""))
        workload = instance.workload if instance else None
        return Endpoint(
            by,
            cluster,
            namespace,
            labels,
            network,
            _mutual(labels, spec),
            spec.get("ports", {}),
            place,
            workload,
            instance,
        )

    def _nowhere_known(self, text: str) -> Place:
        address = _address(text)
        subnet = self._world.networks.subnet_of(address) if address else None
        return Place(text, address, subnet.id if subnet else None)

    @cached_property
    def _at_address(self) -> Mapping[str, tuple[Instance, ...]]:
        by_address: dict[str, list[Instance]] = {}
        for instances in self._world.instances.values():
            for instance in instances:
                if instance.machine is not None:
                    by_address.setdefault(str(instance.here.addresses), []).append(instance)
        return {address: tuple(instances) for address, instances in by_address.items()}

    @cached_property
    def _by_host(self) -> Mapping[str, model.Workload]:
        """Endpoints outside the mesh."""
        outside = [workload for workload in self._world.workloads.values() if workload.outside is not None]
        return {host: workload for workload in outside for host in names.hosts(workload)}

    def _outside(self, workload: model.Workload, service: Service | None) -> Endpoint:
        place = self._world.places.outside(workload)
        by, cluster = (service.origin, service.cluster) if service else (place.name, "")
        return Endpoint(by, cluster, workload.namespace, {}, "", False, {}, place, workload.name, None)


def _mutual(labels: Mapping[str, str], spec: Mapping[str, Any]) -> bool:
    """As istiod concludes it of an entry: from its label, else from whether it has an account.

    Istio, pilot/pkg/serviceregistry/serviceentry/conversion.go, getTLSModeFromWorkloadEntry.
    """
    if _TLS_MODE in labels:
        return labels[_TLS_MODE] == "istio"
    return bool(spec.get("serviceAccount"))


def _address(text: str) -> IPv4Address | None:
    """None: a name, which leads to wherever DNS says."""
    try:
        return IPv4Address(text)
    except AddressValueError:
        return None
