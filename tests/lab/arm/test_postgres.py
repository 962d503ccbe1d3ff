"""PostgreSQL flexible servers, their databases and firewall rules: each rule kept and broken."""

from typing import Any

import pytest
from arm_client import GROUP, NETWORK, Azure
from cluster_ground import network, subnet
from rules import Rule, changed, each, each_kept

SERVERS = f"{GROUP}/providers/Microsoft.DBforPostgreSQL/flexibleServers"
SERVER = f"{SERVERS}/shop-orders"
EAST = f"{NETWORK}/virtualNetworks/east"
SUBNET = f"{EAST}/subnets/databases"
ZONES = f"{NETWORK}/privateDnsZones"
ZONE = f"{ZONES}/shop.private.postgres.database.azure.com"
DELEGATED = {
    "delegations": [{"name": "pg", "properties": {"serviceName": "Microsoft.DBforPostgreSQL/flexibleServers"}}]
}


@pytest.fixture(autouse=True)
def _ground(azure: Azure) -> None:
    network(azure, "east", "10.10.0.0/16")
    subnet(azure, SUBNET, "10.10.0.0/28", **DELEGATED)
    subnet(azure, f"{EAST}/subnets/small", "10.10.1.0/29", **DELEGATED)
    subnet(azure, f"{EAST}/subnets/plain", "10.10.2.0/28")
    for zone in (ZONE, f"{ZONES}/shop.internal", f"{ZONES}/shop-orders.postgres.database.azure.com"):
        azure.made(zone, {"location": "global"})


def server(**properties: Any) -> dict[str, Any]:
    return {
        "location": "westeurope",
        "sku": {"name": "Standard_D2ds_v5", "tier": "GeneralPurpose"},
        "properties": {
            "version": "17",
            "administratorLogin": "orders",
            "administratorLoginPassword": "Pass-word-1",
            "network": {"delegatedSubnetResourceId": SUBNET, "privateDnsZoneArmResourceId": ZONE},
            **properties,
        },
    }


W = "properties.network"
RULES = [
    Rule("it has a size", {"sku": None}, "InvalidParameterValue"),
    Rule("its tier exists", {"sku.tier": "Basic"}, "InvalidParameterValue"),
    Rule(
        "its size is of its tier",
        {"sku": {"name": "Standard_B2s", "tier": "GeneralPurpose"}},
        "InvalidParameterValue",
        {"sku": {"name": "Standard_B2s", "tier": "Burstable"}},
    ),
    Rule("its version exists", {"properties.version": "9.6"}, "InvalidParameterValue", {"properties.version": "16"}),
    Rule(
        "its storage is of a size that exists",
        {"properties.storage": {"storageSizeGB": 100}},
        "InvalidParameterValue",
        {"properties.storage": {"storageSizeGB": 128}},
    ),
    Rule(
        "it has an administrator with a password",
        {"properties.administratorLoginPassword": None},
        "InvalidParameterValue",
        {
            "properties.administratorLoginPassword": None,
            "properties.authConfig": {"passwordAuth": "Disabled", "activeDirectoryAuth": "Enabled"},
        },
    ),
    Rule(
        "its administrator is not Azure's",
        {"properties.administratorLogin": "azure_superuser"},
        "InvalidParameterValue",
    ),
    Rule(
        "its administrator is not pg_something", {"properties.administratorLogin": "pg_orders"}, "InvalidParameterValue"
    ),
    Rule(
        "its password is of three kinds of characters",
        {"properties.administratorLoginPassword": "alllowercase1"},
        "InvalidParameterValue",
        {"properties.administratorLoginPassword": "three-Kinds"},
    ),
    Rule("its subnet exists", {f"{W}.delegatedSubnetResourceId": f"{SUBNET}-x"}, "ResourceNotFound"),
    Rule(
        "its subnet is delegated to it",
        {f"{W}.delegatedSubnetResourceId": f"{EAST}/subnets/plain"},
        "InvalidParameterValue",
    ),
    Rule(
        "its subnet is a /28 or larger",
        {f"{W}.delegatedSubnetResourceId": f"{EAST}/subnets/small"},
        "InvalidParameterValue",
    ),
    Rule("a private server has a zone", {f"{W}.privateDnsZoneArmResourceId": None}, "InvalidParameterValue", {W: {}}),
    Rule("its zone exists", {f"{W}.privateDnsZoneArmResourceId": f"{ZONE}.x"}, "ResourceNotFound"),
    Rule(
        "its zone ends as those of PostgreSQL do",
        {f"{W}.privateDnsZoneArmResourceId": f"{ZONES}/shop.internal"},
        "InvalidParameterValue",
    ),
    Rule(
        "its zone is not named as it is",
        {f"{W}.privateDnsZoneArmResourceId": f"{ZONES}/shop-orders.postgres.database.azure.com"},
        "InvalidParameterValue",
    ),
    Rule("its network is in its region", {"location": "northeurope"}, "InvalidParameterValue"),
]


@each_kept(RULES)
def test_azure_accepts_a_server_where(azure: Azure, rule: Rule) -> None:
    azure.made(SERVER, changed(server(), rule.kept))


@each(RULES)
def test_azure_refuses_a_server_unless(azure: Azure, rule: Rule) -> None:
    assert azure.refused(SERVER, changed(server(), rule.broken)) == rule.code


@pytest.mark.parametrize("name", ["abc", "shop-orders-1", "a" * 63])
def test_azure_accepts_the_server_name(azure: Azure, name: str) -> None:
    azure.made(f"{SERVERS}/{name}", server())


@pytest.mark.parametrize("name", ["ab", "Shop", "-shop", "shop-", "shop.eu", "a" * 64])
def test_azure_refuses_the_server_name(azure: Azure, name: str) -> None:
    assert azure.refused(f"{SERVERS}/{name}", server()) == "InvalidParameterValue"


def test_a_server_name_is_used_once_in_the_world(azure: Azure) -> None:
    azure.made(SERVER, server())
    azure.made(f"{GROUP}-2", {"location": "westeurope"})
    elsewhere = SERVER.replace("/resourceGroups/shop/", "/resourceGroups/shop-2/")

    assert azure.refused(elsewhere, server()) == "ServerNameAlreadyExists"
    azure.made(f"{elsewhere}-2", server())


def test_networking_is_chosen_once(azure: Azure) -> None:
    azure.made(SERVER, server())

    assert azure.refused(SERVER, server(network={"publicNetworkAccess": "Enabled"})) == "InvalidParameterValue"
    azure.made(SERVER, server(storage={"storageSizeGB": 64}))


def test_storage_is_not_made_smaller(azure: Azure) -> None:
    azure.made(SERVER, server(storage={"storageSizeGB": 128}))

    assert azure.refused(SERVER, server(storage={"storageSizeGB": 64})) == "InvalidParameterValue"
    azure.made(SERVER, server(storage={"storageSizeGB": 128}))
    azure.made(SERVER, server(storage={"storageSizeGB": 256}))


def test_an_update_need_not_repeat_the_password(azure: Azure) -> None:
    azure.made(SERVER, server())

    azure.made(SERVER, {**changed(server(), {"properties.administratorLoginPassword": None}), "tags": {"team": "shop"}})


def test_what_azure_fills_in_and_that_it_keeps_no_password(azure: Azure) -> None:
    properties = azure.made(SERVER, server())["properties"]

    assert properties["fullyQualifiedDomainName"] == "shop-orders.postgres.database.azure.com"
    assert (properties["state"], properties["storage"]["storageSizeGB"]) == ("Ready", 32)
    assert "Pass-word-1" not in str(azure.application.store.get(SERVER))


def test_a_subnet_with_a_server_in_it_is_not_deleted(azure: Azure) -> None:
    azure.made(SERVER, server())
    assert azure.refused_delete(SUBNET) == "InUseSubnetCannotBeDeleted"

    azure.gone(SERVER)
    azure.gone(SUBNET)


DATABASES = [
    Rule(
        "its character set is a word",
        {"properties.charset": "8UTF"},
        "InvalidParameterValue",
        {"properties.charset": "UTF8"},
    ),
    Rule(
        "its collation is a locale",
        {"properties.collation": "1"},
        "InvalidParameterValue",
        {"properties.collation": "de_DE.utf8"},
    ),
]


@each_kept(DATABASES)
def test_azure_accepts_a_database_where(azure: Azure, rule: Rule) -> None:
    azure.made(SERVER, server())
    azure.made(f"{SERVER}/databases/orders", changed({"properties": {}}, rule.kept))


@each(DATABASES)
def test_azure_refuses_a_database_unless(azure: Azure, rule: Rule) -> None:
    azure.made(SERVER, server())
    database = changed({"properties": {}}, rule.broken)
    assert azure.refused(f"{SERVER}/databases/orders", database) == rule.code


def test_a_database_keeps_its_collation_and_its_name_is_a_word(azure: Azure) -> None:
    azure.made(SERVER, server())
    database = f"{SERVER}/databases/orders"
    made = azure.made(database, {"properties": {}})

    assert (made["properties"]["charset"], made["properties"]["collation"]) == ("UTF8", "en_US.utf8")
    assert azure.refused(database, {"properties": {"collation": "de_DE.utf8"}}) == "InvalidParameterValue"
    assert azure.refused(f"{SERVER}/databases/1orders", {"properties": {}}) == "InvalidParameterValue"


def test_postgresqls_own_databases_are_not_deleted(azure: Azure) -> None:
    azure.made(SERVER, server())
    for name in ("postgres", "orders"):
        azure.made(f"{SERVER}/databases/{name}", {"properties": {}})

    assert azure.refused_delete(f"{SERVER}/databases/postgres") == "InvalidParameterValue"
    azure.gone(f"{SERVER}/databases/orders")


FIREWALL = [
    Rule("it starts at an address", {"properties.startIpAddress": None}, "InvalidParameterValue"),
    Rule("it ends at an address", {"properties.endIpAddress": "203.0.113.256"}, "InvalidParameterValue"),
    Rule(
        "it ends after it starts",
        {"properties.startIpAddress": "203.0.113.9", "properties.endIpAddress": "203.0.113.8"},
        "InvalidParameterValue",
        {"properties.startIpAddress": "203.0.113.9", "properties.endIpAddress": "203.0.113.9"},
    ),
]
RANGE = {"properties": {"startIpAddress": "203.0.113.1", "endIpAddress": "203.0.113.20"}}


@each_kept(FIREWALL)
def test_azure_accepts_a_firewall_rule_where(azure: Azure, rule: Rule) -> None:
    azure.made(SERVER, server(network={}))
    azure.made(f"{SERVER}/firewallRules/office", changed(RANGE, rule.kept))


@each(FIREWALL)
def test_azure_refuses_a_firewall_rule_unless(azure: Azure, rule: Rule) -> None:
    azure.made(SERVER, server(network={}))
    assert azure.refused(f"{SERVER}/firewallRules/office", changed(RANGE, rule.broken)) == rule.code


def test_a_private_server_has_no_firewall_rules(azure: Azure) -> None:
    azure.made(SERVER, server())

    assert azure.refused(f"{SERVER}/firewallRules/office", RANGE) == "InvalidParameterValue"
