"""The life of one Kubernetes object under Pulumi: planned, created, compared, updated, read and deleted."""

import base64
import copy
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mesh.lab.providers.kubernetes import load_balancers
from mesh.lab.providers.kubernetes.cluster import (
    Cluster,
    Object,
    Refused,
    UnknownKind,
    name_of,
)
from mesh.lab.providers.kubernetes.differences import (
    Difference,
    differences,
    shaped,
    with_drift,
)
from mesh.lab.providers.kubernetes.properties import Properties, has_unknown, secret
from mesh.lab.providers.plugin import Failure

_MANAGER = "pulumi-kubernetes"
_FIELD_MANAGER = "pulumi.com/patchFieldManager"
_FORCE = "pulumi.com/patchForce"
_AUTONAMED = "pulumi.com/autonamed"
_PROPAGATION = "pulumi.com/deletionPropagationPolicy"
_SERVERS_OWN = (
    "creationTimestamp",
    "deletionTimestamp",
    "generation",
    "managedFields",
    "resourceVersion",
    "uid",
)
_IMMUTABLE = re.compile(
    r"immutable|cannot change|may not change|may not be changed|updates to .* are forbidden",
    re.IGNORECASE,
)
_DATA_OF = {
    "ConfigMap": ("data", "binaryData"),
    "Secret": ("type", "data", "stringData"),
}
_SECONDS_TO_SETTLE = 60


@dataclass(frozen=True)
class Options:
    """What the provider's configuration says about objects, by the official provider's rules."""

    namespace: str | None
    config_maps_mutable: bool
    secrets_mutable: bool
    force: bool
    upsert: bool


@dataclass(frozen=True)
class Changes:
    differences: tuple[Difference, ...]
    replacing: frozenset[Difference]
    delete_first: bool


def checked(
    inputs: Properties,
    old_inputs: Properties,
    type_name: str,
    name: str,
    seed: bytes,
    options: Options,
) -> Properties:
    """The inputs, complete: with apiVersion and kind, a namespace where the provider has one, and a name."""
    kind = type_name.rpartition(":")[2]
    if kind.endswith(("Patch", "List")):
        raise Failure(f"{type_name} is not supported in the lab: declare each object as a whole, under its own kind")
    api_version = type_name.removeprefix("kubernetes:").rpartition(":")[0].removeprefix("core/")
    checked: Properties = {"apiVersion": api_version, "kind": kind} | copy.deepcopy(inputs)
    metadata = checked.setdefault("metadata", {})
    if not isinstance(metadata, dict):
        return checked
    if metadata.get("generateName"):
        raise Failure("metadata.generateName cannot be used with server-side apply: give metadata.name, or neither")
    if not metadata.get("name"):
        _adopt_or_choose_name(metadata, old_inputs.get("metadata") or {}, name, seed)
    if options.namespace and not metadata.get("namespace") and checked["kind"] != "Namespace":
        metadata["namespace"] = options.namespace
    return checked


def _adopt_or_choose_name(metadata: Properties, old: Properties, name: str, seed: bytes) -> None:
    annotations = metadata.setdefault("annotations", {})
    if old.get("name"):
        metadata["name"] = old["name"]
        if _AUTONAMED not in old.get("annotations", {}):
            return
    else:
        metadata["name"] = f"{name}-{hashlib.sha256(seed).hexdigest()[:8]}"
    annotations[_AUTONAMED] = "true"


def created(cluster: Cluster, inputs: Properties, options: Options) -> Object:
    if not options.upsert and cluster.get(inputs) is not None:
        raise Failure(
            f"{name_of(inputs)} already exists in the cluster. If it is what an interrupted run created, "
            "take it into the state with `pulumi refresh` (or `mesh recover`); if it is somebody else's, "
            "import it with `pulumi import`, or give this one another name."
        )
    return _settled(cluster, _applied(cluster, inputs, options))


def planned(cluster: Cluster, inputs: Properties, options: Options, *, exists: bool) -> Object | None:
    """What the server would make of the inputs; None where that cannot be known before the run."""
    if has_unknown(inputs):
        return None
    try:
        if not exists and cluster.get(inputs) is not None:
            return None
        return _applied(cluster, inputs, options, dry_run=True)
    except UnknownKind:
        return None
    except Refused as refusal:
        if refusal.status == 404:  # its namespace is made in the same run
            return None
        raise


def updated(cluster: Cluster, inputs: Properties, options: Options) -> Object:
    if cluster.get(inputs) is None:
        raise Failure(f"{name_of(inputs)} is no longer in the cluster; run `pulumi refresh` to take note of it")
    return _settled(cluster, _applied(cluster, inputs, options))


def deleted(cluster: Cluster, state: Properties, timeout: float) -> None:
    """Deletes dependents first, as the official plugin does, but for custom resources.

    The garbage collector looks for new kinds twice a minute. An object of a kind that it has not seen yet would
    wait for it that long, for nothing: no dependents are known here.
    """
    annotations = state["metadata"].get("annotations") or {}
    group = state["apiVersion"].rpartition("/")[0]
    usual = "background" if "." in group and not group.endswith(".k8s.io") else "foreground"
    cluster.delete(state, annotations.get(_PROPAGATION, usual).capitalize(), timeout)


def inputs_with_drift(cluster: Cluster, inputs: Properties, live: Object) -> Properties:
    """The inputs as they would be had somebody written down what is live.

    The server tells what it would make of the inputs now: where that is what is live already, nothing drifted.
    """
    try:
        wanted = cluster.apply(_manifest(inputs), _manager(inputs), force=True, dry_run=True)
    except Refused as refusal:
        if refusal.status != 422:
            raise
        # What is live cannot be changed back in place, so the server does not tell what it should be.
        return dict(shaped(_comparable(live, inputs), inputs))
    return dict(with_drift(inputs, _comparable(wanted, inputs), _comparable(live, inputs)))


def inputs_of(live: Object) -> Properties:
    """An object's inputs where nobody ever wrote them: for `pulumi import`."""
    return _comparable(live, {})


def changes(
    cluster: Cluster | None,
    old_inputs: Properties,
    inputs: Properties,
    options: Options,
) -> Changes:
    found = tuple(differences(_with_namespace(old_inputs), _with_namespace(inputs)))
    replacing = {difference for difference in found if _forces_new(difference, inputs, options)}
    if found and not replacing and cluster is not None:
        replacing = _refused_as_immutable(cluster, inputs, found)
    old, new = (item.get("metadata") or {} for item in (_with_namespace(old_inputs), _with_namespace(inputs)))
    same_name = (old.get("namespace"), old.get("name")) == (
        new.get("namespace"),
        new.get("name"),
    )
    autonamed = _AUTONAMED in (new.get("annotations") or {})
    return Changes(found, frozenset(replacing), bool(replacing) and same_name and not autonamed)


def outputs(live: Object) -> Properties:
    """What the engine keeps of a live object. Who set which field is the server's matter, and half of its size."""
    kept = {
        **live,
        "metadata": {key: value for key, value in live["metadata"].items() if key != "managedFields"},
    }
    return with_secrets_marked(kept)


def with_secrets_marked(properties: Properties) -> Properties:
    if properties.get("apiVersion") != "v1" or properties.get("kind") != "Secret":
        return properties
    return {key: secret(value) if key in ("data", "stringData") else value for key, value in properties.items()}


def _applied(cluster: Cluster, inputs: Properties, options: Options, *, dry_run: bool = False) -> Object:
    annotations = inputs["metadata"].get("annotations") or {}
    force = options.force or annotations.get(_FORCE) == "true"
    try:
        return cluster.apply(_manifest(inputs), _manager(inputs), force=force, dry_run=dry_run)
    except Refused as refusal:
        raise _explained(refusal, inputs) from refusal


def _explained(refusal: Refused, inputs: Properties) -> Refused:
    name = name_of(inputs)
    if refusal.reason == "Conflict" and refusal.fields:
        owned = "; ".join(f"{field} ({message})" for field, message in refusal.fields)
        text = (
            f"{name} has fields that others set too: {owned}. Leave those fields out, "
            f'or take them over with the annotation {_FORCE}: "true" or the provider\'s enablePatchForce.'
        )
    elif inputs["kind"] == "Secret":
        # The server repeats the values that it refuses.
        text = (
            f"{name} is refused by the API server: {', '.join(field for field, _ in refusal.fields) or refusal.reason}"
        )
    else:
        text = f"{name} is refused by the API server: {refusal}"
    return Refused(text, refusal.status, refusal.reason, refusal.fields)


def _settled(cluster: Cluster, live: Object) -> Object:
    """Waits for what the server's controllers fill in. Nothing here runs pods, so none are waited for."""
    match live["apiVersion"], live["kind"]:
        case "v1", "Service":
            return load_balancers.with_address(cluster, live)
        case "v1", "Secret" if live.get("type") == "kubernetes.io/service-account-token":
            return _once(
                cluster,
                live,
                lambda found: "token" in found.get("data", {}),
                "its service account's token",
            )
        case "apiextensions.k8s.io/v1", "CustomResourceDefinition":
            established = _once(cluster, live, is_established, "its kind to be served")
            cluster.forget_kinds()
            return established
    return live


def _once(cluster: Cluster, live: Object, ready: Any, awaited: str) -> Object:
    found = [live]

    def is_ready() -> bool:
        found.append(cluster.get(live) or live)
        return bool(ready(found[-1]))

    cluster.wait(
        is_ready,
        _SECONDS_TO_SETTLE,
        lambda: f"{name_of(live)} waited in vain for {awaited}",
    )
    return found[-1]


def is_established(definition: Object) -> bool:
    conditions = definition.get("status", {}).get("conditions", [])
    return any(item["type"] == "Established" and item["status"] == "True" for item in conditions)


def _manager(inputs: Properties) -> str:
    return str((inputs["metadata"].get("annotations") or {}).get(_FIELD_MANAGER, _MANAGER))


def _manifest(inputs: Properties) -> Object:
    """What is sent. A Secret's stringData goes as data: as stringData the server would never forget a removed key."""
    if inputs["kind"] != "Secret" or "stringData" not in inputs:
        return inputs
    encoded = {key: base64.b64encode(value.encode()).decode() for key, value in inputs["stringData"].items()}
    rest = {key: value for key, value in inputs.items() if key != "stringData"}
    return rest | {"data": (inputs.get("data") or {}) | encoded}


def _comparable(item: Object, inputs: Properties) -> Properties:
    """An object without what only the server sets; a Secret's stringData is told apart from its data again."""
    metadata = {key: value for key, value in item["metadata"].items() if key not in _SERVERS_OWN}
    content = {key: value for key, value in item.items() if key != "status"} | {"metadata": metadata}
    if item["kind"] != "Secret" or "stringData" not in inputs:
        return content
    data: Mapping[str, str] = _manifest(item).get("data") or {}
    own = inputs.get("data") or {}
    plain = {key: base64.b64decode(value).decode(errors="replace") for key, value in data.items() if key not in own}
    return content | {
        "data": {key: value for key, value in data.items() if key in own},
        "stringData": plain,
    }


def _with_namespace(inputs: Properties) -> Properties:
    """No namespace is the namespace default, where a kind is in namespaces at all."""
    metadata = inputs.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("namespace") != "default":
        return inputs
    return inputs | {"metadata": {key: value for key, value in metadata.items() if key != "namespace"}}


def _forces_new(difference: Difference, inputs: Properties, options: Options) -> bool:
    identity = (
        ("metadata", "name"),
        ("metadata", "namespace"),
        ("apiVersion",),
        ("kind",),
    )
    if any(difference.is_at_or_below(path) for path in identity):
        return True
    mutable = {
        "ConfigMap": options.config_maps_mutable,
        "Secret": options.secrets_mutable,
    }
    kind = inputs["kind"]
    if mutable.get(kind, True) and not inputs.get("immutable"):
        return False
    return difference.path[0] in _DATA_OF.get(kind, ())


def _refused_as_immutable(cluster: Cluster, inputs: Properties, found: tuple[Difference, ...]) -> set[Difference]:
    """The differences that the server will not make in place: it says so when asked to try."""
    if has_unknown(inputs):
        return set()
    try:
        if cluster.get(inputs) is not None:
            cluster.apply(_manifest(inputs), _manager(inputs), force=True, dry_run=True)
    except Refused as refusal:
        fixed = [field for field, message in refusal.fields if _IMMUTABLE.search(message)]
        if refusal.status != 422 or not fixed:
            return set()
        named = {item for item in found if any(_overlap(item.property_path, field) for field in fixed)}
        return named or set(found)
    except UnknownKind:
        return set()
    return set()


def _overlap(path: str, field: str) -> bool:
    return path == field or path.startswith((f"{field}.", f"{field}[")) or field.startswith((f"{path}.", f"{path}["))
