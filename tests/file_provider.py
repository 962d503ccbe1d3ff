"""A provider plugin for tests: each resource is a JSON file in the folder that FILE_PROVIDER_FOLDER names.

Inputs steer it: `fail` refuses the create, `hold` names a file that keeps the create from ending as long as it is there
(the resource is there from the start, as one that Azure has accepted), `id` is the id, else the one that mesh.azure_ids
computes, `fixed` lists the inputs whose change replaces the resource.

A read of a resource that it has never answered for takes what the server added for an input, as azure-native does.
"""

import json
import os
import sys
import time
from pathlib import Path

from accepting_provider import Accepting
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import provider_pb2

from mesh import azure_ids
from mesh.lab.providers import plugin

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
ADDED = "addedByTheServer"


def answered(inputs):
    properties = struct_pb2.Struct()
    properties.update({**inputs, ADDED: "always"})
    return properties


class Files(Accepting):
    def __init__(self, folder: Path, version: str) -> None:
        self.folder = folder
        self.version = version

    def Diff(self, request, context):
        changed = request.old_inputs != request.news
        kind = provider_pb2.DiffResponse.DIFF_SOME if changed else provider_pb2.DiffResponse.DIFF_NONE
        old, new = (json_format.MessageToDict(inputs) for inputs in (request.old_inputs, request.news))
        replaces = [name for name in new.get("fixed", ()) if old.get(name) != new.get(name)]
        return provider_pb2.DiffResponse(changes=kind, replaces=replaces)

    def Create(self, request, context):
        inputs = json_format.MessageToDict(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=request.properties)
        if inputs.get("fail"):
            raise plugin.Failure("refused: the inputs ask for it")
        identity = inputs.get("id") or azure_ids.resource_id(request.urn.split("::")[2], SUBSCRIPTION, inputs)
        path = self.path(identity)
        if path.exists():
            raise plugin.Failure(f"cannot create already existing resource '{identity}'")
        path.write_text(json.dumps({"id": identity, "inputs": inputs}))
        while "hold" in inputs and Path(inputs["hold"]).exists():
            time.sleep(0.01)
        return provider_pb2.CreateResponse(id=identity, properties=answered(inputs))

    def Read(self, request, context):
        path = self.path(request.id)
        if not path.exists():
            return provider_pb2.ReadResponse()
        properties = answered(json.loads(path.read_text())["inputs"])
        inputs = struct_pb2.Struct()
        inputs.update(properties)
        if ADDED in request.properties and ADDED not in request.inputs:
            del inputs[ADDED]
        return provider_pb2.ReadResponse(id=request.id, properties=properties, inputs=inputs)

    def Update(self, request, context):
        self.path(request.id).write_text(
            json.dumps({"id": request.id, "inputs": json_format.MessageToDict(request.news)})
        )
        return provider_pb2.UpdateResponse(properties=answered(json_format.MessageToDict(request.news)))

    def Delete(self, request, context):
        self.path(request.id).unlink(missing_ok=True)
        return empty_pb2.Empty()

    def path(self, identity: str) -> Path:
        return self.folder / (identity.strip("/").replace("/", "_") + ".json")


if __name__ == "__main__":
    plugin.serve(Files(Path(os.environ["FILE_PROVIDER_FOLDER"]), sys.argv[1]))
