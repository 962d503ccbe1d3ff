"""User-assigned identities and their federated credentials."""

import re
import uuid
from collections.abc import Iterator
from urllib.parse import urlsplit

from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.refusals import properties, validation
from mesh.lab.arm.resource_types import Body, Resources, ResourceType, Write

IDENTITY_TYPE = "Microsoft.ManagedIdentity/userAssignedIdentities"
CREDENTIAL_TYPE = f"{IDENTITY_TYPE}/federatedIdentityCredentials"

TENANT = str(uuid.uuid5(uuid.NAMESPACE_DNS, "tenant.hybrid-mesh.lab"))
"""The one Entra tenant that the simulated subscriptions trust."""

MAX_CREDENTIALS = 20
MAX_CREDENTIAL_FIELD = 600

_IDENTITY_NAME = re.compile(r"[A-Za-z0-9][-_A-Za-z0-9]{2,127}")
_CREDENTIAL_NAME = re.compile(r"[A-Za-z0-9][-_A-Za-z0-9]{2,119}")


def principal_id(resource_id: str) -> str:
    """The directory object of a resource's identity: the same for the same id, as if Entra had remembered it."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{resource_id.lower()}/principalId"))


def client_id(resource_id: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"{resource_id.lower()}/clientId"))


def assigned(identity: Body | None, resource_id: str) -> Body | None:
    """The `identity` block of a VM or cluster as Azure returns it, or None where it has none."""
    if not identity or identity.get("type", "None") == "None":
        return None
    completed: Body = {"type": identity["type"]}
    if "SystemAssigned" in identity["type"]:
        completed |= {"principalId": principal_id(resource_id), "tenantId": TENANT}
    if "UserAssigned" in identity["type"]:
        completed["userAssignedIdentities"] = {
            identity_id: {"principalId": principal_id(identity_id), "clientId": client_id(identity_id)}
            for identity_id in user_assigned_ids(identity)
        }
    return completed


def user_assigned_ids(identity: Body | None) -> list[str]:
    """Azure takes a map from id to an empty object; the provider may send the list of its keys."""
    return list((identity or {}).get("userAssignedIdentities") or ())


def missing_identities(identity: Body | None, resources: Resources) -> list[str]:
    return [identity_id for identity_id in user_assigned_ids(identity) if resources.get(identity_id) is None]


def principals(resources: Resources, subscription: str) -> set[str]:
    """Every directory object that the simulated resources brought into being."""
    principal_ids = {body["properties"]["principalId"] for body in resources.of_type(IDENTITY_TYPE, subscription)}
    for type_name in ("Microsoft.ContainerService/managedClusters", "Microsoft.Compute/virtualMachines"):
        for body in resources.of_type(type_name, subscription):
            principal_ids |= {value for key, value in (body.get("identity") or {}).items() if key == "principalId"}
    return principal_ids


def _identity_refusals(write: Write) -> Iterator[Rejection]:
    if not _IDENTITY_NAME.fullmatch(write.name):
        yield Rejection(
            "InvalidResourceName",
            f"Resource name {write.name} is invalid. The name must be 3 to 128 characters long, start with a "
            "letter or a "
            "number, and contain only letters, numbers, underscores and hyphens.",
        )


def _completed_identity(write: Write) -> Body:
    server = {"tenantId": TENANT, "principalId": principal_id(write.id), "clientId": client_id(write.id)}
    isolation = properties(write).get("isolationScope")
    return write.body | {"properties": server | ({"isolationScope": isolation} if isolation else {})}


def _credential_refusals(write: Write) -> Iterator[Rejection]:
    sent = properties(write)
    if not _CREDENTIAL_NAME.fullmatch(write.name):
        yield Rejection(
            "BadRequest",
            f"The federated identity credential name '{write.name}' is invalid: 3 to 120 letters, digits, hyphens and "
            "underscores, starting with a letter or a digit.",
        )
    for name in ("issuer", "subject", "audiences"):
        if not sent.get(name):
            yield Rejection(
                "BadRequest", f"The property '{name}' of a federated identity credential is required.", target=name
            )
    for name in ("issuer", "subject"):
        if len(sent[name]) > MAX_CREDENTIAL_FIELD or sent[name] != sent[name].strip():
            yield Rejection(
                "BadRequest",
                f"The property '{name}' must be at most {MAX_CREDENTIAL_FIELD} characters without surrounding spaces.",
                target=name,
            )
    if len(sent["audiences"]) != 1:
        yield Rejection(
            "BadRequest", "A federated identity credential must have exactly one audience.", target="audiences"
        )
    issuer = urlsplit(sent["issuer"])
    if issuer.scheme != "https" or not issuer.hostname:
        yield Rejection("BadRequest", f"The issuer '{sent['issuer']}' is not an https URL.", target="issuer")
    yield from _refusals_beside_other_credentials(write, sent)


def _refusals_beside_other_credentials(write: Write, sent: Body) -> Iterator[Rejection]:
    identity_id = write.id.rsplit("/", 2)[0]
    others = [
        body["properties"]
        for body in write.resources.of_type(CREDENTIAL_TYPE, identity_id)
        if body["id"].lower() != write.id.lower()
    ]
    if any((other["issuer"], other["subject"]) == (sent["issuer"], sent["subject"]) for other in others):
        yield Rejection(
            "BadRequest",
            f"Issuer '{sent['issuer']}' and subject '{sent['subject']}' are already used by another federated identity "
            "credential of this identity; the combination must be unique.",
            target="subject",
        )
    if len(others) >= MAX_CREDENTIALS:
        yield Rejection(
            "BadRequest", f"A managed identity can have at most {MAX_CREDENTIALS} federated identity credentials."
        )


TYPES = (
    ResourceType(IDENTITY_TYPE, validate=validation(_identity_refusals), completed=_completed_identity),
    ResourceType(
        CREDENTIAL_TYPE,
        validate=validation(_credential_refusals),
        location="none",
        seconds=0.1,
        # Documented: credentials of one identity are written one after another.
        one_write_at_a_time_under=lambda resource_id: resource_id.rsplit("/", 2)[0],
        busy_code="ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity",
    ),
)
