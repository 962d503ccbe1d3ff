"""Azure's built-in roles that are known here, by their GUIDs.

https://learn.microsoft.com/azure/role-based-access-control/built-in-roles
"""

from collections.abc import Mapping

KEY_VAULT_SECRETS_USER = "4633458b-17de-408a-b874-0445c86b69e6"
NETWORK_CONTRIBUTOR = "4d97b98b-1d4f-4787-a291-c67834d212e7"
HARMLESS: Mapping[str, str] = {
    NETWORK_CONTRIBUTOR: "Network Contributor: a cluster joins its subnets and public addresses",
    "7f951dda-4ed3-4680-a7ca-43fe172d538d": "AcrPull: nodes pull images",
    "b12aa53e-6015-4669-85d0-8515ebb3ae7f": "Private DNS Zone Contributor: a private cluster names its API server",
    "f1a07417-d97a-45cb-824c-7a7467783830": "Managed Identity Operator: a cluster gives its kubelet an identity",
}
