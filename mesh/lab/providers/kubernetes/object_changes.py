"""What changes between an object's inputs, and what of that only a new object can bring."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from mesh.lab.providers.differences import Difference, differences, without_ignored
from mesh.lab.providers.kubernetes.cluster import Cluster
from mesh.lab.providers.kubernetes.manifests import manager, manifest
from mesh.lab.providers.kubernetes.options import Options
from mesh.lab.providers.kubernetes.refusals import Refused, UnknownKind
from mesh.lab.providers.properties import Properties, has_unknown

AUTONAMED = "pulumi.com/autonamed"
_IMMUTABLE = re.compile(
    r"immutable|cannot change|may not change|may not be changed|updates to .* are forbidden", re.IGNORECASE
)
_DATA_OF = {"ConfigMap": ("data", "binaryData"), "Secret": ("type", "data", "stringData")}


@dataclass(frozen=True)
class Changes:
    differences: tuple[Difference, ...]
    replacing: frozenset[Difference]
    delete_first: bool


def changes(
    cluster: Cluster | None, old_inputs: Properties, inputs: Properties, ignored: Iterable[str], options: Options
) -> Changes:
    every = differences(_with_namespace(old_inputs), _with_namespace(inputs))
    changed = tuple(without_ignored(every, ignored))
    replacing = {difference for difference in changed if _forces_new(difference, inputs, options)}
    if changed and not replacing and cluster is not None:
        replacing = _refused_as_immutable(cluster, inputs, changed)
    old, new = (item.get("metadata") or {} for item in (_with_namespace(old_inputs), _with_namespace(inputs)))
    same_name = (old.get("namespace"), old.get("name")) == (new.get("namespace"), new.get("name"))
    autonamed = AUTONAMED in (new.get("annotations") or {})
    return Changes(changed, frozenset(replacing), bool(replacing) and same_name and not autonamed)


def _with_namespace(inputs: Properties) -> Properties:
    """No namespace is the namespace default, where a kind is in namespaces at all."""
    metadata = inputs.get("metadata")
    if not isinstance(metadata, dict) or metadata.get("namespace") != "default":
        return inputs
    return inputs | {"metadata": {key: value for key, value in metadata.items() if key != "namespace"}}


def _forces_new(difference: Difference, inputs: Properties, options: Options) -> bool:
    identity = (("metadata", "name"), ("metadata", "namespace"), ("apiVersion",), ("kind",))
    if any(difference.is_at_or_below(path) for path in identity):
        return True
    mutable = {"ConfigMap": options.config_maps_mutable, "Secret": options.secrets_mutable}
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
            cluster.apply(manifest(inputs), manager(inputs), force=True, dry_run=True)
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
