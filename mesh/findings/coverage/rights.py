"""Azure's own rights in a plan: role assignments and federated credentials, told where nobody declared has them.

Who reads a gateway's certificate from its vault can serve its hosts.
"""

from collections.abc import Iterator, Mapping

from mesh import model, names
from mesh.findings.coverage import named_roles
from mesh.plan import Plan
from mesh.plan.resources import ApiServer, AzureResource, Output

_ASSIGNMENT = "azure-native:authorization:RoleAssignment"
_CREDENTIAL = "azure-native:managedidentity:FederatedIdentityCredential"
_IDENTITY = "identity/"


def strange(plan: Plan) -> Iterator[tuple[str, str]]:
    """The name of a resource, and why it gives somebody what is not declared to be his."""
    gateways = {
        f"{_IDENTITY}{names.ingress_identity(cluster, gateway)}": (cluster, gateway)
        for cluster in plan.environment.clusters
        for gateway in cluster.ingress
    }
    identities = {resource.name for resource in plan.azure if resource.token.endswith(":UserAssignedIdentity")}
    for resource in plan.azure:
        if resource.token == _ASSIGNMENT:
            for why in _of_assignment(resource, identities, gateways):
                yield resource.name, why
        elif resource.token == _CREDENTIAL:
            for why in _of_credential(resource, gateways):
                yield resource.name, why


_Gateways = Mapping[str, tuple[model.Cluster, model.IngressGateway]]


def _of_assignment(resource: AzureResource, identities: set[str], gateways: _Gateways) -> Iterator[str]:
    said = resource.properties
    role = str(said.get("roleDefinitionId", "")).rpartition("/")[2].lower()
    principal = said.get("principalId")
    if not isinstance(principal, Output) or not _is_declared(principal, identities):
        yield f"it gives a role to {principal}, which is no identity of the plan"
    elif role == named_roles.KEY_VAULT_SECRETS_USER:
        secret = str(said.get("scope", "")).rpartition("/secrets/")[2]
        if secret not in _secrets(gateways.get(principal.resource)):
            yield f"it lets {principal.resource} read {said.get('scope')}, which is none of its gateway's secrets"
    elif role == named_roles.NETWORK_CONTRIBUTOR and not _is_joined(str(said.get("scope", ""))):
        yield f"it lets {principal.resource} change {said.get('scope')}, and clusters need no more than to join it"
    elif role not in named_roles.HARMLESS:
        yield f"nobody judges the role {role}"


def _is_joined(scope: str) -> bool:
    """Whether it is of a kind that clusters join, and no security group, network or resource group."""
    return scope.split("/")[-2:-1] in [[kind] for kind in ("subnets", "publicIPAddresses", "routeTables")]


def _is_declared(principal: Output, identities: set[str]) -> bool:
    return principal.resource in identities or principal.resource.startswith("cluster/")


def _secrets(served: tuple[model.Cluster, model.IngressGateway] | None) -> tuple[str, ...]:
    tls = served[1].tls if served else None
    return tls.source.secrets if tls and isinstance(tls.source, model.KeyVault) else ()


def _of_credential(resource: AzureResource, gateways: _Gateways) -> Iterator[str]:
    identity = f"{_IDENTITY}{resource.properties.get('resourceName')}"
    if identity not in gateways:
        yield f"it lets pods be {identity}, which is no declared gateway's identity"
        return
    cluster, gateway = gateways[identity]
    account = f"system:serviceaccount:{names.INGRESS_NAMESPACE}:{names.ingress_gateway(gateway)}"
    if resource.properties.get("subject") != account:
        yield f"it lets {resource.properties.get('subject')} be {identity}, and not {account}"
    issuer = resource.properties.get("issuer")
    if issuer != ApiServer(cluster.name, "issuer"):
        yield f"it trusts tokens of {issuer}, and not those of cluster/{cluster.name}"
