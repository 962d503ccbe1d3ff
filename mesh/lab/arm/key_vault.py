"""Key vaults and their secrets; a deleted vault keeps its name, and can be recovered."""

import re
from collections.abc import Iterator

from mesh.lab.arm import ids
from mesh.lab.arm.defaults import filled
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.refusals import properties, properties_before, validation
from mesh.lab.arm.resource_types import Body, Changes, Resources, ResourceType, Write, nothing

VAULT_TYPE = "Microsoft.KeyVault/vaults"
SECRET_TYPE = f"{VAULT_TYPE}/secrets"
DELETED_TYPE = "Microsoft.KeyVault/locations/deletedVaults"

# Codes of names: "Common error codes for Azure Key Vault"; where none is on record, BadRequest.
_NAME = re.compile(r"[A-Za-z](?!.*--)[-A-Za-z0-9]{1,22}[A-Za-z0-9]")
_SECRET_NAME = re.compile(r"[-A-Za-z0-9]{1,127}")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
MIN_RETENTION, MAX_RETENTION = 7, 90


def deleted_id(vault: Body) -> str:
    subscription = "/".join(vault["id"].split("/")[:3])
    place = f"{subscription}/providers/Microsoft.KeyVault/locations/{vault['location']}"
    return f"{place}/deletedVaults/{vault['name']}"


def _vault_refusals(write: Write) -> Iterator[Rejection]:
    sent, before = properties(write), properties_before(write)
    if not _NAME.fullmatch(write.name):
        yield Rejection(
            "VaultNameNotValid",
            f"The vault name '{write.name}' is invalid. A vault's name must be between 3-24 alphanumeric "
            "characters. The name "
            "must begin with a letter, end with a letter or digit, and not contain consecutive hyphens.",
        )
    yield from _name_taken_refusals(write, sent.get("createMode") == "recover")
    if sent.get("createMode") == "recover":
        return
    sku = sent.get("sku") or {}
    if not _GUID.fullmatch(str(sent.get("tenantId"))):
        yield _bad("The property 'tenantId' is required and must be a GUID.", "tenantId")
    if sku.get("family") != "A" or str(sku.get("name")).lower() not in ("standard", "premium"):
        yield _bad("The property 'sku' is required: family A, name standard or premium.", "sku")
    yield from _policy_refusals(sent)
    retention = sent.get("softDeleteRetentionInDays")
    if retention is not None and not MIN_RETENTION <= retention <= MAX_RETENTION:
        yield _bad(
            f"The soft delete retention must be within {MIN_RETENTION} and {MAX_RETENTION} days.",
            "softDeleteRetentionInDays",
        )
    if before and retention is not None and retention != before["softDeleteRetentionInDays"]:
        yield _bad("The property 'softDeleteRetentionInDays' has been set already and it can't be modified.")
    if sent.get("enableSoftDelete") is False:
        yield _bad(
            "The property 'enableSoftDelete' cannot be set to false: it cannot be turned off.", "enableSoftDelete"
        )
    if sent.get("enablePurgeProtection") is False and before.get("enablePurgeProtection"):
        yield _bad(
            'The property "enablePurgeProtection" cannot be set to false. Enabling the purge protection for a '
            "vault is an "
            "irreversible action.",
            "enablePurgeProtection",
        )


def _name_taken_refusals(write: Write, recovers: bool) -> Iterator[Rejection]:
    name = write.name.lower()
    for other in write.resources.of_type(VAULT_TYPE):
        if other["name"].lower() == name and ids.folded(other["id"]) != ids.folded(write.id):
            yield Rejection("VaultAlreadyExists", f"The vault name '{write.name}' is already in use.", 409)
    deleted = [vault for vault in write.resources.of_type(DELETED_TYPE) if vault["name"].lower() == name]
    if deleted and not recovers:
        yield Rejection(
            "ConflictError",
            "A vault with the same name already exists in deleted state. You need to either recover or purge "
            "existing key "
            "vault. Follow this link https://go.microsoft.com/fwlink/?linkid=2149745 for more information on "
            "soft delete.",
            409,
        )
    if recovers and not deleted:
        yield Rejection("DeletedVaultNotFound", f"There is no deleted vault '{write.name}' to recover.", 404)


def _policy_refusals(sent: Body) -> Iterator[Rejection]:
    policies = sent.get("accessPolicies")
    if policies is None and not sent.get("enableRbacAuthorization"):
        yield _bad(
            "The property 'accessPolicies' is required unless enableRbacAuthorization is true.", "accessPolicies"
        )
    for policy in policies or []:
        for name in ("tenantId", "objectId", "permissions"):
            if not policy.get(name):
                yield _bad(f"An access policy has no '{name}'.", "accessPolicies")
    rules = sent.get("networkAcls") or {}
    if not all(rule.get("value") for rule in rules.get("ipRules") or []):
        yield _bad("An IP rule has no 'value'.", "networkAcls")
    if not all(rule.get("id") for rule in rules.get("virtualNetworkRules") or []):
        yield _bad("A virtual network rule has no 'id'.", "networkAcls")


def _completed_vault(write: Write) -> Body:
    sent, body = properties(write), dict(write.body)
    deleted = next(
        (vault for vault in write.resources.of_type(DELETED_TYPE) if vault["name"].lower() == write.name.lower()), None
    )
    if sent.get("createMode") == "recover" and deleted:
        body |= {"tags": deleted["properties"]["tags"]} if deleted["properties"].get("tags") else {}
        sent = deleted["properties"]["vault"]
    before = properties_before(write)
    defaults: Body = {
        "accessPolicies": [],
        "enabledForDeployment": False,
        "enableRbacAuthorization": False,
        "enableSoftDelete": True,
        "softDeleteRetentionInDays": before.get("softDeleteRetentionInDays") or MAX_RETENTION,
        "vaultUri": f"https://{write.name.lower()}.vault.azure.net/",
        "publicNetworkAccess": "Enabled",
    }
    if before.get("enablePurgeProtection"):
        defaults["enablePurgeProtection"] = True
    kept = {key: value for key, value in filled(sent, defaults).items() if key != "createMode" and value is not None}
    return body | {"properties": kept}


def _consequences(before: Body | None, after: Body | None, resources: Resources) -> Changes:
    """A deletion leaves the vault recoverable; a recovery takes it from there."""
    if after is not None:
        return {deleted_id(after): None} if resources.get(deleted_id(after)) else {}
    if before is None:
        return {}
    kept = {key: value for key, value in before["properties"].items() if key != "provisioningState"}
    deleted = {"vaultId": before["id"], "location": before["location"], "tags": before.get("tags"), "vault": kept}
    return {deleted_id(before): {"properties": deleted}}


def _secret_refusals(write: Write) -> Iterator[Rejection]:
    if not _SECRET_NAME.fullmatch(write.name):
        yield _bad(f"The secret name '{write.name}' is invalid: 1 to 127 letters, digits and hyphens.")
    if write.before is None and not properties(write).get("value"):
        yield _bad("The property 'value' of a secret is required.", "value")


def _completed_secret(write: Write) -> Body:
    """Resource Manager never gives the value back, so it is not even kept."""
    vault = ids.name(ids.parent(write.id)).lower()
    uri = f"https://{vault}.vault.azure.net/secrets/{write.name}"
    kept = {key: value for key, value in properties(write).items() if key != "value"}
    secret = filled(kept, {"attributes": {"enabled": True}})
    return write.body | {"properties": secret | {"secretUri": uri, "secretUriWithVersion": f"{uri}/{'0' * 32}"}}


def _bad(message: str, target: str | None = None) -> Rejection:
    return Rejection("BadRequest", message, target=target)


TYPES = (
    ResourceType(
        VAULT_TYPE,
        validate=validation(_vault_refusals),
        completed=_completed_vault,
        seconds=0.3,
        consequences=_consequences,
    ),
    ResourceType(SECRET_TYPE, validate=validation(_secret_refusals), completed=_completed_secret, location="none"),
    # Written by deletions alone: a location is no resource, so no request gets there.
    ResourceType(DELETED_TYPE, validate=nothing, location="none", extension=True),
)
