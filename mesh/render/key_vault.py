"""Certificates that Key Vault keeps, into the secrets that gateways read, by the Secrets Store CSI driver of AKS.

The driver fetches for a pod what its volume names, by the pod's own identity, and keeps it as Kubernetes secrets as
well. So a gateway has an identity that may read its own secrets of the vault, and a volume that nothing in it opens.
"""

from collections.abc import Iterator
from typing import Any

from mesh import azure_ids, names
from mesh.model import Cluster, Environment, IngressGateway, KeyVault
from mesh.plan.resources import ApiServer, AzureResource, KubernetesObject, Output
from mesh.render import azure, ingress, kubernetes

_DRIVER = "secrets-store.csi.k8s.io"
_ADD_ON = "azureKeyvaultSecretsProvider"
_VOLUME = "key-vault"
_AUDIENCE = "api://AzureADTokenExchange"
"""For whom a pod's token is made that Entra takes: https://learn.microsoft.com/azure/aks/workload-identity-overview."""


def add_on(environment: Environment, cluster: Cluster) -> dict[str, Any]:
    """Extra properties of a cluster whose gateways read a vault."""
    if not any(_vault(environment, cluster, gateway) for gateway in cluster.ingress):
        return {}
    return {"addonProfiles": {_ADD_ON: {"enabled": True, "config": {"enableSecretRotation": "true"}}}}


def volume(environment: Environment, cluster: Cluster, gateway: IngressGateway) -> dict[str, Any]:
    """Extra Helm values of a gateway that reads a vault: the driver fetches only for pods that mount the volume."""
    if not _vault(environment, cluster, gateway):
        return {}
    attributes = {"secretProviderClass": names.ingress_gateway(gateway)}
    return {
        "volumes": [{"name": _VOLUME, "csi": {"driver": _DRIVER, "readOnly": True, "volumeAttributes": attributes}}],
        "volumeMounts": [{"name": _VOLUME, "mountPath": "/mnt/key-vault", "readOnly": True}],
    }


def before_pods(environment: Environment, cluster: Cluster, gateway: IngressGateway) -> tuple[str, ...]:
    """The objects that a gateway's volume needs."""
    return tuple(item.name for item in _objects(environment, cluster, gateway))


def resources(environment: Environment) -> tuple[AzureResource, ...]:
    return tuple(
        item
        for cluster in environment.clusters
        for gateway in cluster.ingress
        for item in _resources(environment, cluster, gateway)
    )


def objects(environment: Environment) -> tuple[KubernetesObject, ...]:
    return tuple(
        item
        for cluster in environment.clusters
        for gateway in cluster.ingress
        for item in _objects(environment, cluster, gateway)
    )


def _vault(environment: Environment, cluster: Cluster, gateway: IngressGateway) -> KeyVault | None:
    """A gateway that serves nothing reads nothing."""
    source = gateway.tls.source if gateway.tls else None
    return source if isinstance(source, KeyVault) and ingress.routes_from(environment, cluster, gateway) else None


def _identity(cluster: Cluster, gateway: IngressGateway) -> str:
    return f"identity/{names.ingress_identity(cluster, gateway)}"


def _resources(environment: Environment, cluster: Cluster, gateway: IngressGateway) -> Iterator[AzureResource]:
    vault = _vault(environment, cluster, gateway)
    if vault is None:
        return
    component = f"cluster/{cluster.name}"
    identity, path = _identity(cluster, gateway), {"resourceName": names.ingress_identity(cluster, gateway)}
    envelope = azure.tracked(environment, cluster.network.location)
    kind = "managedidentity:UserAssignedIdentity"
    yield azure.resource(environment, kind, identity, component, path, envelope)
    yield azure.resource(
        environment,
        "managedidentity:FederatedIdentityCredential",
        f"{identity}/pods",
        component,
        {**path, "federatedIdentityCredentialResourceName": "pods"},
        {
            "issuer": ApiServer(cluster.name, "issuer"),
            "subject": f"system:serviceaccount:{names.INGRESS_NAMESPACE}:{names.ingress_gateway(gateway)}",
            "audiences": [_AUDIENCE],
        },
    )
    where = {"resourceGroupName": vault.resource_group, "vaultName": vault.name}
    for secret in vault.secrets:
        kind = "azure-native:keyvault:Secret"
        scope = azure_ids.resource_id(kind, environment.subscription, {**where, "secretName": secret})
        yield azure.role_assignment(
            environment, identity, component, azure.KEY_VAULT_SECRETS_USER, scope, f"secret/{secret}"
        )


def _objects(environment: Environment, cluster: Cluster, gateway: IngressGateway) -> Iterator[KubernetesObject]:
    vault = _vault(environment, cluster, gateway)
    if vault is None:
        return
    identity = _identity(cluster, gateway)
    spec = {
        "provider": "azure",
        "parameters": {
            "clientID": Output(identity, "clientId"),
            "tenantId": Output(identity, "tenantId"),
            "keyvaultName": vault.name,
            "objects": "array:\n" + "".join(map(_fetched, vault.secrets)),
        },
        "secretObjects": _synchronised(names.secret_of_key_vault(gateway.name), vault),
    }
    yield kubernetes.manifest(
        cluster,
        kubernetes.SECRETS_STORE,
        "SecretProviderClass",
        names.INGRESS_NAMESPACE,
        names.ingress_gateway(gateway),
        body={"spec": spec},
    )


def _fetched(secret: str) -> str:
    """As the driver's provider for Azure reads it: text in YAML, each item text once more."""
    return f'  - |\n    objectName: "{secret}"\n    objectType: secret\n'


def _synchronised(secret: str, vault: KeyVault) -> list[dict[str, Any]]:
    """To a secret of type tls the driver gives key and certificates apart, and refuses any third key."""
    keys = {"tls.crt": vault.certificate, "tls.key": vault.certificate}
    secrets = [_secret(secret, "kubernetes.io/tls", keys)]
    if vault.authority:
        more = {"ca.crl": vault.revocation_list} if vault.revocation_list else {}
        secrets.append(_secret(names.authority_of_secret(secret), "Opaque", {**more, "ca.crt": vault.authority}))
    return secrets


def _secret(name: str, kind: str, keys: dict[str, str]) -> dict[str, Any]:
    data = [{"key": key, "objectName": source} for key, source in sorted(keys.items())]
    return {"secretName": name, "type": kind, "data": data}
