"""Resource groups, identities and the roles that they have."""

from collections.abc import Mapping

from mesh.access.azure.treated.values import JUDGED, NAMED
from mesh.access.treatment import Harmless, Table

_TO_AZURE = Harmless("It says what an identity may do in Azure's own APIs, not who reaches whom in the networks.")

TYPES: Mapping[str, Table] = {
    "resources:ResourceGroup": {"managedBy": NAMED},
    "managedidentity:UserAssignedIdentity": {"resourceName": NAMED, "isolationScope": _TO_AZURE},
    "managedidentity:FederatedIdentityCredential": {
        "federatedIdentityCredentialResourceName": NAMED,
        "resourceName": NAMED,
        "audiences": _TO_AZURE,
        "issuer": JUDGED,
        "subject": JUDGED,
    },
    "authorization:RoleAssignment": {
        "condition": _TO_AZURE,
        "conditionVersion": _TO_AZURE,
        "delegatedManagedIdentityResourceId": _TO_AZURE,
        "description": NAMED,
        "principalId": JUDGED,
        "principalType": _TO_AZURE,
        "roleAssignmentName": NAMED,
        "roleDefinitionId": JUDGED,
        "scope": JUDGED,
    },
}
