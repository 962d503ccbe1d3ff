"""Key vaults and their secrets: each rule kept and broken, and what a deletion leaves."""

from typing import Any

import pytest
from arm_client import GROUP, Azure
from rules import Rule, changed, each, each_kept

VAULTS = f"{GROUP}/providers/Microsoft.KeyVault/vaults"
VAULT = f"{VAULTS}/shop-lab"
TENANT = "11111111-1111-4111-8111-111111111111"


def vault(**properties: Any) -> dict[str, Any]:
    return {
        "location": "westeurope",
        "properties": {
            "tenantId": TENANT,
            "sku": {"family": "A", "name": "standard"},
            "enableRbacAuthorization": True,
            **properties,
        },
    }


RECOVERED = vault(createMode="recover")
POLICY = {"tenantId": TENANT, "objectId": TENANT, "permissions": {"secrets": ["get"]}}
RULES = [
    Rule("it has a tenant", {"properties.tenantId": None}, "BadRequest"),
    Rule("it has a price", {"properties.sku": None}, "BadRequest"),
    Rule(
        "its price exists",
        {"properties.sku": {"family": "A", "name": "free"}},
        "BadRequest",
        {"properties.sku": {"family": "A", "name": "Premium"}},
    ),
    Rule(
        "it has policies where roles do not decide",
        {"properties.enableRbacAuthorization": False},
        "BadRequest",
        {"properties.enableRbacAuthorization": False, "properties.accessPolicies": [POLICY]},
    ),
    Rule("a policy is of somebody", {"properties.accessPolicies": [{**POLICY, "objectId": None}]}, "BadRequest"),
    Rule("a policy is of a tenant", {"properties.accessPolicies": [{**POLICY, "tenantId": None}]}, "BadRequest"),
    Rule("a policy permits something", {"properties.accessPolicies": [{**POLICY, "permissions": None}]}, "BadRequest"),
    Rule(
        "what is deleted is kept for 7 to 90 days",
        {"properties.softDeleteRetentionInDays": 6},
        "BadRequest",
        {"properties.softDeleteRetentionInDays": 7},
    ),
    Rule(
        "soft delete stays on",
        {"properties.enableSoftDelete": False},
        "BadRequest",
        {"properties.enableSoftDelete": True},
    ),
    Rule(
        "an address rule names an address",
        {"properties.networkAcls": {"ipRules": [{}]}},
        "BadRequest",
        {"properties.networkAcls": {"ipRules": [{"value": "203.0.113.0/24"}]}},
    ),
    Rule(
        "a network rule names a subnet",
        {"properties.networkAcls": {"virtualNetworkRules": [{}]}},
        "BadRequest",
        {"properties.networkAcls": {"virtualNetworkRules": [{"id": "/subscriptions/x/subnets/y"}]}},
    ),
]


@each_kept(RULES)
def test_azure_accepts_a_vault_where(azure: Azure, rule: Rule) -> None:
    azure.made(VAULT, changed(vault(), rule.kept))


@each(RULES)
def test_azure_refuses_a_vault_unless(azure: Azure, rule: Rule) -> None:
    assert azure.refused(VAULT, changed(vault(), rule.broken)) == rule.code


@pytest.mark.parametrize("name", ["abc", "Shop-1", "a" * 24])
def test_azure_accepts_the_vault_name(azure: Azure, name: str) -> None:
    azure.made(f"{VAULTS}/{name}", vault())


@pytest.mark.parametrize("name", ["ab", "1shop", "shop-", "sh--op", "sh_op", "a" * 25])
def test_azure_refuses_the_vault_name(azure: Azure, name: str) -> None:
    assert azure.refused(f"{VAULTS}/{name}", vault()) == "VaultNameNotValid"


def test_a_vault_name_is_used_once_in_the_world(azure: Azure) -> None:
    azure.made(VAULT, vault())
    azure.made(f"{GROUP}-2", {"location": "westeurope"})
    elsewhere = VAULT.replace("/resourceGroups/shop/", "/resourceGroups/shop-2/")

    assert azure.refused(elsewhere, vault()) == "VaultAlreadyExists"
    azure.made(f"{elsewhere}-2", vault())


def test_a_deleted_vault_keeps_its_name_until_it_is_recovered(azure: Azure) -> None:
    azure.made(VAULT, {**vault(softDeleteRetentionInDays=30), "tags": {"team": "shop"}})
    azure.gone(VAULT)
    assert azure.refused(VAULT, vault()) == "ConflictError"

    recovered = azure.made(VAULT, RECOVERED)

    assert recovered["properties"]["softDeleteRetentionInDays"] == 30
    assert recovered["tags"] == {"team": "shop"}
    azure.made(VAULT, vault())


def test_a_vault_that_was_never_deleted_is_not_recovered(azure: Azure) -> None:
    assert azure.refused(VAULT, RECOVERED) == "DeletedVaultNotFound"


def test_deleting_the_group_leaves_the_vaults_name_taken(azure: Azure) -> None:
    azure.made(VAULT, vault())
    azure.gone(GROUP)
    azure.made(GROUP, {"location": "westeurope"})

    assert azure.refused(VAULT, vault()) == "ConflictError"


def test_purge_protection_is_not_turned_off(azure: Azure) -> None:
    azure.made(VAULT, vault(enablePurgeProtection=True))

    assert azure.refused(VAULT, vault(enablePurgeProtection=False)) == "BadRequest"
    assert azure.made(VAULT, vault())["properties"]["enablePurgeProtection"] is True


def test_the_days_that_deleted_things_are_kept_stay(azure: Azure) -> None:
    azure.made(VAULT, vault(softDeleteRetentionInDays=30))

    assert azure.refused(VAULT, vault(softDeleteRetentionInDays=31)) == "BadRequest"
    assert azure.made(VAULT, vault())["properties"]["softDeleteRetentionInDays"] == 30


def test_a_vault_says_its_address(azure: Azure) -> None:
    assert azure.made(VAULT, vault())["properties"]["vaultUri"] == "https://shop-lab.vault.azure.net/"


def test_a_secrets_value_is_required_and_never_kept(azure: Azure) -> None:
    azure.made(VAULT, vault())
    secret = f"{VAULT}/secrets/orders-db"

    assert azure.refused(secret, {"properties": {}}) == "BadRequest"
    made = azure.made(secret, {"properties": {"value": "a-secret-value", "contentType": "text/plain"}})

    assert made["properties"]["secretUri"] == "https://shop-lab.vault.azure.net/secrets/orders-db"
    assert "a-secret-value" not in str(azure.application.store.get(secret))
    assert azure.refused(f"{VAULT}/secrets/orders_db", {"properties": {"value": "x"}}) == "BadRequest"
