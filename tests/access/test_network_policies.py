"""NetworkPolicies of any kind, as the API describes them: who is isolated, which rules are about whom, which ports."""

from ipaddress import IPv4Network
from typing import Any

import pytest

from mesh.access.azure import address_sets
from mesh.access.kubernetes.network_policies import Decision, NetworkPolicies, Peer, Pod
from mesh.plan.resources import KubernetesObject

NAMESPACES = {"x": {"ns": "x", "team": "red"}, "y": {"ns": "y"}, "z": {"ns": "z", "team": "red"}}
PORTS = {("serve-80-tcp", "TCP"): 80, ("serve-81-udp", "UDP"): 81}


def policy(spec: dict[str, Any], namespace: str = "x", name: str = "some") -> KubernetesObject:
    manifest = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": name, "namespace": namespace},
        "spec": spec,
    }
    return KubernetesObject(f"east/{namespace}/NetworkPolicy/{name}", "east", manifest)


def pod(name: str) -> Pod:
    """`x/a` has the labels pod=a in namespace x."""
    namespace, _, label = name.partition("/")
    return Pod(namespace, {"pod": label}, PORTS)


def peer(name: str) -> Peer:
    """A pod, or an address; `node/` before that of a node."""
    address = {"x/a": "10.244.1.2", "x/b": "10.244.1.3", "y/b": "10.244.2.3", "z/c": "10.244.3.4"}.get(name)
    said = name.removeprefix("node/")
    return Peer(_addresses(address or said), pod(name) if address else None, node=said != name)


def _addresses(text: str) -> address_sets.AddressSet:
    return address_sets.of(IPv4Network(text))


def let(
    specs: list[dict[str, Any]], direction: str, of: str, other: str, port: int = 80, protocol: str = "TCP"
) -> str | None:
    decision = decided(specs, direction, of, other, port, protocol)
    return decision and decision.outcome


def decided(
    specs: list[dict[str, Any]], direction: str, of: str, other: str, port: int = 80, protocol: str = "TCP"
) -> Decision | None:
    policies = [policy(spec, name=f"number-{number}") for number, spec in enumerate(specs)]
    assert direction in ("Ingress", "Egress")
    return NetworkPolicies(policies, NAMESPACES).decide(direction, pod(of), peer(other), port, protocol)  # type: ignore[arg-type]


ALL: dict[str, Any] = {"podSelector": {}}
A_ONLY = {"podSelector": {"matchLabels": {"pod": "a"}}}


def test_a_pod_that_no_policy_selects_lets_everything_pass() -> None:
    assert let([A_ONLY], "Ingress", "x/b", "y/b") is None
    assert let([ALL], "Ingress", "y/b", "x/a") is None, "a policy is about its own namespace"


@pytest.mark.parametrize(
    ("spec", "ingress", "egress"),
    [
        ({}, "stops", None),
        ({"egress": []}, "stops", None),
        ({"egress": [{}]}, "stops", "passes"),
        ({"ingress": [{}]}, "passes", None),
        ({"policyTypes": ["Egress"]}, None, "stops"),
        ({"policyTypes": ["Egress"], "ingress": []}, None, "stops"),
        ({"policyTypes": ["Ingress"], "egress": [{}]}, "stops", None),
        ({"policyTypes": ["Ingress", "Egress"]}, "stops", "stops"),
        ({"policyTypes": [], "egress": [{}]}, "stops", "passes"),
    ],
)
def test_which_directions_a_policy_is_about(spec: dict[str, Any], ingress: str | None, egress: str | None) -> None:
    assert let([{**ALL, **spec}], "Ingress", "x/a", "y/b") == ingress
    assert let([{**ALL, **spec}], "Egress", "x/a", "y/b") == egress


@pytest.mark.parametrize(
    ("selector", "selected"),
    [
        ({}, "a b"),
        ({"matchLabels": {"pod": "a"}}, "a"),
        ({"matchLabels": {"pod": "a", "other": "1"}}, ""),
        ({"matchExpressions": [{"key": "pod", "operator": "In", "values": ["a", "b"]}]}, "a b"),
        ({"matchExpressions": [{"key": "pod", "operator": "NotIn", "values": ["a"]}]}, "b"),
        ({"matchExpressions": [{"key": "other", "operator": "NotIn", "values": ["a"]}]}, "a b"),
        ({"matchExpressions": [{"key": "pod", "operator": "Exists"}]}, "a b"),
        ({"matchExpressions": [{"key": "other", "operator": "Exists"}]}, ""),
        ({"matchExpressions": [{"key": "pod", "operator": "DoesNotExist"}]}, ""),
        ({"matchExpressions": [{"key": "other", "operator": "DoesNotExist"}]}, "a b"),
        (
            {"matchLabels": {"pod": "a"}, "matchExpressions": [{"key": "pod", "operator": "NotIn", "values": ["a"]}]},
            "",
        ),
    ],
)
def test_which_pods_a_policy_selects(selector: dict[str, Any], selected: str) -> None:
    found = [name for name in ("a", "b") if let([{"podSelector": selector}], "Ingress", f"x/{name}", "y/b") == "stops"]

    assert " ".join(found) == selected


@pytest.mark.parametrize(
    ("described", "others"),
    [
        ([], "x/b y/b z/c 10.30.0.20"),
        ([{"podSelector": {}}], "x/b"),
        ([{"podSelector": {"matchLabels": {"pod": "c"}}}], ""),
        ([{"namespaceSelector": {}}], "x/b y/b z/c"),
        ([{"namespaceSelector": {"matchLabels": {"team": "red"}}}], "x/b z/c"),
        ([{"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "y"}}}], "y/b"),
        (
            [{"namespaceSelector": {"matchLabels": {"team": "red"}}, "podSelector": {"matchLabels": {"pod": "b"}}}],
            "x/b",
        ),
        (
            [{"namespaceSelector": {"matchLabels": {"team": "red"}}}, {"podSelector": {"matchLabels": {"pod": "a"}}}],
            "x/b z/c",
        ),
        ([{"ipBlock": {"cidr": "0.0.0.0/0"}}], "x/b y/b z/c 10.30.0.20"),
        ([{"ipBlock": {"cidr": "10.30.0.0/16"}}], "10.30.0.20"),
        ([{"ipBlock": {"cidr": "10.30.0.0/16", "except": ["10.30.0.16/28"]}}], ""),
        ([{"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.244.0.0/16"]}}], "10.30.0.20"),
        ([{"ipBlock": {"cidr": "2001:db8::/32"}}], ""),
    ],
)
@pytest.mark.parametrize("direction", ["Ingress", "Egress"])
def test_which_peers_a_rule_is_about(described: list[dict[str, Any]], others: str, direction: str) -> None:
    rule = {"from" if direction == "Ingress" else "to": described}
    spec = {**ALL, "policyTypes": [direction], direction.lower(): [rule]}
    known = ("x/b", "y/b", "z/c", "10.30.0.20")

    assert " ".join(name for name in known if let([spec], direction, "x/a", name) == "passes") == others


@pytest.mark.parametrize(
    ("ports", "open_"),
    [
        ([], {(79, "TCP"), (80, "TCP"), (81, "TCP"), (80, "UDP"), (81, "UDP")}),
        ([{"port": 80}], {(80, "TCP")}),
        ([{"port": 80, "protocol": "UDP"}], {(80, "UDP")}),
        ([{"protocol": "UDP"}], {(80, "UDP"), (81, "UDP")}),
        ([{"port": 79, "endPort": 80}], {(79, "TCP"), (80, "TCP")}),
        ([{"port": "serve-80-tcp"}], {(80, "TCP")}),
        ([{"port": "serve-80-tcp", "protocol": "UDP"}], set()),
        ([{"port": "serve-81-udp", "protocol": "UDP"}], {(81, "UDP")}),
        ([{"port": "nobody"}], set()),
        ([{"port": 80}, {"port": 81, "protocol": "UDP"}], {(80, "TCP"), (81, "UDP")}),
    ],
)
@pytest.mark.parametrize("direction", ["Ingress", "Egress"])
def test_which_ports_a_rule_is_about(ports: list[dict[str, Any]], open_: set[tuple[int, str]], direction: str) -> None:
    spec = {**ALL, "policyTypes": [direction], direction.lower(): [{"ports": ports}]}
    known = [(79, "TCP"), (80, "TCP"), (81, "TCP"), (80, "UDP"), (81, "UDP")]

    assert {one for one in known if let([spec], direction, "x/a", "y/b", *one) == "passes"} == open_


def test_an_address_has_no_port_names() -> None:
    spec = {**ALL, "policyTypes": ["Egress"], "egress": [{"ports": [{"port": "serve-80-tcp"}]}]}

    assert let([spec], "Egress", "x/a", "10.30.0.20") == "stops"


def test_policies_add_up() -> None:
    deny, some = {**ALL, "policyTypes": ["Ingress"]}, {**A_ONLY, "ingress": [{"from": [{"podSelector": {}}]}]}

    assert let([deny, some], "Ingress", "x/a", "x/b") == "passes"
    assert let([deny, some], "Ingress", "x/a", "y/b") == "stops"
    assert let([deny, some], "Ingress", "x/b", "x/a") == "stops"


def test_of_a_range_a_block_may_cover_a_part() -> None:
    spec = {**ALL, "policyTypes": ["Egress"], "egress": [{"to": [{"ipBlock": {"cidr": "10.30.0.0/25"}}]}]}

    assert let([spec], "Egress", "x/a", "10.30.0.0/24") == "partly"
    both = {**spec, "egress": [*spec["egress"], {"to": [{"ipBlock": {"cidr": "10.30.0.128/25"}}]}]}
    assert let([both], "Egress", "x/a", "10.30.0.0/24") == "passes"


def test_blocks_of_cilium_are_about_neither_pods_nor_nodes() -> None:
    spec = {**ALL, "policyTypes": ["Egress"], "egress": [{"to": [{"ipBlock": {"cidr": "10.0.0.0/8"}}]}]}
    cilium = NetworkPolicies([policy(spec)], NAMESPACES, blocks_cover_pods=False)
    found = {}
    for name in ("x/b", "node/10.10.0.4", "10.30.0.20"):
        decision = cilium.decide("Egress", pod("x/a"), peer(name), 80)
        assert decision is not None
        found[name] = decision.outcome

    assert found == {"x/b": "stops", "node/10.10.0.4": "stops", "10.30.0.20": "passes"}


def test_what_decides_is_named() -> None:
    deny = {**ALL, "policyTypes": ["Egress"]}
    own = {**A_ONLY, "policyTypes": ["Egress"], "egress": [{"to": [{"podSelector": {}}], "ports": [{"port": 80}]}]}
    passing, stopping, stranger = (
        decided([deny, own], "Egress", of, other) for of, other in (("x/a", "x/b"), ("x/a", "y/b"), ("x/b", "y/b"))
    )

    assert passing == Decision(
        "passes",
        "east/x/NetworkPolicy/number-1: egress rule 1",
        "to pods of x (pod=b):80 is let through by east/x/NetworkPolicy/number-1: egress rule 1",
    )
    assert stopping == Decision(
        "stops",
        "east/x/NetworkPolicy/number-1",
        "to pods of y (pod=b):80 is let through by no rule of east/x/NetworkPolicy/number-1, "
        "east/x/NetworkPolicy/number-0",
    )
    assert stranger is not None
    assert stranger.by == "east/x/NetworkPolicy/number-0"
