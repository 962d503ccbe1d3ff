"""Role assignments: who may do what on which resource, and the built-in roles there are to assign."""

import uuid
from collections.abc import Iterator

from mesh.lab.arm import identity
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.refusals import properties, properties_before, validation
from mesh.lab.arm.resource_types import Body, Resources, ResourceType, Write

ASSIGNMENT_TYPE = "Microsoft.Authorization/roleAssignments"
DEFINITION_TYPE = "Microsoft.Authorization/roleDefinitions"
SUBSCRIPTION_SEGMENTS = 2
_ASSIGNMENTS = f"/providers/{ASSIGNMENT_TYPE}/".lower()

# Codes and messages as Azure's samples and its users report them; the property's description for principalType.
ROLES = {
    "Owner": "8e3af657-a8ff-443c-a75c-2fe8c4bcb635",
    "Contributor": "b24988ac-6180-42a0-ab88-20f7382dd24c",
    "Reader": "acdd72a7-3385-48ef-bd42-f606fba81ae7",
    "User Access Administrator": "18d7d88d-d35e-4fb5-a5c3-7773c20a72d9",
    "Network Contributor": "4d97b98b-1d4f-4787-a291-c67834d212e7",
    "Private DNS Zone Contributor": "b12aa53e-6015-4669-85d0-8515ebb3ae7f",
    "DNS Zone Contributor": "befefa01-2a29-4197-83a8-272ff33ce314",
    "Virtual Machine Contributor": "9980e02c-c2be-4d73-94e8-173b1dc7cf3c",
    "Managed Identity Operator": "f1a07417-d97a-45cb-824c-7a7467783830",
    "Managed Identity Contributor": "e40ec5ca-96e0-45a2-b4ff-59039f2c2b59",
    "AcrPull": "7f951dda-4ed3-4680-a7ca-43fe172d538d",
    "Key Vault Administrator": "00482a5a-887f-4fb3-b363-3b7fe8e74483",
    "Key Vault Reader": "21090545-7ca7-4776-b22c-e363652d74d2",
    "Key Vault Secrets Officer": "b86a8fe4-44ce-4948-aee5-eccb2c155cd7",
    "Key Vault Secrets User": "4633458b-17de-408a-b874-0445c86b69e6",
    "Azure Kubernetes Service Cluster Admin Role": "0ab0b1a8-8aac-4efd-b8c2-3ee1fb270be8",
    "Azure Kubernetes Service Cluster User Role": "4abbcc35-e782-43d8-92c5-2d3f1bd2253f",
    "Azure Kubernetes Service RBAC Admin": "3498e952-d568-435e-9b2c-8d77e338d7f7",
    "Azure Kubernetes Service RBAC Cluster Admin": "b1ff04bb-8a4e-4dc4-8eb5-8693973ce19b",
    "Azure Kubernetes Service RBAC Reader": "7f6c6a51-bcf8-42ba-9220-52d62157d7db",
    "Azure Kubernetes Service RBAC Writer": "a7ffa36f-339b-4b5c-8bdf-e2c188b2c0eb",
    "Monitoring Metrics Publisher": "3913510d-42f4-4e42-8a64-420c390055eb",
    "Storage Blob Data Reader": "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1",
}
"""The built-in roles that matter here, by the ids that are the same in every tenant."""

NETWORK_ROLES = ("Owner", "Contributor", "Network Contributor")
"""Those that include Microsoft.Network/virtualNetworks/subnets/join/action."""


def may(principal: str, roles: tuple[str, ...], scope: str, resources: Resources) -> bool:
    """Whether a principal holds one of the roles on a scope, by an assignment there or anywhere above it."""
    role_ids = {ROLES[role] for role in roles}
    subscription = "/".join(scope.split("/")[:3])
    return any(
        _principal(assignment) == principal.lower()
        and _role(assignment) in role_ids
        and f"{scope}/".lower().startswith(f"{scope_of(assignment['id'])}/")
        for assignment in resources.of_type(ASSIGNMENT_TYPE, subscription)
    )


def scope_of(assignment_id: str) -> str:
    """What an assignment lies on, in lower case."""
    return assignment_id.lower().rpartition(_ASSIGNMENTS)[0]


def _principal(assignment: Body) -> str:
    return str(assignment["properties"]["principalId"]).lower()


def _role(assignment: Body) -> str:
    return str(assignment["properties"]["roleDefinitionId"]).lower().rpartition("/")[2]


def _is_guid(text: object) -> bool:
    try:
        uuid.UUID(str(text))
    except ValueError:
        return False
    return len(str(text)) == len(str(uuid.UUID(int=0)))


def _refusals(write: Write) -> Iterator[Rejection]:
    sent = properties(write)
    if not _is_guid(write.name):
        yield Rejection(
            "InvalidRoleAssignmentId",
            f"The role assignment ID '{write.name}' is not valid. The role assignment ID must be a GUID.",
        )
    if not sent.get("roleDefinitionId") or not sent.get("principalId"):
        yield Rejection("InvalidCreateRoleAssignmentRequest", "The request was incorrectly formatted.")
    if not _is_guid(sent["principalId"]):
        yield Rejection("InvalidPrincipalId", "A valid principal ID must be provided for role assignment.")
    role = _role(write.body)
    if role not in ROLES.values():
        yield Rejection(
            "RoleDefinitionDoesNotExist", f"The specified role definition with ID '{role}' does not exist.", 404
        )
    scope = write.id[: len(scope_of(write.id))]
    if scope.count("/") > SUBSCRIPTION_SEGMENTS and write.resources.get(scope) is None:
        yield Rejection("ResourceNotFound", f"The resource '{scope}' that the role is assigned on was not found.", 404)
    yield from _principal_refusals(write, sent)
    yield from _refusals_beside_other_assignments(write)


def _principal_refusals(write: Write, sent: Body) -> Iterator[Rejection]:
    principal, kind = sent["principalId"].lower(), sent.get("principalType")
    known = principal in identity.principals(write.resources, "/".join(write.id.split("/")[:3]))
    if not known and not kind:
        yield Rejection(
            "PrincipalNotFound",
            f"Principal {principal.replace('-', '')} does not exist in the directory {identity.TENANT}. Check "
            "that you have "
            "the correct principal ID. If you are creating this principal and then immediately assigning a "
            "role, this error "
            "might be related to a replication delay. In this case, set the role assignment principalType "
            "property to a "
            "value, such as ServicePrincipal, User, or Group. See https://aka.ms/docs-principaltype",
        )
    if known and kind not in (None, "ServicePrincipal"):
        yield Rejection(
            "UnmatchedPrincipalType",
            f"The PrincipalId '{principal.replace('-', '')}' has type 'ServicePrincipal' , which is different "
            "from specified "
            f"PrinciaplType '{kind}'.",
        )


def _refusals_beside_other_assignments(write: Write) -> Iterator[Rejection]:
    if write.before:
        before = properties_before(write)
        if any(before[key].lower() != properties(write)[key].lower() for key in ("principalId", "roleDefinitionId")):
            yield Rejection(
                "RoleAssignmentUpdateNotPermitted",
                "Tenant ID, application ID, principal ID, and scope are not allowed to be updated.",
            )
    subscription = "/".join(write.id.split("/")[:3])
    for other in write.resources.of_type(ASSIGNMENT_TYPE, subscription):
        if other["id"].lower() != write.id.lower() and (_principal(other), _role(other), scope_of(other["id"])) == (
            _principal(write.body),
            _role(write.body),
            scope_of(write.id),
        ):
            conflicting = other["name"].replace("-", "")
            yield Rejection(
                "RoleAssignmentExists",
                f"The role assignment already exists. The ID of the conflicting role assignment is {conflicting}.",
                409,
            )


def _completed(write: Write) -> Body:
    scope = write.id[: len(scope_of(write.id))]
    defaults = {"principalType": "ServicePrincipal", "condition": None, "conditionVersion": None}
    return write.body | {"properties": defaults | properties(write) | {"scope": scope}}


def _refuse_definition(write: Write) -> Iterator[Rejection]:
    yield Rejection("RoleDefinitionUpdateNotPermitted", "Built-in role definitions cannot be changed.", 403)


def _built_in_role(resource_id: str) -> Body | None:
    name = resource_id.lower().rpartition("/")[2]
    for role, role_id in ROLES.items():
        if role_id == name:
            return {
                "id": resource_id,
                "name": role_id,
                "type": DEFINITION_TYPE,
                "properties": {"roleName": role, "type": "BuiltInRole", "assignableScopes": ["/"]},
            }
    return None


TYPES = (
    ResourceType(
        ASSIGNMENT_TYPE,
        validate=validation(_refusals),
        completed=_completed,
        location="none",
        replaced_when_changed=("principalId", "roleDefinitionId"),
        extension=True,
    ),
    ResourceType(
        DEFINITION_TYPE,
        validate=validation(_refuse_definition),
        location="none",
        extension=True,
        built_in=_built_in_role,
    ),
)
