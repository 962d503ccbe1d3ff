"""Resource groups, identities and the roles that they have."""

from collections.abc import Mapping

from mesh.access.azure.treated.values import NAMED
from mesh.access.treatment import Harmless, Table

_TO_AZURE = Harmless("It says what an identity may do in Azure's own APIs, not who reaches whom in the networks.")

TYPES: Mapping[str, Table] = {
    "resources:ResourceGroup": {"managedBy": NAMED},
    "managedidentity:UserAssignedIdentity": {"resourceName": NAMED, "isolationScope": _TO_AZURE},
    "managedidentity:FederatedIdentityCredential": {
        "federatedIdentityCredentialResourceName": NAMED,
        "resourceName": NAMED,
        "audiences": _TO_AZURE,
        "issuer": _TO_AZURE,
        "subject": _TO_AZURE,
    },
    "authorization:RoleAssignment": {
        "condition": _TO_AZURE,
        "conditionVersion": _TO_AZURE,
        "delegatedManagedIdentityResourceId": _TO_AZURE,
        "description": NAMED,
        "principalId": _TO_AZURE,
        "principalType": _TO_AZURE,
        "roleAssignmentName": NAMED,
        "roleDefinitionId": _TO_AZURE,
        "scope": _TO_AZURE,
    },
}
