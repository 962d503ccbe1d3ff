"""NetworkPolicies, held against the declared routes and against what every pod needs of the platform."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mesh import model
from mesh.access.azure import address_sets
from mesh.access.azure.address_sets import EVERYTHING, NOTHING, PLATFORM, PRIVATE, AddressSet
from mesh.access.instances import Instance
from mesh.access.istio.gateways import CROSS_NETWORK_PORT
from mesh.access.kubernetes.network_policies import Direction, NetworkPolicies, Pod, Rule
from mesh.access.transport import ISTIOD_PORT
from mesh.access.world import DEFAULT_NAMESPACE, POD, UNDECLARED, World
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind

NETWORK_POLICY_WIDER_THAN_NEEDED = Kind(
    code="network-policy-wider-than-needed",
    severity="error",
    what="A NetworkPolicy lets connections pass that no declared route and nothing of the platform needs.",
    why="It is what still holds where a pod goes around its sidecar, or calls something that has none.",
    example="east/shop/NetworkPolicy/storefront: egress rule 2: lets shop (app=storefront) and 10.30.0.20 connect at "
    "TCP 5432",
    fix="Narrow the rule, or remove it.",
)
NO_NETWORK_POLICY_BY_DEFAULT = Kind(
    code="no-network-policy-by-default",
    severity="error",
    what="No NetworkPolicy holds for pods of a namespace that nobody declared, though the cluster has an engine.",
    why="Such a pod can connect to whatever the network lets its node reach, or can be connected to.",
    example="east/Namespace/shop: lets everything out of its pods",
    fix="Keep a NetworkPolicy without rules in the namespace, for all of its pods and both directions.",
)
PODS_ARE_CUT_OFF = Kind(
    code="pods-are-cut-off",
    severity="error",
    what="NetworkPolicies stop what every pod of the mesh needs: the cluster's DNS, or its istiod.",
    why="Its sidecar gets no certificate and no configuration, and no name resolves: every call fails.",
    example="east/shop/NetworkPolicy/storefront: lets shop (app=storefront) not out to kube-dns at UDP 53",
    fix="Let all pods of the namespace out to kube-dns and to istiod.",
)
KINDS = (NETWORK_POLICY_WIDER_THAN_NEEDED, NO_NETWORK_POLICY_BY_DEFAULT, PODS_ARE_CUT_OFF)

_DNS = Pod("kube-system", {"k8s-app": "kube-dns"})
_DIRECTIONS: tuple[Direction, ...] = ("Ingress", "Egress")
_INTERNET = EVERYTHING - PRIVATE - PLATFORM - address_sets.networks("169.254.0.0/16")
_STRANGE_PORT = 1
Pods = Mapping[str, list[Pod]]
"""By namespace."""
Port = tuple[int, str]
"""With its protocol."""


@dataclass
class Needed:
    """In one cluster."""

    between: set[tuple[object, object, Port]] = field(default_factory=set)
    """From a pod to a pod, by their keys; None: from any."""
    addresses: dict[tuple[object, Port], AddressSet] = field(default_factory=dict)
    """Out of a pod, by its key; None: out of any."""

    def has(self, source: Pod, destination: Pod, port: Port) -> bool:
        return any((key, destination.key, port) in self.between for key in (source.key, None))

    def out_of(self, source: Pod, port: Port) -> AddressSet:
        return self.addresses.get((source.key, port), NOTHING) | self.addresses.get((None, port), NOTHING)

    def add(self, source: object, port: Port, addresses: AddressSet) -> None:
        self.addresses[source, port] = self.addresses.get((source, port), NOTHING) | addresses


def findings(context: Context) -> Iterator[Finding]:
    observing = context.plan.environment.observing
    for cluster, policies in context.world.network_policies.items():
        if cluster not in context.world.meshes:
            continue
        needed, by_namespace = _needed(context, cluster), dict[str, list[Pod]]()
        for pod in _pods(context.world, cluster):
            by_namespace.setdefault(pod.namespace, []).append(pod)
        for namespace in context.plan.environment.namespaces:
            if (here := by_namespace.get(namespace)) and namespace not in observing:
                yield from _by_default(policies, cluster, namespace)
                yield from _cut_off(policies, context.world, cluster, here)
                yield from _wider(policies, needed, here, by_namespace)


def _by_default(policies: NetworkPolicies, cluster: str, namespace: str) -> Iterator[Finding]:
    stranger = Pod(namespace, {"app": UNDECLARED})
    for direction, way in (("Ingress", "into"), ("Egress", "out of")):
        if not policies.selecting(direction, stranger):  # type: ignore[arg-type]  # the two directions, as written
            text = f"lets everything {way} its pods"
            yield Finding(NO_NETWORK_POLICY_BY_DEFAULT, f"{cluster}/Namespace/{namespace}", text)


def _cut_off(policies: NetworkPolicies, world: World, cluster: str, here: list[Pod]) -> Iterator[Finding]:
    needs = {"kube-dns": (_DNS, (53, "UDP")), "istiod": (_istiod(world, cluster), (ISTIOD_PORT, "TCP"))}
    for pod in here:
        for name, (other, (port, protocol)) in needs.items():
            decision = policies.decide("Egress", pod, policies.as_peer(other), port, protocol)
            if decision and decision.outcome != "passes":
                yield Finding(PODS_ARE_CUT_OFF, decision.by, f"lets {pod} not out to {name} at {protocol} {port}")


def _wider(policies: NetworkPolicies, needed: Needed, here: list[Pod], pods: Pods) -> Iterator[Finding]:
    """Each rule once, with the first that it opens too many."""
    for direction in _DIRECTIONS:
        found: dict[str, str] = {}
        for pod in here:
            for rule in policies.rules(direction, pod):
                if rule.name not in found and (more := _beyond(policies, needed, rule, pod, pods)):
                    found[rule.name] = more
        for name, more in found.items():
            yield Finding(NETWORK_POLICY_WIDER_THAN_NEEDED, name, more)


def _beyond(policies: NetworkPolicies, needed: Needed, rule: Rule, pod: Pod, pods: Pods) -> str:
    """What a rule lets pass of a pod that nothing needs; empty where there is nothing."""
    for other in policies.pods_meant(rule, pods):
        listening = other if rule.direction == "Egress" else pod
        for port in rule.probes(listening, _STRANGE_PORT):
            ends = (pod, other) if rule.direction == "Egress" else (other, pod)
            if rule.has_port(listening, *port) and not needed.has(*ends, port) and ends[0].key != ends[1].key:
                return _text(pod, str(other), port)
    blocks = policies.addresses_meant(rule)
    for port in rule.probes(pod, _STRANGE_PORT) if blocks else ():
        called = None if rule.direction == "Egress" else pod
        allowed = needed.out_of(pod, port) if rule.direction == "Egress" else NOTHING
        if rule.has_port(called, *port) and (more := blocks - allowed):
            return _text(pod, str(more), port)
    return ""


def _text(pod: Pod, other: str, port: Port) -> str:
    return f"lets {pod} and {other} connect at {port[1]} {port[0]}"


def _pods(world: World, cluster: str) -> list[Pod]:
    """All that rules tell apart: declared workloads, gateways, the platform, and one that nobody declared of each
    namespace."""
    instances = [
        *(one for found in world.instances.values() for one in found),
        *(gateway.instance for gateway in world.gateways),
        *(one for name, found in world.callers.items() if name.startswith(POD) for one in found),
    ]
    here = [world.pod_networks.pod(one) for one in instances if not one.machine and one.proxy.cluster == cluster]
    known = (*here, _DNS, _istiod(world, cluster), Pod(DEFAULT_NAMESPACE, {}))
    strangers = [Pod(namespace, {"app": UNDECLARED}) for namespace in sorted({pod.namespace for pod in known})]
    return list({pod.key: pod for pod in (*known, *strangers)}.values())


def _needed(context: Context, cluster: str) -> Needed:
    world, needed = context.world, Needed()
    for protocol in ("TCP", "UDP"):
        needed.between.add((None, _DNS.key, (53, protocol)))
    needed.between.add((None, _istiod(world, cluster).key, (ISTIOD_PORT, "TCP")))
    for allowance in context.declared.values():
        gateway = world.ingress.get(allowance.caller)
        callers = (gateway.instance,) if gateway else world.callers.get(allowance.caller, ())
        _add_pods(needed, world, cluster, callers, allowance.callee, allowance.port.number)
        here = [one for one in callers if not one.machine and one.proxy.cluster == cluster]
        for verdict in context.verdicts.get(allowance.pair, ()) if here else ():
            places = {place for one in here for place in (one.here, one.outside)}
            for connection in verdict.connections:
                if connection.source in places:
                    addresses = connection.destination.addresses
                    known = _INTERNET if addresses is None else address_sets.of(addresses)
                    needed.add(world.pod_networks.pod(here[0]).key, (connection.port, "TCP"), known)
    for workload in context.plan.environment.observed:
        for port in workload.ports:
            _add_observed(needed, world, cluster, workload, port.number)
    return needed


def _add_pods(
    needed: Needed, world: World, cluster: str, callers: tuple[Instance, ...], callee: model.Workload, port: int
) -> None:
    called = [one for one in world.instances[callee.name] if not one.machine and one.proxy.cluster == cluster]
    for one in called[:1]:
        for caller in callers:
            if not caller.machine and caller.proxy.cluster == cluster:
                sources = [world.pod_networks.pod(caller)]
            else:
                sources = [world.pod_networks.pod(gateway.instance) for gateway in world.leading_to(cluster)]
            for source in sources:
                needed.between.add((source.key, world.pod_networks.pod(one).key, (port, "TCP")))


def _add_observed(needed: Needed, world: World, cluster: str, callee: model.Workload, port: int) -> None:
    for one in world.instances[callee.name]:
        if one.machine:
            needed.add(None, (port, "TCP"), address_sets.of(one.outside.addresses or NOTHING))
        elif one.proxy.cluster == cluster:
            needed.between.add((None, world.pod_networks.pod(one).key, (port, "TCP")))
        else:
            for gateway in world.leading_to(one.proxy.cluster):
                addresses = address_sets.of(gateway.frontend.addresses or NOTHING)
                needed.add(None, (CROSS_NETWORK_PORT, "TCP"), addresses)


def _istiod(world: World, cluster: str) -> Pod:
    return Pod(world.meshes[cluster].settings.root_namespace, {"app": "istiod"})
