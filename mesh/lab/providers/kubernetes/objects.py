"""The life of one Kubernetes object under Pulumi: planned, created, updated, read and deleted."""

import copy
import hashlib
from collections.abc import Callable, Mapping
from itertools import zip_longest
from typing import Any

from kubernetes.utils import quantity

from mesh.lab.paths import Lab
from mesh.lab.providers.differences import pruned
from mesh.lab.providers.kubernetes import load_balancers
from mesh.lab.providers.kubernetes.cluster import Cluster, Object, name_of
from mesh.lab.providers.kubernetes.manifests import (
    comparable,
    identifier,
    is_built_in,
    manager,
    manifest,
    outputs,
    with_secrets_marked,
)
from mesh.lab.providers.kubernetes.object_changes import AUTONAMED
from mesh.lab.providers.kubernetes.options import Options
from mesh.lab.providers.kubernetes.refusals import Refused, UnknownKind
from mesh.lab.providers.plugin import Failure, InitializationFailure
from mesh.lab.providers.properties import Properties, has_unknown, message

_FORCE = "pulumi.com/patchForce"
_PROPAGATION = "pulumi.com/deletionPropagationPolicy"
_SECONDS_TO_SETTLE = 60
_number: Any = quantity.parse_quantity  # the client comes without types


def checked(
    inputs: Properties, old_inputs: Properties, type_name: str, name: str, seed: bytes, options: Options
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
        if AUTONAMED not in old.get("annotations", {}):
            return
    else:
        metadata["name"] = f"{name}-{hashlib.sha256(seed).hexdigest()[:8]}"
    annotations[AUTONAMED] = "true"


def created(cluster: Cluster, lab: Lab, inputs: Properties, options: Options) -> Object:
    if not options.upsert and cluster.get(inputs) is not None:
        raise Failure(
            f"{name_of(inputs)} already exists in the cluster. If it is what an interrupted run created, "
            "take it into the state with `pulumi refresh` (or `mesh recover`); if it is somebody else's, "
            "import it with `pulumi import`, or give this one another name."
        )
    return _settled_or_kept(cluster, lab, inputs, _applied(cluster, inputs, options))


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


def updated(cluster: Cluster, lab: Lab, inputs: Properties, options: Options) -> Object:
    if cluster.get(inputs) is None:
        raise Failure(f"{name_of(inputs)} is no longer in the cluster; run `pulumi refresh` to take note of it")
    return _settled_or_kept(cluster, lab, inputs, _applied(cluster, inputs, options))


def deleted(cluster: Cluster, state: Properties, timeout: float) -> None:
    """Deletes dependents first, as the official plugin does, but for custom resources.

    The garbage collector looks for new kinds twice a minute. An object of a kind that it has not seen yet would
    wait for it that long, for nothing: no dependents are known here.
    """
    annotations = state["metadata"].get("annotations") or {}
    usual = "foreground" if is_built_in(state["apiVersion"]) else "background"
    cluster.delete(state, annotations.get(_PROPAGATION, usual).capitalize(), timeout)


def inputs_with_drift(inputs: Properties, live: Object) -> Properties:
    """The inputs with what is live in their place, as far as the inputs say anything.

    A quantity that the server spells otherwise (1000m for 1) is the same: the official plugin normalizes both.
    """
    return dict(_as_spelled(inputs, pruned(comparable(live, inputs), inputs)))


def _as_spelled(inputs: Any, live: Any, *, quantities: bool = False) -> Any:
    if isinstance(inputs, Mapping) and isinstance(live, Mapping):
        return {
            key: _as_spelled(inputs.get(key), value, quantities=quantities or key in ("limits", "requests"))
            for key, value in live.items()
        }
    if isinstance(inputs, list) and isinstance(live, list):
        pairs = zip_longest(inputs[: len(live)], live)
        return [_as_spelled(*pair, quantities=quantities) for pair in pairs]
    return inputs if quantities and _same_quantity(inputs, live) else live


def _same_quantity(inputs: Any, live: Any) -> bool:
    try:
        return bool(_number(inputs) == _number(live))
    except (ValueError, TypeError):
        return False


def inputs_of(live: Object) -> Properties:
    """An object's inputs where nobody ever wrote them: for `pulumi import`."""
    return comparable(live, {})


def _applied(cluster: Cluster, inputs: Properties, options: Options, *, dry_run: bool = False) -> Object:
    annotations = inputs["metadata"].get("annotations") or {}
    force = options.force or annotations.get(_FORCE) == "true"
    try:
        return cluster.apply(manifest(inputs), manager(inputs), force=force, dry_run=dry_run)
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


def _settled_or_kept(cluster: Cluster, lab: Lab, inputs: Properties, live: Object) -> Object:
    """Once applied, an object is the engine's to keep, even where it does not come up."""
    try:
        return _settled(cluster, lab, live)
    except Failure as failure:
        kept, asked = message(outputs(live)), message(with_secrets_marked(inputs))
        raise InitializationFailure(str(failure), identifier(live), asked, kept) from failure


def _settled(cluster: Cluster, lab: Lab, live: Object) -> Object:
    """Waits for what the server's controllers fill in. Nothing here runs pods, so none are waited for."""
    match live["apiVersion"], live["kind"]:
        case "v1", "Service":
            return load_balancers.with_address(cluster, lab, live)
        case "v1", "Secret" if live.get("type") == "kubernetes.io/service-account-token":
            return _once(cluster, live, lambda found: "token" in found.get("data", {}), "its service account's token")
        case "apiextensions.k8s.io/v1", "CustomResourceDefinition":
            established = _once(cluster, live, is_established, "its kind to be served")
            cluster.forget_kinds()
            return established
    return live


def _once(cluster: Cluster, live: Object, ready: Callable[[Object], bool], awaited: str) -> Object:
    seen = [live]

    def is_ready() -> bool:
        seen.append(cluster.get(live) or live)
        return bool(ready(seen[-1]))

    cluster.wait(is_ready, _SECONDS_TO_SETTLE, lambda: f"{name_of(live)} waited in vain for {awaited}")
    return seen[-1]


def is_established(definition: Object) -> bool:
    conditions = (definition.get("status") or {}).get("conditions") or []  # null right after its creation
    return any(item["type"] == "Established" and item["status"] == "True" for item in conditions)
