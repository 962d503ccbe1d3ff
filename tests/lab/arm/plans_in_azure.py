"""A plan's Azure resources, created in the simulated Azure one after the other."""

import base64
from collections.abc import Mapping
from typing import Any

from arm_client import Azure

from mesh import azure_ids
from mesh.lab.arm import identity
from mesh.lab.providers.azure_native import bodies
from mesh.model import Environment, KeyVault
from mesh.plan.resources import ApiServer, AzureResource, Base64, Output
from mesh.render import plan


def create(azure: Azure, environment: Environment, *, twice: bool = False) -> None:
    """Asserts that Azure accepts everything; `twice`: and each once more, unchanged."""
    _keep_certificates(azure, environment)
    left = list(plan(environment).azure)
    outputs: dict[str, Mapping[str, Any]] = {}
    while left:
        ready = [resource for resource in left if all(name in outputs for name in resource.depends_on)]
        assert ready, f"{[resource.name for resource in left]} wait for each other"
        for resource in ready:
            _make(azure, resource, outputs, twice)
        left = [resource for resource in left if resource.name not in outputs]


def _make(azure: Azure, resource: AzureResource, outputs: dict[str, Mapping[str, Any]], twice: bool) -> None:
    version = azure_ids.ADDRESSES[resource.token].api_version
    body = bodies.body(resource.token, _with_outputs(resource.properties, outputs))
    made = azure.made(resource.id, body, version)
    outputs[resource.name] = bodies.outputs(resource.token, made)
    if twice:
        assert azure.put(resource.id, body, version).status_code == 200, "the same again is accepted"
        azure.wait()


def _with_outputs(value: Any, outputs: Mapping[str, Mapping[str, Any]]) -> Any:
    """Raises KeyError where a resource that is named has not been made yet."""
    if isinstance(value, Output):
        return outputs[value.resource][value.property]
    if isinstance(value, ApiServer) and value.part == "issuer":
        return outputs[value.resource]["oidcIssuerProfile"]["issuerURL"]
    if isinstance(value, Base64):
        return base64.b64encode(b"#!/bin/sh\n").decode()
    if isinstance(value, Mapping):
        return {key: _with_outputs(member, outputs) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_with_outputs(member, outputs) for member in value]
    return value


def _keep_certificates(azure: Azure, environment: Environment) -> None:
    """What has to be in a vault before."""
    for cluster in environment.clusters:
        for gateway in cluster.ingress:
            if gateway.tls and isinstance(vault := gateway.tls.source, KeyVault):
                group = f"/subscriptions/{environment.subscription}/resourceGroups/{vault.resource_group}"
                azure.made(group, {"location": environment.location})
                found = f"{group}/providers/Microsoft.KeyVault/vaults/{vault.name}"
                sku = {"family": "A", "name": "standard"}
                properties = {"tenantId": identity.TENANT, "sku": sku, "enableRbacAuthorization": True}
                azure.made(found, {"location": environment.location, "properties": properties})
                for secret in vault.secrets:
                    azure.made(f"{found}/secrets/{secret}", {"properties": {"value": "PEM"}})
