"""The engine's calls to the kubernetes provider, over gRPC as the engine makes them, in plain data."""

import contextlib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import grpc
import pytest
from google.protobuf import json_format, struct_pb2
from google.rpc import status_pb2
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from mesh.lab.paths import Lab
from mesh.lab.providers.kubernetes.cluster import Cluster, Object
from mesh.lab.providers.kubernetes.provider import KubernetesProvider
from mesh.lab.providers.plugin import listening_server
from mesh.lab.providers.properties import plain

REPOSITORY = "https://istio-release.storage.googleapis.com/charts"


def struct(properties: dict[str, Any]) -> struct_pb2.Struct:
    return json_format.ParseDict(properties, struct_pb2.Struct())


def raw(message: struct_pb2.Struct) -> dict[str, Any]:
    """With the marks of secrets, which `plain` takes away."""
    return json_format.MessageToDict(message)


def is_secret(value: Any) -> bool:
    return isinstance(value, dict) and value.get(rpc._special_sig_key) == rpc._special_secret_sig


def urn(inputs: Object, name: str = "it") -> str:
    if "chart" in inputs:
        return f"urn:pulumi:lab::mesh::kubernetes:helm.sh/v3:Release::{name}"
    group = inputs["apiVersion"] if "/" in inputs["apiVersion"] else f"core/{inputs['apiVersion']}"
    return f"urn:pulumi:lab::mesh::kubernetes:{group}:{inputs['kind']}::{name}"


@dataclass
class Calls:
    stub: provider_pb2_grpc.ResourceProviderStub

    def configure(self, **arguments: Any) -> None:
        self.stub.Configure(provider_pb2.ConfigureRequest(args=struct(arguments)))

    def check(self, inputs: Object, old: Object | None = None, seed: bytes = b"1") -> tuple[Object, dict[str, str]]:
        request = provider_pb2.CheckRequest(
            urn=urn(inputs), news=struct(inputs), olds=struct(old or {}), randomSeed=seed
        )
        answer = self.stub.Check(request)
        return plain(answer.inputs), {failure.property: failure.reason for failure in answer.failures}

    def planned(self, inputs: Object) -> Object:
        request = provider_pb2.CreateRequest(urn=urn(inputs), properties=struct(inputs), preview=True)
        return plain(self.stub.Create(request).properties)

    def create(self, inputs: Object) -> provider_pb2.CreateResponse:
        return self.stub.Create(provider_pb2.CreateRequest(urn=urn(inputs), properties=struct(inputs)))

    def diff(self, old: Object, new: Object, *ignored: str, seen: Object | None = None) -> provider_pb2.DiffResponse:
        """`seen` is the object as the state has it; as it was written where nothing is given."""
        request = provider_pb2.DiffRequest(
            urn=urn(new),
            id=identifier(old),
            olds=struct(old if seen is None else seen),
            old_inputs=struct(old),
            news=struct(new),
            ignoreChanges=ignored,
        )
        return self.stub.Diff(request)

    def update(self, old: Object, new: Object, preview: bool = False) -> Object:
        request = provider_pb2.UpdateRequest(
            urn=urn(new), id=identifier(old), olds=struct(old), news=struct(new), preview=preview
        )
        return plain(self.stub.Update(request).properties)

    def read(self, inputs: Object, known: bool = True) -> provider_pb2.ReadResponse:
        content = struct(inputs if known else {})
        request = provider_pb2.ReadRequest(urn=urn(inputs), id=identifier(inputs), properties=content, inputs=content)
        return self.stub.Read(request)

    def refreshed(self, inputs: Object) -> Object | None:
        """The inputs as a refresh finds them; None where the object is gone."""
        answer = self.read(inputs)
        return plain(answer.inputs) if answer.id else None

    def delete(self, inputs: Object) -> None:
        request = provider_pb2.DeleteRequest(urn=urn(inputs), id=identifier(inputs), properties=struct(inputs))
        self.stub.Delete(request)


def identifier(inputs: Object) -> str:
    place = inputs if "chart" in inputs else inputs["metadata"]
    return f"{place['namespace']}/{place['name']}" if place.get("namespace") else place["name"]


@contextlib.contextmanager
def provider(lab: Lab) -> Iterator[Calls]:
    server, port = listening_server(KubernetesProvider(lab))
    with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield Calls(provider_pb2_grpc.ResourceProviderStub(channel))
    server.stop(None).wait()


@contextlib.contextmanager
def failure() -> Iterator[list[str]]:
    """The message of the failure that must happen inside."""
    messages: list[str] = []
    with pytest.raises(grpc.RpcError) as caught:
        yield messages
    messages.append(caught.value.details())


def initialization_failure(error: grpc.RpcError) -> provider_pb2.ErrorResourceInitFailed:
    """What the engine keeps of a resource that was created but did not come up."""
    (packed,) = (value for key, value in error.trailing_metadata() if key == "grpc-status-details-bin")
    status = status_pb2.Status.FromString(packed)
    detail = provider_pb2.ErrorResourceInitFailed()
    assert status.details[0].Unpack(detail)
    return detail


def namespace(cluster: Cluster) -> str:
    name = f"test-{uuid.uuid4().hex[:8]}"
    cluster.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}, "test")
    return name


def release(name: str, place: str, chart: str, **values: Any) -> Object:
    return {
        "name": name,
        "namespace": place,
        "chart": chart,
        "version": "1.30.4",
        "repositoryOpts": {"repo": REPOSITORY},
        "values": values,
    }
