"""The inputs that Check refuses, as the official plugin does, and those that it leaves to Azure."""

from pathlib import Path
from typing import Any

import httpx
import pytest
from pulumi.runtime.proto import provider_pb2 as rpc

from mesh.lab.providers.azure_native.provider import AzureNative
from mesh.lab.providers.azure_native.requests import Requests
from mesh.lab.providers.properties import UNKNOWN, message

RULE = {
    "resourceGroupName": "shop",
    "networkSecurityGroupName": "apps",
    "securityRuleName": "https",
    "access": "Allow",
    "direction": "Inbound",
    "protocol": "Tcp",
    "priority": 200,
}
CLUSTER = {"resourceGroupName": "shop", "resourceName": "east", "location": "westeurope"}


@pytest.fixture
def plugin(tmp_path: Path) -> AzureNative:
    return AzureNative(Requests(httpx.Client()))


def failures(plugin: AzureNative, token: str, inputs: dict[str, Any]) -> list[tuple[str, str]]:
    urn = f"urn:pulumi:lab::hybrid-mesh::azure-native:{token}::name"
    answer = plugin.Check(rpc.CheckRequest(urn=urn, news=message(inputs)), None)
    return [(failure.property, failure.reason) for failure in answer.failures]


CHECKED = [
    ("network:SecurityRule", RULE, {"access": None}, "access", "missing required property 'access'"),
    (
        *("network:SecurityRule", RULE, {"priority": "high"}, "priority"),
        "'priority' should be of type 'integer' but got a string",
    ),
    ("network:SecurityRule", RULE, {"priority": 200.5}, "priority", "'priority' must be an integer but got 200.500000"),
    (
        *("network:SecurityRule", RULE, {"sourceAddressPrefix": ["10.0.0.0/8"]}, "sourceAddressPrefix"),
        "'sourceAddressPrefix' should be of type 'string' but got an array",
    ),
    (
        *("network:SecurityRule", RULE, {"sourcePortRanges": "443"}, "sourcePortRanges"),
        "'sourcePortRanges' should be of type 'array' but got a string",
    ),
    (
        *("containerservice:ManagedCluster", CLUSTER, {"agentPoolProfiles": [{"count": 3}]}, "agentPoolProfiles"),
        "missing required property 'agentPoolProfiles[0].name'",
    ),
    (
        *("containerservice:ManagedCluster", CLUSTER, {"networkProfile": {"podCidr": 10}}, "networkProfile"),
        "'networkProfile.podCidr' should be of type 'string' but got a number",
    ),
]


@pytest.mark.parametrize(("token", "inputs", "change", "name", "reason"), CHECKED, ids=[case[4] for case in CHECKED])
def test_check_refuses_what_the_official_plugin_refuses(
    plugin: AzureNative, token: str, inputs: dict[str, Any], change: dict[str, Any], name: str, reason: str
) -> None:
    assert failures(plugin, token, inputs) == []
    assert failures(plugin, token, {**inputs, **change}) == [(name, reason)]


@pytest.mark.parametrize("change", [{"tiers": "x"}, {"access": "Sometimes"}, {"access": True}, {"priority": UNKNOWN}])
def test_check_leaves_to_azure_what_the_official_plugin_leaves(plugin: AzureNative, change: dict[str, Any]) -> None:
    assert failures(plugin, "network:SecurityRule", {**RULE, **change}) == []


def test_all_that_is_wrong_is_told_at_once(plugin: AzureNative) -> None:
    wrong = {**RULE, "access": None, "priority": "high", "securityRuleName": None}

    assert [name for name, _ in failures(plugin, "network:SecurityRule", wrong)] == [
        "securityRuleName",
        "access",
        "priority",
    ]
