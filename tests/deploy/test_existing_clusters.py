"""Clusters of others: what they lack is said with its fix, and a cluster as declared lacks nothing."""

from pathlib import Path
from typing import Any

import pytest

from mesh.deploy import existing_clusters
from mesh.files import stacks
from mesh.render import plan

CASE = Path(__file__).parents[1] / "cases" / "clusters" / "existing-cluster" / "stack.yaml"
DECLARED = next(item for item in plan(stacks.environment(CASE)).azure if item.name == "cluster/corp").properties
SUBNET = (
    "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/rg-net/providers/Microsoft.Network/"
    "virtualNetworks/vnet-corp/subnets/snet-aks"
)
FOUND: dict[str, Any] = {
    "networkProfile": {
        "networkPlugin": "azure",
        "networkPluginMode": "overlay",
        "podCidr": "10.200.0.0/16",
        "serviceCidr": "172.20.0.0/16",
    },
    "agentPoolProfiles": [{"name": "np1", "vnetSubnetID": SUBNET}],
    "oidcIssuerProfile": {"enabled": True},
    "securityProfile": {"workloadIdentity": {"enabled": True}},
    "addonProfiles": {"azureKeyvaultSecretsProvider": {"enabled": True}},
}


def test_a_cluster_as_declared_lacks_nothing() -> None:
    assert existing_clusters.lacking(DECLARED, FOUND) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"serviceMeshProfile": {"mode": "Istio"}}, "AKS's own Istio add-on is on"),
        (
            {"networkProfile": {**FOUND["networkProfile"], "networkPluginMode": None}},
            "its pods have their addresses by",
        ),
        ({"networkProfile": {**FOUND["networkProfile"], "podCidr": "10.9.0.0/16"}}, "Write pod_cidr: 10.9.0.0/16"),
        ({"networkProfile": {**FOUND["networkProfile"], "serviceCidr": "10.9.0.0/16"}}, "its service_cidr is 10.9.0.0"),
        ({"agentPoolProfiles": [{"name": "np1"}]}, "it has nodes in a network that AKS made"),
        ({"apiServerAccessProfile": {"enablePrivateCluster": True}}, "its API server is private. Write private: true"),
        ({"oidcIssuerProfile": {"enabled": False}}, "it has no OIDC issuer"),
        ({"securityProfile": {}}, "it has no workload identity"),
        ({"addonProfiles": {}}, "its add-on azureKeyvaultSecretsProvider is off"),
    ],
)
def test_each_lack_is_said(changed: dict[str, Any], said: str) -> None:
    (only,) = existing_clusters.lacking(DECLARED, {**FOUND, **changed})

    assert said in only
