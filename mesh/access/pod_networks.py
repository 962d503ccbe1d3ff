"""What NetworkPolicies let out of the pods of a world, and into them, on clusters with an engine that enforces them."""

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from mesh.access.attempts import Step
from mesh.access.azure import address_sets
from mesh.access.azure.address_sets import PUBLIC
from mesh.access.connections import Place
from mesh.access.instances import Instance
from mesh.access.kubernetes.network_policies import Direction, NetworkPolicies, Peer, Pod
from mesh.access.places import cluster_name
from mesh.plan import Plan

if TYPE_CHECKING:
    from mesh.access.world import World

_WITHOUT_ENGINE = ("", "none")


class PodNetworks:
    def __init__(self, world: "World") -> None:
        self._world = world
        self.out = cache(self._out)
        self.into = cache(self._into)

    def isolates(self, direction: Direction, instance: Instance) -> bool:
        """Whether some policy selects a pod, so that not everything passes."""
        policies = self._policies(instance)
        return policies is not None and bool(policies.selecting(direction, self.pod(instance)))

    def _out(self, source: Instance, place: Place, callee: "Instance | None", port: int) -> tuple[Step, ...]:
        """Out of a pod to a place; of a callee that is a pod of the same cluster its labels count."""
        return self._step("Egress", source, callee, place, port)

    def _into(self, callee: "Instance | None", place: Place, source: "Instance | None", port: int) -> tuple[Step, ...]:
        """Into a pod from a place, where it is known from whom."""
        return self._step("Ingress", callee, source, place, port) if callee else ()

    def _step(
        self, direction: Direction, here: Instance, there: "Instance | None", place: Place, port: int
    ) -> tuple[Step, ...]:
        policies = self._policies(here)
        if policies is None:
            return ()
        decision = policies.decide(direction, self.pod(here), self._peer(here, there, place), port)
        if decision is None:
            return ()
        return (Step("network policy", decision.by, decision.outcome, decision.text),)

    def _policies(self, instance: Instance) -> NetworkPolicies | None:
        """None of a machine, and where nothing enforces them."""
        return None if instance.machine else self._world.network_policies.get(instance.proxy.cluster)

    def pod(self, instance: Instance) -> Pod:
        workload = self._world.workloads.get(instance.workload)
        ports = {(port.name, "TCP"): port.number for port in workload.ports} if workload else {}
        return Pod(instance.proxy.namespace, instance.proxy.labels, ports)

    def _peer(self, here: Instance, there: "Instance | None", place: Place) -> Peer:
        if there and not there.machine and there.proxy.cluster == here.proxy.cluster:
            return Peer(address_sets.of(there.here.addresses or PUBLIC), self.pod(there))
        addresses = address_sets.of(place.addresses) if place.addresses else PUBLIC
        nodes = (of_nodes for _, of_nodes in self._world.places.of_pods(here.proxy.cluster))
        on_node = any(of.addresses and addresses <= address_sets.of(of.addresses) for of in nodes)
        return Peer(addresses, None, on_node)


def network_policies(plan: Plan) -> Mapping[str, NetworkPolicies]:
    """By cluster, of those with an engine; without one, NetworkPolicies do nothing."""
    engines = {
        cluster_name(resource): _engine(resource.properties)
        for resource in plan.azure
        if resource.token.endswith(":ManagedCluster")
    }
    found = {}
    for cluster, engine in engines.items():
        if engine not in _WITHOUT_ENGINE:
            here = [item for item in plan.objects if item.cluster == cluster]
            labels = {
                item.manifest["metadata"]["name"]: item.manifest["metadata"].get("labels") or {}
                for item in here
                if item.manifest["kind"] == "Namespace"
            }
            policies = [item for item in here if item.manifest["kind"] == "NetworkPolicy"]
            found[cluster] = NetworkPolicies(policies, labels, blocks_cover_pods=engine != "cilium")
    return found


def _engine(properties: Mapping[str, object]) -> str:
    profile = properties.get("networkProfile")
    said = profile.get("networkPolicy") if isinstance(profile, Mapping) else None
    return str(said or "").lower()
