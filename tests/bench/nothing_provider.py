"""A provider plugin that does nothing: every resource is created at once and stays as its inputs say.

What an update takes is then the engine's time and the program's. Started with the name of its package and the version.
"""

import base64
import sys

import yaml
from accepting_provider import Accepting
from google.protobuf import empty_pb2, struct_pb2
from pulumi.runtime.proto import provider_pb2

from mesh.lab.providers import plugin

_CLUSTER = {"name": "bench", "cluster": {"server": "https://127.0.0.1:1", "certificate-authority-data": "Tk9ORQ=="}}
_KUBECONFIG = base64.b64encode(yaml.safe_dump({"clusters": [_CLUSTER]}).encode()).decode()
_KNOWN_LATER = {
    "azure-native:containerservice:ManagedCluster": {"oidcIssuerProfile": {"issuerURL": "https://issuer.example/"}},
    "azure-native:managedidentity:UserAssignedIdentity": {"principalId": "p", "clientId": "c"},
    "azure-native:network:PublicIPAddress": {"ipAddress": "192.0.2.1"},
    "kubernetes:core/v1:Secret": {"data": {"token": base64.b64encode(b"token").decode()}},
}


class Nothing(Accepting):
    def __init__(self, version: str) -> None:
        self.version = version

    def Diff(self, request, context):
        changed = request.old_inputs != request.news
        kind = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        return provider_pb2.DiffResponse(changes=kind)

    def Create(self, request, context):
        if request.preview:
            return provider_pb2.CreateResponse(properties=_outputs(request.urn, request.properties, known=False))
        return provider_pb2.CreateResponse(id=_id(request.urn), properties=_outputs(request.urn, request.properties))

    def Read(self, request, context):
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)

    def Update(self, request, context):
        return provider_pb2.UpdateResponse(properties=_outputs(request.urn, request.news))

    def Delete(self, request, context):
        return empty_pb2.Empty()

    def Invoke(self, request, context):
        answer = struct_pb2.Struct()
        if request.tok.endswith("ManagedClusterUserCredentials"):
            answer.update({"kubeconfigs": [{"name": "bench", "value": _KUBECONFIG}]})
        return provider_pb2.InvokeResponse(**{"return": answer})


def _id(urn):
    """Such as Azure's, whose parts the program reads."""
    return f"/subscriptions/s/resourceGroups/bench/providers/p/t/{urn.rpartition('::')[2]}"


def _outputs(urn, inputs, *, known=True):
    outputs = struct_pb2.Struct()
    outputs.CopyFrom(inputs)
    if "identity" in outputs and "userAssignedIdentities" in outputs["identity"]:
        # Azure takes a list of ids, and answers with a map.
        outputs["identity"]["userAssignedIdentities"] = {}
    for token, later in _KNOWN_LATER.items():
        if known and (f"${token}::" in urn or f"::{token}::" in urn):
            outputs.update(later)
    return outputs


if __name__ == "__main__":
    plugin.serve(Nothing(sys.argv[1]))
