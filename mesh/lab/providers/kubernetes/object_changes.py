"""An object as it was last seen, and its inputs → what changes, and what of that only a new object can bring."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mesh.lab.providers.differences import Difference, differences, without_ignored
from mesh.lab.providers.kubernetes.manifests import is_built_in
from mesh.lab.providers.kubernetes.options import Options
from mesh.lab.providers.properties import Properties

AUTONAMED = "pulumi.com/autonamed"
_IMMUTABLE: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "ClusterRoleBinding": (("roleRef",),),
    "Deployment": (("spec", "selector"),),
    "Job": (("spec", "completions"), ("spec", "parallelism"), ("spec", "selector"), ("spec", "template")),
    "PersistentVolumeClaim": (("spec",),),
    "RoleBinding": (("roleRef",),),
    "Service": (("spec", "clusterIP"),),
    "StatefulSet": (("spec", "selector"), ("spec", "serviceName"), ("spec", "volumeClaimTemplates")),
    "StorageClass": (("parameters",), ("provisioner",)),
}
"""Fields of which the official plugin knows that only a new object brings others. It asks no server."""
_DATA_OF = {"ConfigMap": ("data", "binaryData"), "Secret": ("type", "data", "stringData")}


@dataclass(frozen=True)
class Changes:
    differences: tuple[Difference, ...]
    replacing: frozenset[Difference]
    delete_first: bool


def changes(seen: Properties, inputs: Properties, ignored: Iterable[str], options: Options) -> Changes:
    """`seen` has the shape of the inputs that it was made of."""
    every = differences(_with_namespace(seen), _with_namespace(inputs))
    changed = tuple(item for item in without_ignored(every, ignored) if not _is_left_out(item, seen, inputs))
    replacing = {difference for difference in changed if _forces_new(difference, inputs, options)}
    old, new = (item.get("metadata") or {} for item in (_with_namespace(seen), _with_namespace(inputs)))
    same_name = (old.get("namespace"), old.get("name")) == (new.get("namespace"), new.get("name"))
    autonamed = AUTONAMED in (new.get("annotations") or {})
    return Changes(changed, frozenset(replacing), bool(replacing) and same_name and not autonamed)


def _with_namespace(inputs: Properties) -> Properties:
    """No namespace is the namespace default, where a kind is in namespaces at all."""
    metadata = inputs.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("namespace") != "default":
        return inputs
    return inputs | {"metadata": {key: value for key, value in metadata.items() if key != "namespace"}}


def _is_left_out(difference: Difference, seen: Properties, inputs: Properties) -> bool:
    """What is empty, a server does not keep of its own kinds; the official plugin knows their types, too."""
    if difference.kind == "update" or not is_built_in(inputs["apiVersion"]):
        return False
    value: Any = seen if difference.kind == "delete" else inputs
    for step in difference.path:
        value = value[step]
    return value in ({}, [], None)


def _forces_new(difference: Difference, inputs: Properties, options: Options) -> bool:
    identity = (("metadata", "name"), ("metadata", "namespace"), ("apiVersion",), ("kind",))
    if any(difference.is_at_or_below(path) for path in identity):
        return True
    if any(difference.is_at_or_below(path) for path in _IMMUTABLE.get(inputs["kind"], ())):
        return True
    mutable = {"ConfigMap": options.config_maps_mutable, "Secret": options.secrets_mutable}
    kind = inputs["kind"]
    if mutable.get(kind, True) and not inputs.get("immutable"):
        return False
    return difference.path[0] in _DATA_OF.get(kind, ())
