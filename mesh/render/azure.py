"""Makes Azure resources of a plan: group, location, tags and id."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mesh import azure_ids, names
from mesh.model import Environment, Existing
from mesh.plan.resources import AzureResource, Output

NETWORK_CONTRIBUTOR = "4d97b98b-1d4f-4787-a291-c67834d212e7"
"""Built-in role, see https://learn.microsoft.com/azure/role-based-access-control/built-in-roles."""

PRIVATE_DNS_ZONE_CONTRIBUTOR = "b12aa53e-6015-4669-85d0-8515ebb3ae7f"
"""Built-in role: writes records and links of a zone."""

KEY_VAULT_SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
"""Built-in role: reads the values of secrets, and no more."""

_ROLE_ASSIGNMENT = "azure-native:authorization:RoleAssignment"


def resource_id(environment: Environment, token: str, **path: str) -> str:
    """The id of a resource in the environment's group; `path` holds the names that the id is made of."""
    inputs = {"resourceGroupName": environment.resource_group, **path}
    return azure_ids.resource_id(f"azure-native:{token}", environment.subscription, inputs)


def id_of(existing: Existing, token: str, **path: str) -> str:
    """The id of a resource in the group of what others made."""
    inputs = {"resourceGroupName": existing.resource_group, **path}
    return azure_ids.resource_id(f"azure-native:{token}", existing.subscription, inputs)


def fact(
    token: str, name: str, component: str, existing: Existing, path: Mapping[str, str], properties: Mapping[str, Any]
) -> AzureResource:
    """A resource that others made in the group of `existing`, as far as the stack file tells of it."""
    inputs = {"resourceGroupName": existing.resource_group, **path}
    return AzureResource(
        name=name,
        token=f"azure-native:{token}",
        id=id_of(existing, token, **path),
        properties={**inputs, **properties},
        component=component,
        existing=True,
    )


def beside(
    existing: Existing,
    token: str,
    name: str,
    component: str,
    path: Mapping[str, str],
    properties: Mapping[str, Any],
    **options: Any,
) -> AzureResource:
    """A resource of ours in the group of what others made."""
    return replace(fact(token, name, component, existing, path, properties), existing=False, **options)


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
            "resourceGroupName": environment.resource_group,
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
