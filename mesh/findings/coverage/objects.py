"""A Kubernetes object, as what in it is neither judged nor harmless, by the tables."""

from collections.abc import Iterator, Mapping
from typing import Any

from mesh.access.istio.meshes import group
from mesh.access.treatment import Harmless
from mesh.findings.coverage import istio_kinds, kubernetes_kinds, metadata
from mesh.findings.coverage.fields import unknown

_OF_EVERY_OBJECT = frozenset({"apiVersion", "kind", "metadata", "status"})
"""What a status says is what happened, and nobody acts on it."""
_WITHOUT_EFFECT = {**istio_kinds.WITHOUT_EFFECT, **kubernetes_kinds.WITHOUT_EFFECT}
_TABLES = {**istio_kinds.KINDS, **kubernetes_kinds.KINDS}


def kind(manifest: Mapping[str, Any]) -> str:
    """With its API group: `networking.istio.io/Gateway`, `Service`."""
    return "/".join(filter(None, (group(manifest), str(manifest["kind"]))))


def harmless(manifest: Mapping[str, Any]) -> str | None:
    """Why no object of its kind changes who reaches whom; None where some do."""
    return kubernetes_kinds.HARMLESS.get(kind(manifest))


def harmless_without_effect(manifest: Mapping[str, Any]) -> str | None:
    """Why an object of its kind is harmless that changes no answer of the judge and has no finding."""
    return harmless(manifest) or _WITHOUT_EFFECT.get(kind(manifest))


def not_judged(manifest: Mapping[str, Any]) -> Iterator[str]:
    """What it is that nobody judges, in words."""
    if harmless(manifest):
        return
    table = _TABLES.get(kind(manifest))
    if table is None:
        yield f"the kind {kind(manifest)}"
        return
    for field, value in manifest.items():
        if field not in _OF_EVERY_OBJECT:
            yield from unknown(value, table.get(field), str(field))
    yield from metadata.unknown(str(manifest["kind"]), manifest.get("metadata") or {})
    template = (manifest.get("spec") or {}).get("template") or {}
    if "template" in _fields(table):
        yield from metadata.unknown("Pod", template.get("metadata") or {}, "spec.template.metadata")


def _fields(table: Mapping[str, Any]) -> Mapping[str, Any]:
    spec = table.get("spec", {})
    return {} if isinstance(spec, Harmless) else spec
