"""A table of NetworkPolicies and who gets through, written down from the API's documentation: 9 peers for each line.

https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from ipaddress import IPv4Address
from typing import Any, Literal

import pytest

from mesh.access.azure import address_sets
from mesh.access.kubernetes.network_policies import NetworkPolicies, Peer, Pod
from mesh.plan.resources import KubernetesObject

NAMESPACES = {"x": {"ns": "x", "team": "red"}, "y": {"ns": "y", "team": "blue"}, "z": {"ns": "z"}}
PEERS = [f"{namespace}/{label}" for namespace in "xyz" for label in "abc"]
"""`x/a` is in namespace x, has the label pod=a and the address 10.244.1.1; `z/c` has 10.244.3.3."""
NONE, ALL, OPEN = "XXX XXX XXX", "... ... ...", "--- --- ---"
"""`.` is let through, `X` is refused, `-` has no policy about it."""


def pods(**labels: str) -> dict[str, Any]:
    return {"podSelector": {"matchLabels": labels} if labels else {}}


def namespaces(**labels: str) -> dict[str, Any]:
    return {"namespaceSelector": {"matchLabels": labels} if labels else {}}


def asking(of: str, key: str, operator: str, *values: str) -> dict[str, Any]:
    return {of: {"matchExpressions": [{"key": key, "operator": operator, **({"values": [*values]} if values else {})}]}}


def block(cidr: str, *left_out: str) -> dict[str, Any]:
    return {"ipBlock": {"cidr": cidr, **({"except": [*left_out]} if left_out else {})}}


def tcp(port: int | str, **more: Any) -> dict[str, Any]:
    return {"protocol": "TCP", "port": port, **more}


INGRESS: tuple[tuple[str, list[dict[str, Any]], int, str], ...] = (
    ("no rule", [], 80, NONE),
    ("an empty rule", [{}], 80, ALL),
    ("an empty list of peers", [{"from": []}], 80, ALL),
    ("all pods of the own namespace", [{"from": [pods()]}], 80, "... XXX XXX"),
    ("some pods of the own namespace", [{"from": [pods(pod="b")]}], 80, "X.X XXX XXX"),
    ("pods with a label that none has", [{"from": [pods(pod="b", tier="web")]}], 80, NONE),
    ("all namespaces", [{"from": [namespaces()]}], 80, ALL),
    ("a namespace", [{"from": [namespaces(ns="y")]}], 80, "XXX ... XXX"),
    ("a namespace by its own name", [{"from": [namespaces(**{"kubernetes.io/metadata.name": "z"})]}], 80,
        "XXX XXX ..."),
    ("pods and namespace in one peer", [{"from": [{**namespaces(ns="y"), **pods(pod="a")}]}], 80, "XXX .XX XXX"),
    ("pods and namespace in two peers", [{"from": [namespaces(ns="y"), pods(pod="b")]}], 80, "X.X ... XXX"),
    ("some pods of every namespace", [{"from": [{**namespaces(), **pods(pod="c")}]}], 80, "XX. XX. XX."),
    ("namespaces not in a list", [{"from": [asking("namespaceSelector", "ns", "NotIn", "x")]}], 80, "XXX ... ..."),
    ("namespaces in a list", [{"from": [asking("namespaceSelector", "ns", "In", "x", "z")]}], 80, "... XXX ..."),
    ("namespaces that have a label", [{"from": [asking("namespaceSelector", "team", "Exists")]}], 80, "... ... XXX"),
    ("namespaces that lack a label", [{"from": [asking("namespaceSelector", "team", "DoesNotExist")]}], 80,
        "XXX XXX ..."),
    ("a label that is missing is not in a list", [{"from": [asking("namespaceSelector", "team", "NotIn", "red")]}], 80,
        "XXX ... ..."),
    ("pods in a list", [{"from": [asking("podSelector", "pod", "In", "a", "c")]}], 80, ".X. XXX XXX"),
    ("pods not in a list", [{"from": [{**namespaces(), **asking("podSelector", "pod", "NotIn", "b")}]}], 80,
        ".X. .X. .X."),
    ("addresses", [{"from": [block("10.244.2.0/24")]}], 80, "XXX ... XXX"),
    ("addresses with a hole", [{"from": [block("10.244.0.0/16", "10.244.1.0/24")]}], 80, "XXX ... ..."),
    ("addresses without one", [{"from": [block("10.244.1.0/24", "10.244.1.2/32")]}], 80, ".X. XXX XXX"),
    ("every address", [{"from": [block("0.0.0.0/0")]}], 80, ALL),
    ("IPv6 addresses", [{"from": [block("fd00::/8")]}], 80, NONE),
    ("a port for all", [{"ports": [tcp(80)]}], 80, ALL),
    ("another port for all", [{"ports": [tcp(80)]}], 81, NONE),
    ("a range of ports: its first", [{"ports": [tcp(79, endPort=81)]}], 79, ALL),
    ("a range of ports: its last", [{"ports": [tcp(79, endPort=81)]}], 81, ALL),
    ("a range of ports: beyond", [{"ports": [tcp(79, endPort=81)]}], 82, NONE),
    ("a port by its name", [{"ports": [tcp("web")]}], 80, ALL),
    ("a name that the pod does not have", [{"ports": [tcp("admin")]}], 80, NONE),
    ("a protocol that is another", [{"ports": [{"protocol": "UDP", "port": 80}]}], 80, NONE),
    ("a protocol that is not said", [{"ports": [{"port": 80}]}], 80, ALL),
    ("a protocol at every port", [{"ports": [{"protocol": "TCP"}]}], 4321, ALL),
    ("peers at a port", [{"from": [pods(pod="b")], "ports": [tcp(80)]}], 80, "X.X XXX XXX"),
    ("peers at another port", [{"from": [pods(pod="b")], "ports": [tcp(80)]}], 81, NONE),
    ("two rules add up", [{"from": [pods(pod="b")]}, {"from": [namespaces(ns="z")]}], 80, "X.X XXX ..."),
    ("each rule has its own ports: the first", [{"from": [pods(pod="b")], "ports": [tcp(81)]},
        {"from": [namespaces(ns="y")], "ports": [tcp(80)]}], 81, "X.X XXX XXX"),
    ("each rule has its own ports: the second", [{"from": [pods(pod="b")], "ports": [tcp(81)]},
        {"from": [namespaces(ns="y")], "ports": [tcp(80)]}], 80, "XXX ... XXX"),
)  # fmt: skip
EGRESS: tuple[tuple[str, list[dict[str, Any]], int, str], ...] = (
    ("no rule", [], 80, NONE),
    ("an empty rule", [{}], 80, ALL),
    ("pods of the own namespace", [{"to": [pods(pod="b")]}], 80, "X.X XXX XXX"),
    ("a namespace", [{"to": [namespaces(ns="z")]}], 80, "XXX XXX ..."),
    ("addresses with a hole", [{"to": [block("10.244.0.0/16", "10.244.2.0/24")]}], 80, "... XXX ..."),
    ("a port by the name that the other pod gives it", [{"to": [namespaces()], "ports": [tcp("web")]}], 80, ALL),
    ("another port", [{"to": [namespaces()], "ports": [tcp(443)]}], 80, NONE),
)


def outcomes(spec: dict[str, Any], direction: Literal["Ingress", "Egress"], port: int, of: str = "x/a") -> str:
    manifest = {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": {"name": "some", "namespace": "x"},
        "spec": {"podSelector": {"matchLabels": {"pod": "a"}}, **spec},
    }
    policies = NetworkPolicies([KubernetesObject("east/x/NetworkPolicy/some", "east", manifest)], NAMESPACES)
    marks = {None: "-", "passes": ".", "stops": "X", "partly": "~"}
    found = ""
    for name in PEERS:
        decision = policies.decide(direction, pod(of), Peer(address(name), pod(name)), port)
        found += marks[decision and decision.outcome]
    return f"{found[:3]} {found[3:6]} {found[6:]}"


def pod(name: str) -> Pod:
    namespace, _, label = name.partition("/")
    return Pod(namespace, {"pod": label}, {("web", "TCP"): 80})


def address(name: str) -> address_sets.AddressSet:
    namespace, _, label = name.partition("/")
    return address_sets.of(IPv4Address(f"10.244.{'xyz'.index(namespace) + 1}.{'abc'.index(label) + 1}"))


def test_the_table_has_hundreds_of_cases() -> None:
    assert (len(INGRESS) + len(EGRESS)) * len(PEERS) == 414


@pytest.mark.parametrize(("rules", "port", "expected"), [row[1:] for row in INGRESS], ids=[row[0] for row in INGRESS])
def test_ingress(rules: list[dict[str, Any]], port: int, expected: str) -> None:
    assert outcomes({"policyTypes": ["Ingress"], "ingress": rules}, "Ingress", port) == expected


@pytest.mark.parametrize(("rules", "port", "expected"), [row[1:] for row in EGRESS], ids=[row[0] for row in EGRESS])
def test_egress(rules: list[dict[str, Any]], port: int, expected: str) -> None:
    assert outcomes({"policyTypes": ["Egress"], "egress": rules}, "Egress", port) == expected


@pytest.mark.parametrize(
    ("spec", "ingress", "egress"),
    [
        ({}, NONE, OPEN),
        ({"ingress": [{}]}, ALL, OPEN),
        ({"egress": [{}]}, NONE, ALL),
        ({"egress": []}, NONE, OPEN),
        ({"policyTypes": ["Egress"]}, OPEN, NONE),
        ({"policyTypes": ["Ingress", "Egress"]}, NONE, NONE),
        ({"policyTypes": ["Ingress"], "egress": [{}]}, NONE, OPEN),
    ],
    ids=str,
)
def test_the_directions_that_a_policy_is_about(spec: dict[str, Any], ingress: str, egress: str) -> None:
    assert (outcomes(spec, "Ingress", 80), outcomes(spec, "Egress", 80)) == (ingress, egress)


def test_a_pod_that_is_not_selected_is_open() -> None:
    assert outcomes({"policyTypes": ["Ingress", "Egress"]}, "Ingress", 80, of="x/b") == OPEN
    assert outcomes({"policyTypes": ["Ingress", "Egress"]}, "Ingress", 80, of="y/a") == OPEN
