"""Whether an object of Istio's is about somebody whom the environment declares; what is about others, nobody judges."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from typing import Any

from mesh import names
from mesh.access.istio import gateway_servers, hosts, route_rules
from mesh.access.istio.meshes import Mesh, selects
from mesh.access.istio.route_rules import SIDECARS
from mesh.access.world import World
from mesh.model import Workload
from mesh.plan.resources import KubernetesObject

_Labels = Mapping[str, str]


class Subjects:
    """Of one world."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._rules: Mapping[str, Callable[[Mesh, KubernetesObject], Iterator[str]]] = {
            "security.istio.io/AuthorizationPolicy": self._of_policy,
            "security.istio.io/PeerAuthentication": self._of_policy,
            "networking.istio.io/DestinationRule": self._of_destination_rule,
            "networking.istio.io/Gateway": self._of_gateway,
            "networking.istio.io/ServiceEntry": self._of_service_entry,
            "networking.istio.io/Sidecar": self._of_sidecar,
            "networking.istio.io/VirtualService": self._of_virtual_service,
            "networking.istio.io/WorkloadEntry": self._of_workload_entry,
            "networking.istio.io/WorkloadGroup": self._of_workload_group,
            "Service": self._of_service,
        }

    def strange(self, kind: str, mesh: Mesh, item: KubernetesObject) -> Iterator[str]:
        """Why an object is about nobody, or of somebody else's matters."""
        if rule := self._rules.get(kind):
            metadata = item.manifest["metadata"]
            read = mesh.named(item.manifest["kind"], metadata.get("namespace", ""), metadata["name"])
            if read is not None:
                yield from rule(mesh, read)

    @cached_property
    def _namespaces(self) -> Mapping[str, set[str]]:
        """By host, those of the workloads that are called by it."""
        found: dict[str, set[str]] = {}
        for workload in self._world.workloads.values():
            for host in names.hosts(workload):
                found.setdefault(host, set()).add(workload.namespace)
        return found

    @cached_property
    def _label_sets(self) -> Mapping[tuple[str, tuple[str, str] | None], list[_Labels]]:
        """Of the declared sidecars and gateways, in whatever cluster, by namespace and each of their labels."""
        instances = [instance for found in self._world.instances.values() for instance in found]
        instances += [gateway.instance for gateway in self._world.gateways]
        found: dict[tuple[str, tuple[str, str] | None], list[_Labels]] = {}
        for proxy in (instance.proxy for instance in instances):
            for namespace in {proxy.namespace, self._world.meshes[proxy.cluster].settings.root_namespace}:
                for label in (None, *proxy.labels.items()):
                    found.setdefault((namespace, label), []).append(proxy.labels)
        return found

    def _unselected(self, namespace: str, labels: _Labels) -> Iterator[str]:
        key = (namespace, next(iter(labels.items()), None))
        if not any(selects(labels, other) for other in self._label_sets.get(key, ())):
            said = ", ".join(f"{name}={value}" for name, value in labels.items()) or "everything"
            yield f"it selects {said} in namespace {namespace}, where nobody declared is meant by that"

    def _labelled(self, namespace: str, labels: _Labels) -> Workload | None:
        """The workload of a namespace that labels are those of."""
        near = (workload for label in labels.items() for workload in self._by_label.get((namespace, label), ()))
        return next((workload for workload in near if selects(names.selector(workload), labels)), None)

    @cached_property
    def _by_label(self) -> Mapping[tuple[str, tuple[str, str]], list[Workload]]:
        """By namespace and the first of their labels."""
        found: dict[tuple[str, tuple[str, str]], list[Workload]] = {}
        for workload in self._world.workloads.values():
            found.setdefault((workload.namespace, workload.labels[0]), []).append(workload)
        return found

    def _unknown_hosts(self, said: tuple[str, ...], also: frozenset[str] = frozenset()) -> Iterator[str]:
        if not said:
            yield "it names no host"
        for host in said:
            if host not in self._namespaces and host not in also:
                yield f"{host} is no host of anybody declared"

    @cached_property
    def _numbers(self) -> Mapping[str, set[int]]:
        """By host, the ports of the workloads that are called by it, and of their Services."""
        found: dict[str, set[int]] = {}
        for workload in self._world.workloads.values():
            for host in names.hosts(workload):
                found.setdefault(host, set()).update(n for port in workload.ports for n in (port.number, port.service))
        return found

    def _strange_ports(self, host: str, ports: Iterable[Mapping[str, Any]], number: str) -> Iterator[str]:
        declared = self._numbers.get(host)
        for port in ports if declared is not None else ():
            for said in (port[number], port.get("targetPort", port[number])):
                if said not in (declared or ()):
                    yield f"port {said} is none that {host} is declared to have"

    def _of_policy(self, mesh: Mesh, item: KubernetesObject) -> Iterator[str]:
        labels = item.manifest["spec"].get("selector", {}).get("matchLabels", {})
        yield from self._unselected(item.manifest["metadata"]["namespace"], labels)

    def _of_destination_rule(self, mesh: Mesh, item: KubernetesObject) -> Iterator[str]:
        host = hosts.full(item.manifest["spec"].get("host", ""), item.manifest["metadata"]["namespace"])
        yield from self._unknown_hosts((host,))

    def _of_gateway(self, mesh: Mesh, item: KubernetesObject) -> Iterator[str]:
        labels = item.manifest["spec"].get("selector", {})
        of_cluster = (gateway for gateway in self._world.gateways if gateway.release.cluster == mesh.cluster)
        selected = {
            gateway.release.name: gateway for gateway in of_cluster if selects(labels, gateway.instance.proxy.labels)
        }
        if len(selected) != 1:
            yield f"it selects {' and '.join(selected) or 'no gateway'}, and one is meant"
            return
        ((name, gateway),) = selected.items()
        for number, server in enumerate(item.manifest["spec"].get("servers", ()), start=1):
            if server["port"]["number"] not in gateway.ports:
                yield f"server {number} opens port {server['port']['number']}, which {name} does not have"
            shown, tls = server.get("tls", {}).get("credentialName"), gateway.declared and gateway.declared.tls
            if shown is not None and shown != (tls and tls.secret):
                yield f"server {number} has the certificates of {shown}, and {name} is declared with others"

    def _of_service(self, mesh: Mesh, item: KubernetesObject) -> Iterator[str]:
        metadata = item.manifest["metadata"]
        host = f"{metadata['name']}.{metadata['namespace']}.{hosts.CLUSTER_DOMAIN}"
        yield from self._unknown_hosts((host,))
        yield from self._strange_ports(host, item.manifest["spec"].get("ports", ()), "port")
        if not item.manifest["spec"].get("selector"):
            yield "it selects nobody, so that whoever writes its endpoints says where its calls go"

    def _of_service_entry(self, mesh: Mesh, item: KubernetesObject) -> Iterator[str]:
        said = tuple(host.lower() for host in item.manifest["spec"].get("hosts", ()))
        yield from self._unknown_hosts(said)
        namespace = item.manifest["metadata"]["namespace"]
        for host in said:
            yield from self._strange_ports(host, item.manifest["spec"].get("ports", ()), "number")
            if namespace not in (of := self._namespaces.get(host, {namespace})):
                yield f"{host} belongs to namespace {' and '.join(sorted(of))}, not to {namespace}"

    def _of_sidecar(self, mesh: Mesh, item: KubernetesObject) -> Iterator[str]:
        spec, namespace = item.manifest["spec"], item.manifest["metadata"]["namespace"]
        labels = spec.get("workloadSelector", {}).get("labels", {})
        yield from self._unselected(namespace, labels)
        workload = self._labelled(namespace, labels)
        served = {(port.number, port.protocol.upper()) for port in workload.ports} if workload else set()
        for number, listener in enumerate(spec.get("ingress", ())):
            port = listener.get("port", {})
            if (port.get("number"), port.get("protocol", "")) not in served:
                yield f"spec.ingress[{number}].port is none of the workload's that it selects"

    def _of_virtual_service(self, mesh: Mesh, item: KubernetesObject) -> Iterator[str]:
        spec, namespace = item.manifest["spec"], item.manifest["metadata"]["namespace"]
        bound = {route_rules.gateway_name(name, namespace) for name in spec.get("gateways") or (SIDECARS,)}
        for name in sorted(bound - {SIDECARS}):
            of, _, own = name.partition("/")
            if mesh.named("Gateway", of, own) is None:
                yield f"{name} is no Gateway"
        said = tuple(hosts.full(host, namespace).lower() for host in spec.get("hosts", ()))
        yield from self._unknown_hosts(said, frozenset() if SIDECARS in bound else self._served(mesh, bound))

    def _served(self, mesh: Mesh, bound: set[str]) -> frozenset[str]:
        """The hosts of the Gateways to which something is bound."""
        return frozenset(
            name
            for gateway in self._world.gateways
            if gateway.release.cluster == mesh.cluster
            for server in gateway_servers.every(mesh, gateway.instance.proxy)
            if server.gateway in bound
            for name in server.names
        )

    def _of_workload_entry(self, mesh: Mesh, item: KubernetesObject) -> Iterator[str]:
        spec, metadata = item.manifest["spec"], item.manifest["metadata"]
        workload = self._labelled(metadata["namespace"], {**metadata.get("labels", {}), **spec.get("labels", {})})
        if workload is None:
            yield "it has the labels of nobody declared"
            return
        addresses = {str(machine.address) for machine in workload.machines}
        yield from _strange_account(workload, spec)
        # An instance of a scale set may have any.
        if spec.get("address") not in addresses and all(machine.address for machine in workload.machines):
            yield f"{spec.get('address') or 'no address'} is none of {', '.join(sorted(addresses))}"

    def _of_workload_group(self, mesh: Mesh, item: KubernetesObject) -> Iterator[str]:
        if item.name not in self._groups:
            yield "no declared machine registers itself by it"
            return
        template = item.manifest["spec"].get("template", {})
        labels = item.manifest["spec"].get("metadata", {}).get("labels", {})
        workload = self._labelled(item.manifest["metadata"]["namespace"], {**template.get("labels", {}), **labels})
        if workload is not None:
            yield from _strange_account(workload, template)

    @cached_property
    def _groups(self) -> frozenset[str]:
        instances = (instance for found in self._world.instances.values() for instance in found if instance.sidecar)
        machines = (instance.machine for instance in instances if instance.machine)
        return frozenset(group.name for machine in machines if (group := self._world.group_of(machine)))


def _strange_account(workload: Workload, said: Mapping[str, Any]) -> Iterator[str]:
    """Callers take whoever has the certificate of an entry's account for its workload."""
    account = said.get("serviceAccount")
    if account not in (None, "", names.service_account(workload)):
        yield f"its account {account} is not that of {workload.name}"
