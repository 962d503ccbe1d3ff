"""A provider plugin for tests: checks, compares and previews as the lab's plugins do, and carries out all it is told.

There is no Azure and no API server behind it. Started with the name of its package.
"""

import base64
import sys
from typing import Any

import yaml
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2

from mesh.lab import paths
from mesh.lab.providers import plugin
from mesh.lab.providers.azure_native.provider import AzureNative
from mesh.lab.providers.kubernetes.provider import KubernetesProvider
from mesh.lab.providers.properties import message, plain

_CLUSTER = {"name": "drawn", "cluster": {"server": "https://127.0.0.1:1", "certificate-authority-data": "Tk9ORQ=="}}
_KUBECONFIG = base64.b64encode(yaml.safe_dump({"clusters": [_CLUSTER]}).encode()).decode()
_OF_AZURE = {
    "ManagedCluster": {"oidcIssuerProfile": {"enabled": True, "issuerURL": "https://issuer.example/"}},
    "UserAssignedIdentity": {"principalId": "p", "clientId": "c"},
    "PublicIPAddress": {"ipAddress": "192.0.2.1"},
}
"""What only Azure knows, and others read."""


class _Nobody:
    """Stands where requests to Resource Manager go: the answer is what was sent."""

    def __init__(self) -> None:
        self._bodies: dict[str, Any] = {}

    def get(self, path: str, *_: object) -> Any:
        return self._bodies.get(path)

    def put(self, path: str, version: str, body: Any, timeout: float) -> Any:
        kind = path.split("/")[-2]
        properties = {**body.get("properties", {}), **_known_later(kind)}
        self._bodies[path] = {"id": path, "name": path.rpartition("/")[2], **body, "properties": properties}
        return self._bodies[path]

    def delete(self, *_: object) -> None:
        pass

    def post(self, *_: object) -> Any:
        return {"kubeconfigs": [{"name": "drawn", "value": _KUBECONFIG}]}


def _known_later(kind: str) -> dict[str, Any]:
    kinds = {"managedClusters": "ManagedCluster", "userAssignedIdentities": "UserAssignedIdentity"}
    return _OF_AZURE.get({**kinds, "publicIPAddresses": "PublicIPAddress"}.get(kind, ""), {})


class Kubernetes(KubernetesProvider):
    def Configure(self, request, context):
        """With no cluster, so that nobody is asked."""
        self._configuration = plain(request.args)
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Create(self, request, context):
        if request.preview:
            return super().Create(request, context)
        inputs = plain(request.properties)
        metadata = inputs.get("metadata", inputs)
        identity = f"{metadata.get('namespace', 'default')}/{metadata['name']}"
        return provider_pb2.CreateResponse(id=identity, properties=message(_with_token(inputs)))

    def Update(self, request, context):
        if request.preview:
            return super().Update(request, context)
        return provider_pb2.UpdateResponse(properties=message(_with_token(plain(request.news))))

    def Delete(self, request, context):
        return empty_pb2.Empty()


def _with_token(inputs: dict[str, Any]) -> dict[str, Any]:
    is_of_account = inputs.get("type") == "kubernetes.io/service-account-token"
    return {**inputs, "data": {"token": base64.b64encode(b"token").decode()}} if is_of_account else inputs


if __name__ == "__main__":
    kinds = {"azure-native": lambda: AzureNative(_Nobody()), "kubernetes": lambda: Kubernetes(paths.lab())}
    plugin.serve(kinds[sys.argv[2].removeprefix("pulumi-resource-")]())
