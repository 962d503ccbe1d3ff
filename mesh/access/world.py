"""A plan, as the world in which attempts are made: what runs where, and what that is to Azure and to Istio.

Which workloads there are and where they run is the environment's to say, as a plan deploys none of them; all that
lets them call and be called is read from what the plan deploys.
"""

import json
import shlex
from collections.abc import Iterator, Mapping
from functools import cached_property

from mesh import model, names
from mesh.access.azure import address_sets
from mesh.access.azure.networks import Networks
from mesh.access.gateways import Gateway
from mesh.access.instances import Instance
from mesh.access.istio import interception
from mesh.access.istio.authorization import Policies
from mesh.access.istio.meshes import Proxy, meshes
from mesh.access.istio.mutual_tls import MutualTLS
from mesh.access.istio.services import Registry
from mesh.access.istio.tokens import Tokens
from mesh.access.places import Places
from mesh.access.pod_networks import PodNetworks, network_policies
from mesh.plan import Plan
from mesh.plan.resources import KubernetesObject, Release

INGRESS = "ingress/"
"""Begins what clients are called that come by an ingress gateway."""
OWN = "gateway/"
"""Begins what an ingress gateway itself is called, which sends its spans to Zipkin."""
POD = "pod/"
"""Begins what a pod that nobody declared is called, by its namespace."""
UNDECLARED = "undeclared"
DEFAULT_NAMESPACE = "default"
"""Stands for all namespaces that the environment does not make."""
_CLUSTER_ENV = "/var/lib/istio/envoy/cluster.env"
_NETWORK = "azure-native:network:VirtualNetwork"
_AUTHORITY = "cacerts"
"""The secret with the authority that clusters share; an istiod without it makes one of its own."""
NETWORK_LABEL = "topology.istio.io/network"


class World:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.meshes = meshes(plan.objects, plan.releases)
        self.registry = Registry(self.meshes)
        self.policies = {cluster: Policies(mesh) for cluster, mesh in self.meshes.items()}
        self.tokens = {cluster: Tokens(mesh) for cluster, mesh in self.meshes.items()}
        self.tls = {cluster: MutualTLS(mesh) for cluster, mesh in self.meshes.items()}
        ids = {item.name.partition("/")[2]: item.id for item in plan.azure if item.token == _NETWORK}
        known = [network for network in plan.environment.networks if network.name in ids]
        self.networks = Networks.of(
            plan.azure,
            {ids[network.name]: address_sets.union(network.reaches) for network in known if network.reaches},
            {ids[network.name]: address_sets.of(network.firewall.address) for network in known if network.firewall},
        )
        self.places = Places(plan, self.networks)
        self.network_policies = network_policies(plan)
        self.pod_networks = PodNetworks(self)
        self.workloads = {workload.name: workload for workload in plan.environment.workloads}

    @cached_property
    def instances(self) -> Mapping[str, tuple[Instance, ...]]:
        """By workload; of one outside the mesh, none."""
        return {name: tuple(self._instances(workload)) for name, workload in self.workloads.items()}

    @cached_property
    def callers(self) -> Mapping[str, tuple[Instance, ...]]:
        """All callers: workloads, `gateway/public` for a gateway's own calls, `pod/shop` for an undeclared pod."""
        undeclared = {
            f"{POD}{namespace}": tuple(self._undeclared(namespace))
            for namespace in (*self.plan.environment.namespaces, DEFAULT_NAMESPACE)
        }
        own = {f"{OWN}{name.removeprefix(INGRESS)}": (gateway.instance,) for name, gateway in self.ingress.items()}
        return {**self.instances, **own, **undeclared}

    @cached_property
    def gateways(self) -> tuple[Gateway, ...]:
        """One for each subnet in which its cluster has nodes."""
        charts = [release for release in self.plan.releases if release.chart == "gateway"]
        return tuple(gateway for release in charts for gateway in self._gateways(release))

    @cached_property
    def ingress(self) -> Mapping[str, Gateway]:
        """The ingress gateways, as callers: `ingress/east/public`, and `ingress/public` where no other is called so."""
        by_name: dict[str, list[Gateway]] = {}
        for gateway in self.gateways:
            if gateway.declared is not None:
                by_name.setdefault(f"{INGRESS}{gateway.declared.name}", []).append(gateway)
                by_name[f"{INGRESS}{gateway.release.cluster}/{gateway.declared.name}"] = [gateway]
        return {name: gateways[0] for name, gateways in sorted(by_name.items()) if len(gateways) == 1}

    @cached_property
    def by_shortest_name(self) -> Mapping[str, Gateway]:
        """Each ingress gateway once, by its shortest name."""
        by_length = sorted(self.ingress.items(), key=lambda item: -len(item[0]))
        shortest = {id(gateway): (name, gateway) for name, gateway in by_length}
        return dict(sorted(shortest.values(), key=lambda item: item[0]))

    def leading_into(self, network: str, reader: str) -> tuple[Gateway, ...]:
        """The gateways into an Istio network that the istiod of a cluster knows."""
        connected = self.registry.connected(reader)
        return tuple(
            gateway
            for gateway in self.gateways
            if network and gateway.network == network and gateway.release.cluster in connected
        )

    def leading_to(self, cluster: str) -> tuple[Gateway, ...]:
        """The gateways by which machines reach the istiod of a cluster."""
        return tuple(gateway for gateway in self.gateways if gateway.network and gateway.release.cluster == cluster)

    def apart(self, one: str, other: str) -> str | None:
        """The reason why two clusters do not trust each other's certificates; None if they do."""
        for cluster in (one, other) if one != other else ():
            mesh = self.meshes[cluster]
            if mesh.named("Secret", mesh.settings.root_namespace, _AUTHORITY) is None:
                return f"{cluster}/{mesh.settings.root_namespace}/Secret/{_AUTHORITY}"
        return None

    def group_of(self, machine: model.Machine) -> KubernetesObject | None:
        """The WorkloadGroup that the files of a machine name; None where it is not there."""
        said = self.variables[machine.name]
        if (mesh := self.meshes.get(said.get("ISTIO_META_CLUSTER_ID", ""))) is None:
            return None
        namespace, name = said.get("POD_NAMESPACE", ""), said.get("ISTIO_META_AUTO_REGISTER_GROUP", "")
        return mesh.named("WorkloadGroup", namespace, name)

    def istiod_of(self, machine: model.Machine) -> str:
        """The host that a machine asks for its configuration."""
        return self.variables[machine.name].get("CA_ADDR", "").partition(":")[0]

    def called(self, callee: str, port: int) -> int:
        """The port that callers of a workload use for one where it listens."""
        return next((own.service for own in self.workloads[callee].ports if own.number == port), port)

    def hosts(self, gateway: Gateway) -> tuple[str, ...]:
        """The hosts and ports that clients may call at an ingress gateway."""
        return gateway.declared.hosts if gateway.declared else ()

    def pods(
        self, workload: str, cluster: str, namespace: str, labels: Mapping[str, str], account: str, *, gateway: bool
    ) -> Iterator[Instance]:
        """Of whatever runs in a cluster, declared or not; one for each subnet in which the cluster has nodes."""
        mesh = self.meshes[cluster]
        declared_namespace = mesh.named("Namespace", "", namespace)
        own = declared_namespace.manifest["metadata"].get("labels", {}) if declared_namespace else {}
        sidecar = gateway or self._injects(cluster, own)
        proxy = Proxy(cluster, namespace, labels, own.get(NETWORK_LABEL, mesh.settings.network), gateway)
        principal = f"{mesh.settings.trust_domain}/ns/{namespace}/sa/{account}" if sidecar else None
        for pods, nodes in self.places.of_pods(cluster):
            yield Instance(workload, f"cluster/{cluster}", proxy, sidecar, principal, pods, nodes)

    def _undeclared(self, namespace: str) -> Iterator[Instance]:
        """A pod that no route names, in each cluster."""
        name = f"{POD}{namespace}"
        for cluster, mesh in self.meshes.items():
            made = namespace == DEFAULT_NAMESPACE or mesh.named("Namespace", "", namespace)
            if made or cluster not in self.network_policies:
                yield from self.pods(name, cluster, namespace, {"app": UNDECLARED}, UNDECLARED, gateway=False)

    def _instances(self, workload: model.Workload) -> Iterator[Instance]:
        for cluster in workload.clusters:
            if cluster.name in self.meshes:
                labels, account = names.selector(workload), names.service_account(workload)
                yield from self.pods(workload.name, cluster.name, workload.namespace, labels, account, gateway=False)
        for machine in workload.machines:
            yield self._on_machine(workload, machine)

    def _injects(self, cluster: str, labels: Mapping[str, str]) -> bool:
        """Whether an istiod of the cluster gives sidecars to the pods of a namespace with these labels.

        https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/#controlling-the-injection-policy
        """
        if "istio-injection" in labels:
            return labels["istio-injection"] == "enabled"
        charts = [release for release in self.meshes[cluster].releases if release.chart == "istiod"]
        return labels.get("istio.io/rev") in {release.values.get("revision") or "default" for release in charts}

    def _on_machine(self, workload: model.Workload, machine: model.Machine) -> Instance:
        at, place = self.places.of_machine(machine), f"machine/{machine.name}"
        said = self.variables.get(machine.name) if workload.sidecar else None
        if said is None:
            proxy = Proxy(machine.joins.name, workload.namespace, names.selector(workload), "")
            return Instance(workload.name, place, proxy, False, None, at, at, machine)
        labels, namespace = _labels(said.get("ISTIO_METAJSON_LABELS", "")), said.get("POD_NAMESPACE", "")
        cluster = said.get("ISTIO_META_CLUSTER_ID", "")
        # One that names a cluster which is not there does not join (see group_of).
        joined = cluster if cluster in self.meshes else machine.joins.name
        proxy = Proxy(joined, namespace, labels, said.get("ISTIO_META_NETWORK", ""))
        principal = f"{said.get('TRUST_DOMAIN')}/ns/{namespace}/sa/{said.get('SERVICE_ACCOUNT')}"
        caught = interception.of(said)
        return Instance(workload.name, place, proxy, True, principal, at, at, machine, caught)

    @cached_property
    def variables(self) -> Mapping[str, Mapping[str, str]]:
        """By machine, the variables that its sidecar starts with."""
        return {
            item.machine.name: dict(_variable(line) for line in shlex.split(str(file)))
            for item in self.plan.machines
            for file in item.files
            if file.path == _CLUSTER_ENV
        }

    def _gateways(self, release: Release) -> Iterator[Gateway]:
        # The chart names its account after the release, and labels its pods without the prefix.
        name, labels = release.release, {"app": release.release, "istio": release.release.removeprefix("istio-")}
        annotations = release.values.get("service", {}).get("annotations", {})
        for instance in self.pods(name, release.cluster, release.namespace, labels, name, gateway=True):
            where = f"the gateway {name} of cluster {release.cluster}"
            frontend = self.places.frontend(where, annotations, instance.outside)
            yield Gateway(release, instance, frontend, self._declared.get((release.cluster, name)))

    @cached_property
    def _declared(self) -> Mapping[tuple[str, str], model.IngressGateway]:
        return {
            (cluster.name, names.ingress_gateway(gateway)): gateway
            for cluster in self.plan.environment.clusters
            for gateway in cluster.ingress
        }


def _labels(said: str) -> Mapping[str, str]:
    """Empty where it is no JSON."""
    try:
        found = json.loads(said)
    except ValueError:
        return {}
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else {}


def _variable(line: str) -> tuple[str, str]:
    name, _, value = line.partition("=")
    return name, value
