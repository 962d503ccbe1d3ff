"""The longest names that a stack file may give, in everything that is made of them."""

import pytest
from environments import declared, problems, resolved

from mesh.plan import Plan
from mesh.render import plan

AZURE_LIMITS = {
    "azure-native:compute:VirtualMachine": 64,
    "azure-native:containerservice:AgentPool": 12,
    "azure-native:containerservice:ManagedCluster": 63,
    "azure-native:managedidentity:FederatedIdentityCredential": 120,
    "azure-native:managedidentity:UserAssignedIdentity": 128,
    "azure-native:network:NatGateway": 80,
    "azure-native:network:NetworkInterface": 80,
    "azure-native:network:NetworkSecurityGroup": 80,
    "azure-native:network:PublicIPAddress": 80,
    "azure-native:network:Subnet": 63,
    "azure-native:network:VirtualNetwork": 63,
    "azure-native:network:VirtualNetworkPeering": 80,
    "azure-native:resources:ResourceGroup": 63,
}
"""Subnet, network and group are AKS's: it copies them into node labels."""


NETWORK, REMOTE, CLUSTER, MACHINE, OTHER, GATEWAY, SECOND = (letter * 25 for letter in "nrcmogs")
CALLER, CALLEE, CERTIFICATE = (letter * 40 for letter in "abt")
VAULT = {"vault": "v" * 24, "resource_group": "g" * 90, "certificate": "c" * 127, "authority": "a" * 127}


def longest() -> Plan:
    sound = declared()
    machine = {"network": REMOTE, "size": "Standard_D2s_v5"}
    requests = [{"paths": ["/*"]}]
    return plan(
        resolved(
            {
                "location": sound["location"],
                "istio": sound["istio"],
                "ssh_key": sound["ssh_key"],
                "networks": {
                    NETWORK: {"space": "10.10.0.0/16", "peers": [REMOTE]},
                    REMOTE: {"space": "10.20.0.0/16"},
                },
                "clusters": {
                    CLUSTER: {
                        "network": NETWORK,
                        "kubernetes": "1.34",
                        "pools": {"system": {"size": "Standard_D4s_v5", "nodes": 3}},
                        "ingress": {
                            GATEWAY: {
                                "hosts": ["shop.example.com"],
                                "allow_from": ["0.0.0.0/0"],
                                "tls": {"certificate": CERTIFICATE},
                            },
                            SECOND: {
                                "hosts": ["office.example.com"],
                                "allow_from": ["0.0.0.0/0"],
                                "tls": {"key_vault": VAULT},
                            },
                        },
                    }
                },
                "machines": {
                    MACHINE: {**machine, "address": "10.20.0.10"},
                    OTHER: {**machine, "address": "10.20.0.11"},
                },
                "workloads": {
                    CALLER: {
                        "cluster": CLUSTER,
                        "machines": [MACHINE],
                        "namespace": "s" * 63,
                        "ports": {"http": 60000},
                    },
                    CALLEE: {"cluster": CLUSTER, "machines": [OTHER], "namespace": "s" * 63, "ports": {"http": 60000}},
                },
                "routes": [
                    {"from": CALLER, "to": CALLEE, "http": requests},
                    {"from": f"ingress/{GATEWAY}", "to": CALLER, "http": requests},
                    {"from": f"ingress/{SECOND}", "to": CALLER, "http": requests},
                ],
            },
            "p" * 36,
        )
    )


def test_the_longest_names_fit_azure() -> None:
    found = {
        f"{resource.token} {resource.id.rpartition('/')[2]}"
        for resource in longest().azure
        if resource.token in AZURE_LIMITS and len(resource.id.rpartition("/")[2]) > AZURE_LIMITS[resource.token]
    }

    assert found == set()


def test_the_longest_names_fit_security_rules() -> None:
    rules = [rule for resource in longest().azure for rule in resource.properties.get("securityRules", ())]

    assert rules
    assert [rule["name"] for rule in rules if len(rule["name"]) > 80] == []


def test_the_longest_names_fit_kubernetes_and_helm() -> None:
    found = longest()

    assert [release.release for release in found.releases if len(release.release) > 53] == []
    assert [item.name for item in found.objects if len(item.manifest["metadata"]["name"]) > 253] == []


@pytest.mark.parametrize("section", ["networks", "clusters", "machines"])
def test_a_name_of_26_letters_is_refused(section: str) -> None:
    environment = declared()
    environment[section]["x" * 26] = next(iter(environment[section].values()))

    assert any("has 26 characters; at most 25 are allowed" in problem for problem in problems(environment))
