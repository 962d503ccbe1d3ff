"""An object in its forms: as inputs, as it is sent, as it is compared with what is live, and as the engine keeps it."""

import base64
from collections.abc import Mapping

from mesh.lab.providers.kubernetes.cluster import Object
from mesh.lab.providers.properties import Properties, secret

_MANAGER = "pulumi-kubernetes"
_FIELD_MANAGER = "pulumi.com/patchFieldManager"
_SERVERS_OWN = ("creationTimestamp", "deletionTimestamp", "generation", "managedFields", "resourceVersion", "uid")

_BUILT_IN = frozenset(
    f"{name}.k8s.io"
    for name in (
        *("admissionregistration", "apiextensions", "apiregistration", "authentication", "authorization"),
        *("certificates", "coordination", "discovery", "events", "flowcontrol.apiserver", "networking", "node"),
        *("rbac.authorization", "resource", "scheduling", "storage"),
    )
)


def is_built_in(api_version: str) -> bool:
    """Whether every API server has the kind, by a type of its own."""
    group = api_version.rpartition("/")[0]
    return "." not in group or group in _BUILT_IN


def identifier(live: Object) -> str:
    """The id that the engine knows it by."""
    metadata = live["metadata"]
    return f"{metadata['namespace']}/{metadata['name']}" if metadata.get("namespace") else str(metadata["name"])


def manager(inputs: Properties) -> str:
    return str((inputs["metadata"].get("annotations") or {}).get(_FIELD_MANAGER, _MANAGER))


def manifest(inputs: Properties) -> Object:
    """What is sent. A Secret's stringData goes as data: as stringData the server would never forget a removed key."""
    if inputs["kind"] != "Secret" or "stringData" not in inputs:
        return inputs
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in inputs["stringData"].items()}
    rest = {key: value for key, value in inputs.items() if key != "stringData"}
    return rest | {"data": (inputs.get("data") or {}) | encoded}


def comparable(item: Object, inputs: Properties) -> Properties:
    """An object without what only the server sets; a Secret's stringData is told apart from its data again."""
    metadata = {key: value for key, value in item["metadata"].items() if key not in _SERVERS_OWN}
    content = {key: value for key, value in item.items() if key != "status"} | {"metadata": metadata}
    if item["kind"] != "Secret" or "stringData" not in inputs:
        return content
    data: Mapping[str, str] = manifest(item).get("data") or {}
    own = inputs.get("data") or {}
    plain = {key: base64.b64decode(value).decode(errors="replace") for key, value in data.items() if key not in own}
    return content | {"data": {key: value for key, value in data.items() if key in own}, "stringData": plain}


def outputs(live: Object) -> Properties:
    """What the engine keeps of a live object. Who set which field is the server's matter, and half of its size."""
    kept = {**live, "metadata": {key: value for key, value in live["metadata"].items() if key != "managedFields"}}
    return with_secrets_marked(kept)


def with_secrets_marked(properties: Properties) -> Properties:
    if properties.get("apiVersion") != "v1" or properties.get("kind") != "Secret":
        return properties
    return {key: secret(value) if key in ("data", "stringData") else value for key, value in properties.items()}
