"""Add-ons of managed clusters: what Azure refuses in them and adds to them, and the kinds they bring to the cluster."""

from collections.abc import Iterator
from typing import Any

from mesh.lab.arm import identity
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.refusals import properties, properties_before
from mesh.lab.arm.resource_types import Body, Write

KEY_VAULT = "azureKeyvaultSecretsProvider"
_SWITCHES = {"true", "false"}


def refusals(write: Write) -> Iterator[Rejection]:
    for name, profile in _sent(write).items():
        config = profile.get("config") or {}
        if name == KEY_VAULT and config.get("enableSecretRotation", "false") not in _SWITCHES:
            yield _invalid(f"addonProfiles.{name}.config.enableSecretRotation", 'it is "true" or "false"')


def completed(write: Write, node_group_id: str) -> Body:
    """Those that a write leaves out stay as they are; an enabled one gets an identity beside the nodes."""
    profiles = (properties_before(write).get("addonProfiles") or {}) | _sent(write)
    return {
        name: {key: value for key, value in profile.items() if key != "identity"}
        | ({"identity": _identity(node_group_id, name, write.name)} if profile["enabled"] else {})
        for name, profile in profiles.items()
    }


def kinds(cluster: Body) -> tuple[Body, ...]:
    profile = (cluster["properties"].get("addonProfiles") or {}).get(KEY_VAULT) or {}
    return (_SECRET_PROVIDER_CLASS,) if profile.get("enabled") else ()


def _sent(write: Write) -> dict[str, Body]:
    return properties(write).get("addonProfiles") or {}


def _identity(node_group_id: str, add_on: str, cluster: str) -> Body:
    own = f"{node_group_id}/providers/{identity.IDENTITY_TYPE}/{add_on.lower()}-{cluster}"
    return {"resourceId": own, "clientId": identity.client_id(own), "objectId": identity.principal_id(own)}


def _invalid(field: str, why: str) -> Rejection:
    return Rejection("InvalidParameter", f"The value of parameter {field} is invalid: {why}.", target=field)


def _texts() -> dict[str, Any]:
    return {"type": "object", "additionalProperties": {"type": "string"}}


def _object(**members: Any) -> dict[str, Any]:
    return {"type": "object", "properties": members}


def _list(item: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": item}


_TEXT = {"type": "string"}
_SYNCHRONISED = _object(
    secretName=_TEXT,
    type=_TEXT,
    labels=_texts(),
    annotations=_texts(),
    data=_list(_object(objectName=_TEXT, key=_TEXT)),
)
_SPEC = _object(provider=_TEXT, parameters=_texts(), secretObjects=_list(_SYNCHRONISED))
_SECRET_PROVIDER_CLASS: Body = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "secretproviderclasses.secrets-store.csi.x-k8s.io"},
    "spec": {
        "group": "secrets-store.csi.x-k8s.io",
        "scope": "Namespaced",
        "names": {
            "kind": "SecretProviderClass",
            "listKind": "SecretProviderClassList",
            "plural": "secretproviderclasses",
            "singular": "secretproviderclass",
        },
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": _object(spec=_SPEC)},
            }
        ],
    },
}
"""As the Secrets Store CSI driver defines it, without what its own controllers write."""
