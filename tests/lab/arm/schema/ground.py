"""One resource of every type that the simulator has, with the body that it is made of, in an order that works."""

from pathlib import Path
from typing import Any

from arm_client import (
    GROUP,
    NETWORK,
    SUBSCRIPTION,
    Azure,
    RecordingServers,
    address,
    azure_in,
    in_region,
    interface,
    network,
    prefix,
    rule,
    space,
    subnet,
)
from cluster_ground import CLUSTER, IDENTITY, NETWORK_CONTRIBUTOR, cluster, principal_of
from test_compute import EXTENSION, MACHINE, extension, machine
from test_key_vault import POLICY, VAULT, vault

OTHER_GROUP = f"{SUBSCRIPTION}/resourceGroups/other"
RULES = f"{NETWORK}/networkSecurityGroups/apps"
TABLE = f"{NETWORK}/routeTables/out"
ADDRESS = f"{NETWORK}/publicIPAddresses/out"
MACHINES = subnet("machines", "all")
ENDPOINTS = subnet("machines", "endpoints")
DATABASES = subnet("machines", "databases")
ZONE = f"{NETWORK}/privateDnsZones/shop.private.postgres.database.azure.com"
SERVER = f"{GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers/shop-orders"
ENDPOINT = f"{NETWORK}/privateEndpoints/vault"
SCALE_SET = f"{GROUP}/providers/Microsoft.Compute/virtualMachineScaleSets/workers"
ASSIGNMENT = f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/7c9e6679-7425-40de-944b-e07fc1f90ae7"
DELEGATION = {"name": "pg", "properties": {"serviceName": "Microsoft.DBforPostgreSQL/flexibleServers"}}
CONNECTION = {"name": "vault", "properties": {"privateLinkServiceId": VAULT, "groupIds": ["vault"]}}
CONFIGURATION = {"name": "primary", "properties": {"subnet": {"id": MACHINES}}}

BODIES: tuple[tuple[str, dict[str, Any]], ...] = (
    (OTHER_GROUP, {"location": "westeurope"}),
    (network("east"), space("10.10.0.0/16")),
    (network("machines"), space("10.30.0.0/16")),
    (
        f"{network('east')}/virtualNetworkPeerings/machines",
        {"properties": {"remoteVirtualNetwork": {"id": network("machines")}}},
    ),
    (RULES, in_region({"securityRules": [{"name": "https", **rule(priority=300)}]})),
    (f"{RULES}/securityRules/http", rule(destinationPortRange="80")),
    (f"{NETWORK}/applicationSecurityGroups/machines", {"location": "westeurope"}),
    (
        TABLE,
        in_region(
            {"routes": [{"name": "none", "properties": {"addressPrefix": "10.99.0.0/16", "nextHopType": "None"}}]}
        ),
    ),
    (f"{TABLE}/routes/internet", {"properties": {"addressPrefix": "10.98.0.0/16", "nextHopType": "Internet"}}),
    (ADDRESS, in_region({"publicIPAllocationMethod": "Static"}, sku={"name": "Standard"}, zones=["1"])),
    (f"{NETWORK}/natGateways/out", in_region({"publicIpAddresses": [{"id": ADDRESS}]}, sku={"name": "Standard"})),
    (subnet("east", "nodes"), prefix("10.10.0.0/24", networkSecurityGroup={"id": RULES})),
    (MACHINES, prefix("10.30.0.0/24", routeTable={"id": TABLE})),
    (ENDPOINTS, prefix("10.30.1.0/24")),
    (DATABASES, prefix("10.30.2.0/28", delegations=[DELEGATION])),
    (f"{NETWORK}/networkInterfaces/ledger-0", interface(address(MACHINES))),
    (IDENTITY, {"location": "westeurope"}),
    (IDENTITY.replace("/east", "/ledger-0"), {"location": "westeurope"}),
    (
        f"{IDENTITY}/federatedIdentityCredentials/pods",
        {
            "properties": {
                "issuer": "https://issuer.example/",
                "subject": "system:serviceaccount:a:b",
                "audiences": ["x"],
            }
        },
    ),
    (
        ASSIGNMENT,
        {
            "properties": {
                "principalId": "",
                "roleDefinitionId": (
                    f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{NETWORK_CONTRIBUTOR}"
                ),
            }
        },
    ),
    (MACHINE, machine()),
    (EXTENSION, extension()),
    (
        SCALE_SET,
        {
            "location": "westeurope",
            "sku": {"name": "Standard_D2s_v5", "capacity": 2},
            "properties": {
                "upgradePolicy": {"mode": "Manual"},
                "virtualMachineProfile": {
                    "storageProfile": {"osDisk": {"createOption": "FromImage"}},
                    "osProfile": {"computerNamePrefix": "worker", "adminUsername": "operator"},
                    "networkProfile": {
                        "networkInterfaceConfigurations": [
                            {"name": "primary", "properties": {"primary": True, "ipConfigurations": [CONFIGURATION]}}
                        ]
                    },
                },
            },
        },
    ),
    (CLUSTER, cluster()),
    (
        f"{CLUSTER}/agentPools/apps",
        {"properties": {"vmSize": "Standard_D4s_v5", "count": 1, "vnetSubnetID": subnet("east", "nodes")}},
    ),
    (VAULT, vault(accessPolicies=[POLICY])),
    (f"{VAULT}/secrets/orders", {"properties": {"value": "x"}}),
    (ZONE, {"location": "global"}),
    (
        f"{ZONE}/virtualNetworkLinks/machines",
        {
            "location": "global",
            "properties": {"virtualNetwork": {"id": network("machines")}, "registrationEnabled": False},
        },
    ),
    (f"{ZONE}/A/orders", {"properties": {"ttl": 300, "aRecords": [{"ipv4Address": "10.30.0.9"}]}}),
    (ENDPOINT, in_region({"subnet": {"id": ENDPOINTS}, "privateLinkServiceConnections": [CONNECTION]})),
    (
        f"{ENDPOINT}/privateDnsZoneGroups/default",
        {"properties": {"privateDnsZoneConfigs": [{"name": "a", "properties": {"privateDnsZoneId": ZONE}}]}},
    ),
    (
        SERVER,
        in_region(
            {
                "version": "17",
                "administratorLogin": "orders",
                "administratorLoginPassword": "Pass-word-1",
                "network": {"delegatedSubnetResourceId": DATABASES, "privateDnsZoneArmResourceId": ZONE},
            },
            sku={"name": "Standard_D2ds_v5", "tier": "GeneralPurpose"},
        ),
    ),
    (f"{SERVER}/databases/orders", {"properties": {"charset": "UTF8"}}),
)


def made_in(database: Path) -> None:
    with azure_in(database, RecordingServers()) as azure:
        azure.made(GROUP, {"location": "westeurope"})
        for path, body in BODIES:
            azure.made(path, with_principal(azure, body) if path == ASSIGNMENT else body)


def with_principal(azure: Azure, body: dict[str, Any]) -> dict[str, Any]:
    """The assignment's body with the principal that the identity got."""
    return {"properties": {**body["properties"], "principalId": principal_of(azure, IDENTITY)}}
