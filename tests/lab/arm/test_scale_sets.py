"""Scale sets of virtual machines: each rule kept and broken."""

from typing import Any

import pytest
from arm_client import GROUP, NETWORK, Azure
from cluster_ground import network, subnet
from rules import Rule, changed, each, each_kept

SCALE_SET = f"{GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets/workers"
SUBNET = f"{NETWORK}/virtualNetworks/machines/subnets/all"
PROFILE = "properties.virtualMachineProfile"
INTERFACE = f"{PROFILE}.networkProfile.networkInterfaceConfigurations.0"


@pytest.fixture(autouse=True)
def _ground(azure: Azure) -> None:
    network(azure, "machines", "10.30.0.0/16")
    subnet(azure, SUBNET, "10.30.0.0/24")


def scale_set() -> dict[str, Any]:
    configuration = {"name": "primary", "properties": {"subnet": {"id": SUBNET}}}
    interface = {"name": "primary", "properties": {"primary": True, "ipConfigurations": [configuration]}}
    return {
        "location": "westeurope",
        "sku": {"name": "Standard_D2s_v5", "capacity": 2},
        "properties": {
            "upgradePolicy": {"mode": "Manual"},
            "virtualMachineProfile": {
                "storageProfile": {"osDisk": {"createOption": "FromImage"}},
                "osProfile": {"computerNamePrefix": "worker", "adminUsername": "operator", "customData": "YQ=="},
                "networkProfile": {"networkInterfaceConfigurations": [interface]},
            },
        },
    }


RULES = [
    Rule("its size exists", {"sku.name": "Standard_X1"}, "InvalidParameter", {"sku.name": "Standard_E2s_v5"}),
    Rule("it has at most 1,000 machines", {"sku.capacity": 1001}, "InvalidParameter", {"sku.capacity": 1000}),
    Rule(
        "its upgrades are of a mode that exists",
        {"properties.upgradePolicy": None},
        "InvalidParameter",
        {"properties.upgradePolicy": {"mode": "Rolling"}},
    ),
    Rule("its machines are described", {PROFILE: None}, "InvalidParameter"),
    Rule("its disk is made of something", {f"{PROFILE}.storageProfile.osDisk": {}}, "InvalidParameter"),
    Rule("its machines have host names", {f"{PROFILE}.osProfile.computerNamePrefix": "-"}, "InvalidParameter"),
    Rule("its administrator is not root", {f"{PROFILE}.osProfile.adminUsername": "root"}, "InvalidParameter"),
    Rule("its machines have a network interface", {f"{PROFILE}.networkProfile": {}}, "InvalidParameter"),
    Rule("its network interface has a name", {f"{INTERFACE}.name": None}, "InvalidParameter"),
    Rule(
        "its subnet exists",
        {f"{INTERFACE}.properties.ipConfigurations.0.properties.subnet.id": f"{SUBNET}-x"},
        "InvalidResourceReference",
    ),
    Rule("its address has a name", {f"{INTERFACE}.properties.ipConfigurations.0.name": None}, "InvalidParameter"),
    Rule(
        "its identity exists",
        {"identity": {"type": "UserAssigned", "userAssignedIdentities": {f"{GROUP}/x/y/z/a": {}}}},
        "FailedIdentityOperation",
        {"identity": {"type": "SystemAssigned"}},
    ),
]


@each_kept(RULES)
def test_azure_accepts_a_scale_set_where(azure: Azure, rule: Rule) -> None:
    azure.made(SCALE_SET, changed(scale_set(), rule.kept))


@each(RULES)
def test_azure_refuses_a_scale_set_unless(azure: Azure, rule: Rule) -> None:
    assert azure.refused(SCALE_SET, changed(scale_set(), rule.broken)) == rule.code


def test_a_scale_set_keeps_its_zones_and_its_id_and_hides_its_custom_data(azure: Azure) -> None:
    first = azure.made(SCALE_SET, scale_set())["properties"]
    second = azure.made(SCALE_SET, changed(scale_set(), {"sku.capacity": 5}))["properties"]

    assert first["uniqueId"] == second["uniqueId"]
    assert "customData" not in first["virtualMachineProfile"]["osProfile"]
    assert azure.refused(SCALE_SET, {**scale_set(), "zones": ["1"]}) == "PropertyChangeNotAllowed"


def test_a_scale_set_holds_its_subnet(azure: Azure) -> None:
    azure.made(SCALE_SET, scale_set())
    assert azure.refused_delete(SUBNET) == "InUseSubnetCannotBeDeleted"

    azure.gone(SCALE_SET)
    azure.gone(SUBNET)
