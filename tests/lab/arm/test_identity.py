"""Identities, their federated credentials and the roles they are assigned."""

import uuid
from typing import Any

import pytest
from arm_client import GROUP, NETWORK, SUBSCRIPTION, Azure
from cluster_ground import NETWORK_CONTRIBUTOR, READER, network
from rules import Rule, changed, each, each_kept

IDENTITIES = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
IDENTITY = f"{IDENTITIES}/orders"
CREDENTIAL = f"{IDENTITY}/federatedIdentityCredentials/orders"
ROLES = f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions"
ASSIGNMENT = f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/{uuid.UUID(int=7)}"


@pytest.fixture(autouse=True)
def principal(azure: Azure) -> str:
    return azure.made(IDENTITY, {"location": "westeurope"})["properties"]["principalId"]


def credential(**properties: Any) -> dict[str, Any]:
    return {
        "properties": {
            "issuer": "https://westeurope.oic.prod-aks.azure.com/tenant/cluster/",
            "subject": "system:serviceaccount:shop:orders",
            "audiences": ["api://AzureADTokenExchange"],
            **properties,
        }
    }


def test_an_identity_made_again_is_the_same_one(azure: Azure) -> None:
    before = azure.body(IDENTITY)["properties"]
    azure.gone(IDENTITY)
    again = azure.made(IDENTITY, {"location": "westeurope"})["properties"]

    assert (again["principalId"], again["clientId"]) == (before["principalId"], before["clientId"])
    assert before["principalId"] != before["clientId"]
    assert uuid.UUID(before["tenantId"])


def test_two_identities_are_two_principals(azure: Azure, principal: str) -> None:
    other = azure.made(f"{IDENTITIES}/other", {"location": "westeurope"})

    assert other["properties"]["principalId"] != principal


@pytest.mark.parametrize("name", ["abc", "orders_1-a", "1orders", "o" * 128])
def test_azure_accepts_the_identity_name(azure: Azure, name: str) -> None:
    azure.made(f"{IDENTITIES}/{name}", {"location": "westeurope"})


@pytest.mark.parametrize("name", ["ab", "-orders", "or.ders", "o" * 129])
def test_azure_refuses_the_identity_name(azure: Azure, name: str) -> None:
    assert azure.refused(f"{IDENTITIES}/{name}", {"location": "westeurope"}) == "InvalidResourceName"


CREDENTIALS = [
    Rule("it has an issuer", {"properties.issuer": None}, "BadRequest"),
    Rule(
        "it has a subject",
        {"properties.subject": ""},
        "BadRequest",
        {"properties.subject": "system:serviceaccount:a:b"},
    ),
    Rule("it has an audience", {"properties.audiences": []}, "BadRequest", {"properties.audiences": ["api://other"]}),
    Rule("it has one audience", {"properties.audiences": ["api://one", "api://two"]}, "BadRequest"),
    Rule(
        "its issuer is an https URL",
        {"properties.issuer": "http://issuer.example"},
        "BadRequest",
        {"properties.issuer": "https://issuer.example"},
    ),
    Rule(
        "its subject has at most 600 characters",
        {"properties.subject": "s" * 601},
        "BadRequest",
        {"properties.subject": "s" * 600},
    ),
    Rule("its subject has no space around it", {"properties.subject": " orders"}, "BadRequest"),
]


@each_kept(CREDENTIALS)
def test_azure_accepts_a_credential_where(azure: Azure, rule: Rule) -> None:
    azure.made(CREDENTIAL, changed(credential(), rule.kept))


@each(CREDENTIALS)
def test_azure_refuses_a_credential_unless(azure: Azure, rule: Rule) -> None:
    assert azure.refused(CREDENTIAL, changed(credential(), rule.broken)) == rule.code


@pytest.mark.parametrize("name", ["or", "-orders", "orders.shop", "o" * 121])
def test_azure_refuses_the_credential_name(azure: Azure, name: str) -> None:
    assert azure.refused(f"{IDENTITY}/federatedIdentityCredentials/{name}", credential()) == "BadRequest"


def test_issuer_and_subject_are_used_once_in_an_identity(azure: Azure) -> None:
    azure.made(CREDENTIAL, credential())

    assert azure.refused(f"{CREDENTIAL}-2", credential()) == "BadRequest"
    azure.made(f"{CREDENTIAL}-2", credential(subject="system:serviceaccount:shop:other"))


def test_an_identity_has_at_most_twenty_credentials(azure: Azure) -> None:
    for number in range(20):
        azure.made(f"{CREDENTIAL}-{number}", credential(subject=f"subject-{number}"))

    assert azure.refused(f"{CREDENTIAL}-20", credential(subject="subject-20")) == "BadRequest"


def test_two_credentials_of_an_identity_are_not_written_at_once(azure: Azure) -> None:
    azure.put(CREDENTIAL, credential())

    response = azure.put(f"{CREDENTIAL}-2", credential(subject="other"))

    assert response.status_code == 409
    code = "ConcurrentFederatedIdentityCredentialsWritesForSingleManagedIdentity"
    assert response.json()["error"]["code"] == code


def assignment(principal: str, role: str = NETWORK_CONTRIBUTOR, **properties: Any) -> dict[str, Any]:
    return {"properties": {"principalId": principal, "roleDefinitionId": f"{ROLES}/{role}", **properties}}


def test_an_assignment_says_what_it_lies_on(azure: Azure, principal: str) -> None:
    made = azure.made(ASSIGNMENT, assignment(principal))

    assert made["properties"]["scope"] == GROUP
    assert made["properties"]["principalType"] == "ServicePrincipal"


def test_an_assignment_lies_on_a_subscription_a_group_or_a_resource(azure: Azure, principal: str) -> None:
    east = network(azure, "east", "10.10.0.0/16")
    for scope in (SUBSCRIPTION, GROUP, east):
        path = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
        assert azure.made(path, assignment(principal))["properties"]["scope"] == scope


def test_an_assignment_on_a_resource_that_is_not_there_is_refused(azure: Azure, principal: str) -> None:
    nowhere = f"{NETWORK}/virtualNetworks/nowhere/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"

    assert azure.refused(nowhere, assignment(principal)) == "ResourceNotFound"


def test_an_assignment_is_named_by_a_guid(azure: Azure, principal: str) -> None:
    path = f"{GROUP}/providers/Microsoft.Authorization/roleAssignments/orders"

    assert azure.refused(path, assignment(principal)) == "InvalidRoleAssignmentId"


def test_an_assignment_names_a_principal_and_a_role(azure: Azure, principal: str) -> None:
    body = assignment(principal)

    assert azure.refused(ASSIGNMENT, changed(body, {"properties.principalId": None})) == (
        "InvalidCreateRoleAssignmentRequest"
    )
    assert azure.refused(ASSIGNMENT, changed(body, {"properties.roleDefinitionId": ""})) == (
        "InvalidCreateRoleAssignmentRequest"
    )
    assert azure.refused(ASSIGNMENT, changed(body, {"properties.principalId": "orders"})) == "InvalidPrincipalId"


def test_a_principal_that_is_not_in_the_directory_is_refused_unless_its_type_is_given(azure: Azure) -> None:
    unknown = str(uuid.uuid4())

    assert azure.refused(ASSIGNMENT, assignment(unknown)) == "PrincipalNotFound"
    azure.made(ASSIGNMENT, assignment(unknown, principalType="User"))


def test_an_identity_is_no_user(azure: Azure, principal: str) -> None:
    assert azure.refused(ASSIGNMENT, assignment(principal, principalType="User")) == "UnmatchedPrincipalType"
    azure.made(ASSIGNMENT, assignment(principal, principalType="ServicePrincipal"))


def test_a_role_that_does_not_exist_is_refused(azure: Azure, principal: str) -> None:
    assert azure.refused(ASSIGNMENT, assignment(principal, role=str(uuid.uuid4()))) == "RoleDefinitionDoesNotExist"


def test_the_same_right_is_not_assigned_twice(azure: Azure, principal: str) -> None:
    azure.made(ASSIGNMENT, assignment(principal))
    another = f"{ASSIGNMENT.rpartition('/')[0]}/{uuid.uuid4()}"

    response = azure.put(another, assignment(principal.upper()))
    assert (response.status_code, response.json()["error"]["code"]) == (409, "RoleAssignmentExists")

    azure.made(another, assignment(principal, role=READER))


def test_an_assignment_does_not_change(azure: Azure, principal: str) -> None:
    azure.made(ASSIGNMENT, assignment(principal))

    assert azure.refused(ASSIGNMENT, assignment(principal, role=READER)) == "RoleAssignmentUpdateNotPermitted"
    azure.made(ASSIGNMENT, assignment(principal))


def test_assignments_go_with_what_they_lie_on(azure: Azure, principal: str) -> None:
    east = network(azure, "east", "10.10.0.0/16")
    path = f"{east}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
    azure.made(path, assignment(principal))

    azure.gone(east)

    assert azure.get(path).status_code == 404


def test_built_in_roles_can_be_read_and_not_written(azure: Azure) -> None:
    role = azure.body(f"{ROLES}/{NETWORK_CONTRIBUTOR}")

    assert role["properties"]["roleName"] == "Network Contributor"
    assert azure.get(f"{ROLES}/{uuid.uuid4()}").status_code == 404
    assert azure.refused(f"{ROLES}/{NETWORK_CONTRIBUTOR}", {"properties": {}}) == "RoleDefinitionUpdateNotPermitted"
