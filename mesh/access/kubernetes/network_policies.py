"""Kubernetes' NetworkPolicies: whether those that select a pod let a connection out of it, or into it.

Of any origin, and for any pods. Policies add up: a pod that none selects for a direction lets everything pass in it, a
pod that some select lets pass what any of their rules lets pass. A connection between two pods needs both.
https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Network, ip_network
from typing import Any, Literal

from mesh.access.attempts import Outcome
from mesh.access.azure import address_sets
from mesh.access.azure.address_sets import NOTHING, AddressSet
from mesh.access.kubernetes.label_selectors import Labels, covers
from mesh.plan.resources import KubernetesObject

Direction = Literal["Ingress", "Egress"]
_PEERS: Mapping[Direction, str] = {"Ingress": "from", "Egress": "to"}
NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""The label that every namespace has by itself."""
_SHOWN = 3


@dataclass(frozen=True)
class Pod:
    namespace: str
    labels: Labels = field(hash=False)
    ports: Mapping[tuple[str, str], int] = field(default_factory=dict, hash=False)
    """The numbers of its containers' ports, by their names and protocols: `("web", "TCP")`."""

    def __str__(self) -> str:
        labels = ", ".join(f"{key}={value}" for key, value in sorted(self.labels.items())) or "without labels"
        return f"{self.namespace} ({labels})"

    @cached_property
    def key(self) -> tuple[str, frozenset[tuple[str, str]]]:
        """To look up by."""
        return self.namespace, frozenset(self.labels.items())


@dataclass(frozen=True)
class Peer:
    """The other end of a connection."""

    addresses: AddressSet
    """A range where it is not known which of its addresses it has."""
    pod: Pod | None = None
    """None where it is no pod of the same cluster."""
    node: bool = False
    """Whether it is a node of the same cluster."""


@dataclass(frozen=True)
class Rule:
    """Of a policy, in one direction."""

    policy: KubernetesObject
    direction: Direction
    number: int
    """From one on, as it stands in the policy."""
    described: Mapping[str, Any] = field(hash=False, repr=False)

    @property
    def name(self) -> str:
        return f"{self.policy.name}: {self.direction.lower()} rule {self.number}"

    @property
    def peers(self) -> tuple[Mapping[str, Any], ...]:
        """None: everybody."""
        return tuple(self.described.get(_PEERS[self.direction]) or ())

    def has_port(self, listening: Pod | None, port: int, protocol: str) -> bool:
        """`listening`: the pod that is called; None where it is none."""
        ports = self.described.get("ports") or ()
        return not ports or any(_is_port(one, listening, port, protocol) for one in ports)

    def probes(self, listening: Pod, strange: int) -> list[tuple[int, str]]:
        """Ports that tell whether it opens more than single ones: its own, the ends of its ranges, a strange one."""
        found: set[tuple[int, str]] = set()
        described: tuple[Mapping[str, Any], ...] = tuple(self.described.get("ports") or ({},))
        for one in described:
            protocol, port = one.get("protocol") or "TCP", one.get("port")
            if isinstance(port, str) and not port.isdigit():
                found.add((listening.ports.get((port, protocol), strange), protocol))
            else:
                first = strange if port is None else int(port)
                found |= {(number, protocol) for number in (first, int(one.get("endPort") or first))}
                if one.get("endPort"):
                    found.add((first + 1, protocol))
        return sorted(found)


@dataclass(frozen=True)
class Decision:
    outcome: Outcome
    """`partly` where it depends on which of its addresses the peer has."""
    by: str
    """The rule that lets it pass, else the policy that stops it."""
    text: str


class NetworkPolicies:
    """Of one cluster. `blocks_cover_pods`: whether an ipBlock is about the cluster's own pods and nodes too.

    The API leaves that to the engine. Cilium's do not:
    https://learn.microsoft.com/azure/aks/azure-cni-powered-by-cilium#limitations
    """

    def __init__(
        self, policies: Iterable[KubernetesObject], namespaces: Mapping[str, Labels], *, blocks_cover_pods: bool = True
    ) -> None:
        """`namespaces`: the labels of each; a namespace that is not among them has the one with its name."""
        self._namespaces = namespaces
        self._blocks_cover_pods = blocks_cover_pods
        self._by_namespace: dict[str, list[KubernetesObject]] = {}
        for policy in policies:
            self._by_namespace.setdefault(policy.manifest["metadata"]["namespace"], []).append(policy)
        self._selecting: dict[tuple[Direction, object], tuple[KubernetesObject, ...]] = {}

    def selecting(self, direction: Direction, pod: Pod) -> tuple[KubernetesObject, ...]:
        """The policies that isolate a pod in a direction; with none of them everything passes."""
        key = (direction, pod.key)
        if key not in self._selecting:
            self._selecting[key] = tuple(
                policy
                for policy in self._by_namespace.get(pod.namespace, ())
                if direction in _types(policy) and covers(_spec(policy).get("podSelector") or {}, pod.labels)
            )
        return self._selecting[key]

    def decide(self, direction: Direction, pod: Pod, peer: Peer, port: int, protocol: str = "TCP") -> Decision | None:
        """Of a connection out of a pod (Egress) or into it (Ingress); None where no policy has a say."""
        selecting = self.selecting(direction, pod)
        if not selecting:
            return None
        listening = peer.pod if direction == "Egress" else pod
        let, by = NOTHING, ""
        for rule in self.rules(direction, pod):
            if not rule.has_port(listening, port, protocol):
                continue
            more = self._covered(rule, peer)
            if more and not let:
                by = rule.name
            let |= more
            if peer.addresses <= let:
                return Decision("passes", by, f"{_arrow(direction, peer, port, protocol)} is let through by {by}")
        names = [policy.name for policy in sorted(selecting, key=lambda policy: _closeness(direction, policy))]
        listed = ", ".join(names[:_SHOWN]) + (f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
        arrow = _arrow(direction, peer, port, protocol)
        if let:
            return Decision("partly", by, f"{arrow} is let through by {by} for {let} only")
        return Decision("stops", names[0], f"{arrow} is let through by no rule of {listed}")

    def rules(self, direction: Direction, pod: Pod) -> Iterator[Rule]:
        """All that hold for a pod."""
        for policy in self.selecting(direction, pod):
            for number, described in enumerate(_spec(policy).get(direction.lower()) or (), start=1):
                yield Rule(policy, direction, number, described)

    def pods_meant(self, rule: Rule, pods: Mapping[str, Iterable[Pod]]) -> Iterator[Pod]:
        """Those of some pods, by namespace, that a rule is about by their labels; all where it names nobody."""
        of_pods = [one for one in rule.peers if "ipBlock" not in one]
        for namespace, here in pods.items():
            selectors = [
                one.get("podSelector") or {} for one in of_pods if self._has_namespace(rule.policy, one, namespace)
            ]
            for pod in here:
                if not rule.peers or any(covers(selector, pod.labels) for selector in selectors):
                    yield pod

    def addresses_meant(self, rule: Rule) -> AddressSet:
        """What a rule is about by addresses; everything where it names nobody."""
        if not rule.peers:
            return address_sets.EVERYTHING
        return address_sets.union(block(one["ipBlock"]) for one in rule.peers if "ipBlock" in one)

    def as_peer(self, pod: Pod) -> Peer:
        """At an address that nobody knows."""
        return Peer(address_sets.EVERYTHING, pod)

    def _covered(self, rule: Rule, peer: Peer) -> AddressSet:
        """The part of a peer's addresses that a rule is about; a pod is known by its labels, and so all or nothing."""
        if not rule.peers:
            return peer.addresses
        let = NOTHING
        for one in rule.peers:
            if "ipBlock" in one:
                inside = peer.pod is not None or peer.node
                if self._blocks_cover_pods or not inside:
                    let |= peer.addresses & block(one["ipBlock"])
            elif peer.pod is not None and self._is_meant(rule.policy, one, peer.pod):
                return peer.addresses
        return let

    def _is_meant(self, policy: KubernetesObject, described: Mapping[str, Any], pod: Pod) -> bool:
        in_namespace = self._has_namespace(policy, described, pod.namespace)
        return in_namespace and covers(described.get("podSelector") or {}, pod.labels)

    def _has_namespace(self, policy: KubernetesObject, described: Mapping[str, Any], namespace: str) -> bool:
        """Without a selector of namespaces a peer is in the policy's own."""
        selector = described.get("namespaceSelector")
        if selector is None:
            return bool(namespace == policy.manifest["metadata"]["namespace"])
        return covers(selector, {NAMESPACE_NAME: namespace, **self._namespaces.get(namespace, {})})


def block(described: Mapping[str, Any]) -> AddressSet:
    """The IPv4 addresses of an ipBlock."""
    found = _range(described["cidr"])
    for left_out in described.get("except") or ():
        found -= _range(left_out)
    return found


def _range(cidr: str) -> AddressSet:
    network = ip_network(cidr, strict=False)
    if not isinstance(network, IPv4Network):
        return NOTHING
    # Public addresses that nobody knows yet are somewhere on the internet.
    return address_sets.EVERYTHING if network.prefixlen == 0 else address_sets.of(network)


def _types(policy: KubernetesObject) -> Iterator[str]:
    """Where it does not say: Ingress, and Egress where it has rules for it."""
    spec = _spec(policy)
    if said := spec.get("policyTypes"):
        yield from said
    else:
        yield "Ingress"
        if spec.get("egress"):
            yield "Egress"


def _is_port(described: Mapping[str, Any], listening: Pod | None, port: int, protocol: str) -> bool:
    """A name is what the containers of the pod that is called give it; nothing else has names."""
    if (described.get("protocol") or "TCP") != protocol:
        return False
    said = described.get("port")
    if said is None:
        return True
    if isinstance(said, str) and not said.isdigit():
        return listening is not None and listening.ports.get((said, protocol)) == port
    return int(said) <= port <= int(described.get("endPort") or said)


def _closeness(direction: Direction, policy: KubernetesObject) -> tuple[bool, bool, str]:
    """What is about the pod itself comes first, then what denies everything."""
    spec = _spec(policy)
    return not spec.get("podSelector"), bool(spec.get(direction.lower())), policy.name


def _spec(policy: KubernetesObject) -> Mapping[str, Any]:
    spec: Mapping[str, Any] = policy.manifest.get("spec") or {}
    return spec


def _arrow(direction: Direction, peer: Peer, port: int, protocol: str) -> str:
    said = f"pods of {peer.pod}" if peer.pod else str(peer.addresses)
    number = f"{port}" if protocol == "TCP" else f"{port} ({protocol})"
    return f"to {said}:{number}" if direction == "Egress" else f"from {said} to {number}"
