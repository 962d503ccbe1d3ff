"""Ids decide what `mesh recover` looks for: a wrong one leaves an orphan in Azure."""

import re
from pathlib import Path

import pulumi_azure_native
import pytest

from mesh import azure_ids

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"


def test_a_subnet_lies_in_its_network():
    assert azure_ids.resource_id(
        "azure-native:network:Subnet",
        SUBSCRIPTION,
        {"resourceGroupName": "shop-lab", "virtualNetworkName": "east", "subnetName": "nodes"},
    ) == (
        "/subscriptions/11111111-2222-3333-4444-555555555555/resourceGroups/shop-lab"
        "/providers/Microsoft.Network/virtualNetworks/east/subnets/nodes"
    )


def test_a_role_assignment_lies_under_its_scope():
    scope = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/shop-lab"
    assert azure_ids.resource_id(
        "azure-native:authorization:RoleAssignment",
        SUBSCRIPTION,
        {"scope": scope, "roleAssignmentName": "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee"},
    ) == (f"{scope}/providers/Microsoft.Authorization/roleAssignments/aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee")


def test_an_input_that_the_path_needs_is_named_when_missing():
    with pytest.raises(KeyError, match="resourceName"):
        azure_ids.resource_id("azure-native:containerservice:ManagedCluster", SUBSCRIPTION, {"resourceGroupName": "g"})


def test_a_type_without_address_is_named():
    with pytest.raises(KeyError, match="azure-native:network:Firewall"):
        azure_ids.resource_id("azure-native:network:Firewall", SUBSCRIPTION, {})


@pytest.mark.parametrize("token", sorted(azure_ids.ADDRESSES))
def test_every_address_agrees_with_the_installed_sdk(token: str):
    _, module, name = token.split(":")
    snake = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name.replace("IPAddress", "IpAddress")).lower()
    source = (Path(pulumi_azure_native.__file__).parent / module / f"{snake}.py").read_text()
    address = azure_ids.ADDRESSES[token]

    inputs = set(re.findall(r'pulumi\.getter\(name="(\w+)"\)', source)) | set(
        re.findall(r"@pulumi\.getter\n    def (\w+)", source)
    )
    assert set(address.parameters) - {"subscriptionId"} <= inputs
    assert re.search(r"Uses Azure REST API version ([\d-]+)", source)[1] == address.api_version
