"""Makes Azure resources of a plan: group, location, tags and id."""

from collections.abc import Mapping
from typing import Any

from mesh import azure_ids, names
from mesh.model import Environment
from mesh.plan.resources import AzureResource, Output

NETWORK_CONTRIBUTOR = "4d97b98b-1d4f-4787-a291-c67834d212e7"
"""Built-in role, see https://learn.microsoft.com/azure/role-based-access-control/built-in-roles."""

KEY_VAULT_SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
"""Built-in role: reads the values of secrets, and no more."""

_ROLE_ASSIGNMENT = "azure-native:authorization:RoleAssignment"


def resource_id(environment: Environment, token: str, **path: str) -> str:
    """The id of a resource in the environment's group; `path` holds the names that the id is made of."""
    inputs = {"resourceGroupName": names.resource_group(environment.name), **path}
    return azure_ids.resource_id(f"azure-native:{token}", environment.subscription, inputs)


def resource(
    environment: Environment,
    token: str,
    name: str,
    component: str,
    path: Mapping[str, str],
    properties: Mapping[str, Any],
    **options: Any,
) -> AzureResource:
    """A resource in the environment's group. `path` names it; `options` are those of AzureResource."""
    return AzureResource(
        name=name,
        token=f"azure-native:{token}",
        id=resource_id(environment, token, **path),
        properties={
            "resourceGroupName": names.resource_group(environment.name),
            **path,
            **properties,
        },
        component=component,
        **options,
    )


def tracked(environment: Environment, location: str) -> dict[str, Any]:
    """The envelope of a resource that has a place and tags."""
    return {
        "location": location,
        "tags": {**dict(environment.tags), "hybrid-mesh": environment.name},
    }


def role_assignment(
    environment: Environment,
    identity: str,
    component: str,
    role: str,
    scope: str,
    suffix: str,
) -> AzureResource:
    """An identity's right on one resource; its name is a GUID because Azure wants one, made from what it joins."""
    name = f"{identity}/{suffix}"
    guid = names.guid(environment.subscription, environment.name, name)
    path = {"scope": scope, "roleAssignmentName": guid}
    return AzureResource(
        name=name,
        token=_ROLE_ASSIGNMENT,
        id=azure_ids.resource_id(_ROLE_ASSIGNMENT, environment.subscription, path),
        properties={
            **path,
            "principalId": Output(identity, "principalId"),
            "principalType": "ServicePrincipal",
            "roleDefinitionId": (
                f"/subscriptions/{environment.subscription}/providers/Microsoft.Authorization/roleDefinitions/{role}"
            ),
        },
        component=component,
    )
