"""The `azure-native` provider: behaves as the official plugin does, towards the Resource Manager it is given."""

import os
import re
from collections.abc import Mapping
from importlib import metadata
from typing import Any

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2 as rpc

from mesh import azure_ids
from mesh.azure_ids import ResourceAddress
from mesh.engine import sdk_types
from mesh.lab.providers.azure_native import bodies, input_checks, outputs
from mesh.lab.providers.azure_native.drift import inputs_with_drift
from mesh.lab.providers.azure_native.replacements import changes
from mesh.lab.providers.azure_native.requests import OperationFailed, Requests, Unanswered
from mesh.lab.providers.plugin import Failure, InitializationFailure, Plugin
from mesh.lab.providers.properties import Properties, message, plain, secret

_DEFAULT_TIMEOUT = 7200.0
_CREDENTIALS = {
    "azure-native:containerservice:listManagedClusterUserCredentials": "listClusterUserCredential",
    "azure-native:containerservice:listManagedClusterAdminCredentials": "listClusterAdminCredential",
}
_CLUSTER = "azure-native:containerservice:ManagedCluster"
_QUERY_PARAMETERS = {"format": "format", "serverFqdn": "server-fqdn"}

# Lists inside a resource that are also resources of their own: left as they are where the inputs do not tell them.
_SUB_RESOURCES = {
    "azure-native:network:VirtualNetwork": ("subnets", "virtualNetworkPeerings"),
    "azure-native:network:NetworkSecurityGroup": ("securityRules",),
    "azure-native:network:RouteTable": ("routes",),
}


class AzureNative(Plugin):
    def __init__(self, requests: Requests) -> None:
        self.version = metadata.version("pulumi-azure-native")
        self._requests = requests
        self._configuration: Properties = {}

    def CheckConfig(self, request: rpc.CheckRequest, context: grpc.ServicerContext) -> rpc.CheckResponse:
        return rpc.CheckResponse(inputs=request.news)

    def DiffConfig(self, request: rpc.DiffRequest, context: grpc.ServicerContext) -> rpc.DiffResponse:
        return rpc.DiffResponse(changes=rpc.DiffResponse.DIFF_NONE)

    def Configure(self, request: rpc.ConfigureRequest, context: grpc.ServicerContext) -> rpc.ConfigureResponse:
        self._configuration = plain(request.args)
        return rpc.ConfigureResponse(supportsPreview=True)

    def Check(self, request: rpc.CheckRequest, context: grpc.ServicerContext) -> rpc.CheckResponse:
        token, address = _type(request.urn)
        inputs = _without_nulls(plain(request.news))
        location = self._configuration.get("location") or os.environ.get("ARM_LOCATION")
        if location and "location" in sdk_types.inputs(token):
            inputs.setdefault("location", location)
        inputs.setdefault("azureApiVersion", address.api_version)
        missing = [name for name in address.parameters if name != "subscriptionId" and name not in inputs]
        failures = [rpc.CheckFailure(property=name, reason=f"missing required property '{name}'") for name in missing]
        failures += [
            rpc.CheckFailure(property=name, reason=reason)
            for name, reason in input_checks.failures(token, inputs)
            if name not in missing
        ]
        return rpc.CheckResponse(inputs=message(inputs), failures=failures)

    def Diff(self, request: rpc.DiffRequest, context: grpc.ServicerContext) -> rpc.DiffResponse:
        token, _ = _type(request.urn)
        changed = changes(token, plain(request.old_inputs), plain(request.news), request.ignoreChanges)
        kinds = rpc.PropertyDiff.Kind
        detailed = {
            change.property_path: rpc.PropertyDiff(
                kind=kinds.Value(change.kind.upper() + ("_REPLACE" if replaces else "")), inputDiff=True
            )
            for change, replaces in changed
        }
        replacing = [change.property_path for change, replaces in changed if replaces]
        return rpc.DiffResponse(
            changes=rpc.DiffResponse.DIFF_SOME if changed else rpc.DiffResponse.DIFF_NONE,
            diffs=sorted({str(change.path[0]) for change, _ in changed}),
            replaces=replacing,
            deleteBeforeReplace=bool(replacing),
            detailedDiff=detailed,
            hasDetailedDiff=True,
        )

    def Create(self, request: rpc.CreateRequest, context: grpc.ServicerContext) -> rpc.CreateResponse:
        token, address = _type(request.urn)
        inputs = plain(request.properties)
        if request.preview:
            return rpc.CreateResponse(properties=message(outputs.planned(token, inputs)))
        path = self._id(token, inputs)
        if self._requests.get(path, address.api_version) is not None:
            raise Failure(f"cannot create already existing resource '{path}'")
        body = self._written(token, path, inputs, bodies.body(token, inputs), request.timeout)
        return rpc.CreateResponse(id=body["id"], properties=message(bodies.outputs(token, body)))

    def Update(self, request: rpc.UpdateRequest, context: grpc.ServicerContext) -> rpc.UpdateResponse:
        token, address = _type(request.urn)
        inputs, old = plain(request.news), plain(request.olds)
        if request.preview:
            stable: Properties = {name: old[name] for name in ("name", "location") if name in old}
            return rpc.UpdateResponse(properties=message({**outputs.planned(token, inputs), **stable}))
        body = bodies.body(token, inputs)
        unset = [name for name in _SUB_RESOURCES.get(token, ()) if name not in inputs]
        if unset:
            present = (self._requests.get(request.id, address.api_version) or {}).get("properties") or {}
            body["properties"] = {**{name: present[name] for name in unset if name in present}, **body["properties"]}
        written = self._written(token, request.id, inputs, body, request.timeout)
        return rpc.UpdateResponse(properties=message(bodies.outputs(token, written)))

    def Read(self, request: rpc.ReadRequest, context: grpc.ServicerContext) -> rpc.ReadResponse:
        token, address = _type(request.urn)
        body = self._requests.get(request.id, address.api_version)
        if body is None:
            return rpc.ReadResponse()
        live, last, inputs = bodies.outputs(token, body), plain(request.properties), plain(request.inputs)
        if inputs:
            inputs = inputs_with_drift(inputs, _settable(token, last, inputs), _settable(token, live, inputs))
        else:
            inputs = {**_names(address, body["id"]), **_imported(token, live), "azureApiVersion": address.api_version}
        return rpc.ReadResponse(id=body["id"], properties=message(live), inputs=message(inputs))

    def Delete(self, request: rpc.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        _, address = _type(request.urn)
        self._requests.delete(request.id, address.api_version, request.timeout or _DEFAULT_TIMEOUT)
        return empty_pb2.Empty()

    def Invoke(self, request: rpc.InvokeRequest, context: grpc.ServicerContext) -> rpc.InvokeResponse:
        action, arguments = _CREDENTIALS.get(request.tok), plain(request.args)
        if (token := _read_by(request.tok)) is not None:
            return rpc.InvokeResponse(**{"return": message(self._got(token, arguments))})
        if action is None:
            raise Failure(f"the function {request.tok} is not known to the lab's azure-native plugin")
        query = {spelled: arguments[name] for name, spelled in _QUERY_PARAMETERS.items() if arguments.get(name)}
        path = f"{self._id(_CLUSTER, arguments)}/{action}"
        answer = self._requests.post(path, azure_ids.ADDRESSES[_CLUSTER].api_version, query)
        hidden = [{**kubeconfig, "value": secret(kubeconfig["value"])} for kubeconfig in answer["kubeconfigs"]]
        return rpc.InvokeResponse(**{"return": message({"kubeconfigs": hidden})})

    def _got(self, token: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
        path = self._id(token, arguments)
        body = self._requests.get(path, azure_ids.ADDRESSES[token].api_version)
        if body is None:
            raise Failure(f'GET {path}: Status=404 Code="ResourceNotFound" Message="The Resource was not found."')
        return {"id": body["id"], **bodies.outputs(token, body)}

    def _id(self, token: str, inputs: Mapping[str, Any]) -> str:
        subscription = self._configuration.get("subscriptionId") or os.environ.get("ARM_SUBSCRIPTION_ID")
        if not subscription:
            raise Failure(
                "no Azure subscription is configured: set `azure-native:subscriptionId` in the stack file, or"
                " ARM_SUBSCRIPTION_ID"
            )
        return "/" + azure_ids.resource_id(token, subscription, inputs).lstrip("/")

    def _written(
        self, token: str, path: str, inputs: Properties, body: Mapping[str, Any], timeout: float
    ) -> dict[str, Any]:
        """The resource as GET shows it after the write; kept by the engine where it was accepted and then failed."""
        version = azure_ids.ADDRESSES[token].api_version
        try:
            written = self._requests.put(path, version, body, timeout or _DEFAULT_TIMEOUT)
        except (OperationFailed, Unanswered) as failed:
            present = self._requests.get(path, version)
            if present is None:
                raise
            present_outputs = bodies.outputs(token, present)
            raise InitializationFailure(
                str(failed), present["id"], message(inputs), message(present_outputs)
            ) from failed
        return self._requests.get(path, version) or written


def _read_by(function: str) -> str | None:
    """The type that a get function reads: `azure-native:network:getSubnet` a Subnet."""
    module, _, name = function.rpartition(":")
    token = f"{module}:{name.removeprefix('get')}"
    return token if name.startswith("get") and token in azure_ids.ADDRESSES else None


def _type(urn: str) -> tuple[str, ResourceAddress]:
    """urn:pulumi:stack::project::parent$type::name"""
    token = urn.split("::", 3)[2].rpartition("$")[2]
    if token not in azure_ids.ADDRESSES:
        raise Failure(f"the resource type {token} is not known to the lab's azure-native plugin")
    return token, azure_ids.ADDRESSES[token]


def _settable(token: str, shown: Mapping[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
    unset = [name for name in _SUB_RESOURCES.get(token, ()) if name not in inputs]
    return {name: value for name, value in outputs.as_inputs(token, shown).items() if name not in unset}


def _imported(token: str, shown: Mapping[str, Any]) -> dict[str, Any]:
    """Subnets and peerings stay resources of their own."""
    own = _SUB_RESOURCES["azure-native:network:VirtualNetwork"]
    return {name: value for name, value in outputs.as_inputs(token, shown).items() if name not in own}


def _names(address: ResourceAddress, resource_id: str) -> dict[str, str]:
    """The inputs that an id tells."""
    pattern = re.sub(r"\\{(\w+)\\}", r"(?P<\1>[^/]+)", re.escape(address.path)).replace(
        "(?P<scope>[^/]+)", "(?P<scope>.+)"
    )
    match = re.fullmatch(pattern, resource_id, re.IGNORECASE)
    names = match.groupdict() if match else {}
    return {name: value for name, value in names.items() if name != "subscriptionId"}


def _without_nulls(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
