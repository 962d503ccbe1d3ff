"""The evaluator against slow and simple readings of the same rules, on draws that collide.

100,000 answers by default; SECOND_OPINIONS asks for another number (`make check-access` for a million).
"""

import os
from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv4Network, ip_address
from itertools import product
from random import Random
from typing import Any

import drawn_policies
import drawn_rules
import naive_authorization
import naive_security_groups
import yaml

from mesh.access.attempts import Request
from mesh.access.azure import address_sets, security_groups
from mesh.access.azure.security_groups import Decision, Packet, SecurityGroup
from mesh.access.azure.security_rules import Direction, Extent, Scope
from mesh.access.istio.authorization import Call, Policies, Source
from mesh.access.istio.meshes import Mesh, Settings
from mesh.plan.resources import AzureResource, KubernetesObject

ANSWERS = int(os.environ.get("SECOND_OPINIONS", "100000"))
GROUP_ID = "/subscriptions/s/resourceGroups/shop/providers/Microsoft.Network/networkSecurityGroups/east-nodes"
CALLS = 50
"""Of each set of policies, and each workload that it may apply to."""


def test_policies_decide_on_calls_as_their_documentation_reads(record_property: Any) -> None:
    random, asked, allowed = Random(1), 0, 0
    while asked < ANSWERS // 2:
        policies = drawn_policies.policies(random)
        for policy in policies:
            policy["name"] = f"east/{policy['metadata']['namespace']}/AuthorizationPolicy/{policy['metadata']['name']}"
        mesh = {
            "trust_domains": random.choice(drawn_policies.TRUST_DOMAINS),
            "normalization": random.choice(drawn_policies.NORMALIZATIONS),
            "root_namespace": drawn_policies.ROOT,
        }
        judged = Policies(_mesh(policies, mesh), providers_refuse=True)
        workload = {"namespace": random.choice(("shop", "finance")), "labels": random.choice(drawn_policies.LABELS)}
        applied = judged.applying_to(workload["namespace"], workload["labels"])
        for _ in range(CALLS):
            call = drawn_policies.call(random)
            expected, rules = naive_authorization.decision(policies, workload, call, mesh)
            found = applied.decide(_call(call))
            assert (found.allowed, not rules or found.by in rules) == (expected, True), _case(
                policies, workload, call, mesh, found, expected, rules
            )
            asked += 1
            allowed += expected
    assert asked / 4 < allowed < asked * 3 / 4, "draws in which one answer is rare test little"
    record_property("second_opinions", asked)


def test_security_groups_decide_on_flows_as_their_documentation_reads(record_property: Any) -> None:
    random, asked, allowed = Random(2), 0, 0
    while asked < ANSWERS // 2:
        rules, virtual_network, answers = _flows(random, unknown=False)
        for direction, flow, found in answers:
            expected = naive_security_groups.decision(rules, direction, flow, virtual_network)
            assert found == [expected], _case(rules, virtual_network, direction, flow, found, expected)
            asked += 1
            allowed += expected[1] == "Allow"
    assert asked / 4 < allowed < asked * 3 / 4, "draws in which one answer is rare test little"
    record_property("second_opinions", asked)


def test_what_depends_on_unknown_addresses_and_ports_is_said_to_be_unknown(record_property: Any) -> None:
    random, asked, unknown = Random(3), 0, 0
    while asked < ANSWERS // 10:
        rules, virtual_network, answers = _flows(random, unknown=True)
        for direction, flow, found in answers:
            assert len(found) == 1, _case(rules, virtual_network, direction, flow, found)
            source_ports = drawn_rules.CLIENT_PORTS if flow["source_port"] is None else (flow["source_port"],)
            readings = {
                naive_security_groups.decision(
                    rules, direction, {**flow, "unknown": belongs, "source_port": port}, virtual_network
                )[1]
                for belongs, port in product((False, True), source_ports)
            }
            access = found[0][1]
            assert access == "Unknown" or readings == {access}, _case(rules, virtual_network, direction, flow, found)
            asked += 1
            unknown += access == "Unknown"
    assert asked / 100 < unknown < asked / 2
    record_property("second_opinions", asked)


def _flows(random: Random, *, unknown: bool) -> tuple[list[Any], list[str], Iterator[tuple[str, Any, Any]]]:
    """Rules, what the tag VirtualNetwork covers, and of single flows the direction, the flow and what is decided."""
    rules = drawn_rules.rules(random, unknown=unknown)
    virtual_network = random.choice(drawn_rules.VIRTUAL_NETWORKS)
    return rules, virtual_network, _answers(random, rules, virtual_network, unknown=unknown)


def _answers(
    random: Random, rules: list[Any], virtual_network: list[str], *, unknown: bool
) -> Iterator[tuple[str, Any, Any]]:
    group, (scope, members) = _group(rules), _scope(random, virtual_network)
    directions: tuple[Direction, ...] = ("Inbound", "Outbound")
    for packet, direction in product([drawn_rules.packet(random, unknown=unknown) for _ in range(10)], directions):
        decided = group.decide(direction, Packet(**packet), scope)
        for source, destination in product(packet["source"], packet["destination"]):
            ends = {"source": str(source), "destination": str(destination)}
            groups = {"source_groups": members(source), "destination_groups": members(destination)}
            flow = {**packet, **ends, **groups, "unknown": False}
            yield direction, flow, _of_flow(decided, source, destination)


def _group(rules: list[Any]) -> SecurityGroup:
    resource = AzureResource(
        "nsg/east/nodes",
        "azure-native:network:NetworkSecurityGroup",
        GROUP_ID,
        {"securityRules": rules},
        "network/east",
    )
    return security_groups.groups([resource])[GROUP_ID.lower()]


def _scope(random: Random, virtual_network: list[str]) -> tuple[Scope, Callable[[IPv4Address], list[str]]]:
    """What tags and groups cover, and the groups of an address."""
    members = {name: IPv4Network(random.choice(drawn_rules.ENDS[:6])) for name in drawn_rules.GROUPS}
    prefixes = [*virtual_network, f"{naive_security_groups.PROBES}/32"]
    scope = Scope(
        Extent.exactly(address_sets.networks(*prefixes)),
        {name.lower(): Extent.exactly(address_sets.of(network)) for name, network in members.items()},
    )
    return scope, lambda address: [name for name, network in members.items() if address in network]


def _of_flow(decided: tuple[Decision, ...], *ends: IPv4Address) -> list[tuple[str, str]]:
    """Of each decision that is about a flow; there is to be exactly one."""
    return [
        (decision.rule, decision.access)
        for decision in decided
        if all(
            any(first <= int(end) <= last for first, last in addresses.ranges)
            for end, addresses in zip(ends, (decision.source, decision.destination), strict=True)
        )
    ]


def _mesh(policies: list[Any], mesh: Any) -> Mesh:
    domain, *aliases = mesh["trust_domains"]
    settings = Settings(
        trust_domain=domain,
        trust_domain_aliases=tuple(aliases),
        root_namespace=mesh["root_namespace"],
        normalization=mesh["normalization"],
    )
    return Mesh(
        "east",
        settings,
        tuple(
            KubernetesObject(policy["name"], "east", {key: policy[key] for key in policy if key != "name"})
            for policy in policies
        ),
    )


def _call(call: Any) -> Call:
    claims = call["claims"]
    source = Source(
        principal=call["principal"],
        address=ip_address(call["source.ip"]),
        remote_address=ip_address(call["remote.ip"]),
        request_principal=f"{claims['iss']}/{claims['sub']}" if claims else None,
        claims=claims,
    )
    return Call(
        source,
        call["port"],
        request=Request(**call["request"]) if call["request"] else None,
        sni=call["sni"],
        destination_address=ip_address(call["destination.ip"]),
    )


def _case(drawn: list[Any], *asked: Any) -> str:
    return "\n".join(["", yaml.safe_dump_all(drawn, sort_keys=False), *map(str, asked)])
