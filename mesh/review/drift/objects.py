"""Kubernetes objects of the plan, and those that Helm made for it → what somebody changed of them, field by field."""

import base64
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mesh.plan import Plan
from mesh.plan.resources import KubernetesObject
from mesh.review.drift import changes, defaults, services_of_charts
from mesh.review.drift.changes import Change
from mesh.review.drift.differences import UNKNOWN, Difference, differences, resolved
from mesh.review.drift.live import Deployed, Live, Properties, key


def changed(plan: Plan, live: Live) -> Iterator[Change]:
    by_cluster = {cluster: {key(item): item for item in items} for cluster, items in live.objects.items()}
    for item in plan.objects:
        if item.cluster not in by_cluster:
            continue
        name, kind = item.name, item.manifest["kind"]
        found = by_cluster[item.cluster].get(key(item.manifest))
        if item.theirs:
            yield from _of_theirs(item, found)
        elif found is None:
            yield Change(name, kind, "missing", (), changes.without(name))
        elif differing := compared(known(item, live), found):
            yield Change(name, kind, "changed", differing, changes.with_objects([_as_live(item, found)]))


def _of_theirs(item: KubernetesObject, found: Properties | None) -> Iterator[Change]:
    """What others make, where it is not what calls are declared and judged by."""
    name, kind, note = item.name, item.manifest["kind"], "declared as made by others"
    if found is None:
        yield Change(name, kind, "missing", (), changes.without(name), "others", note)
        return
    seen = services_of_charts.seen(item, found)
    if differing := compared(item.manifest, seen):
        live = changes.with_objects([replace(item, manifest=seen)])
        yield Change(name, kind, "changed", differing, live, "others", note)


def compared(declared: Properties, found: Properties) -> tuple[Difference, ...]:
    """A Secret's values are never in a difference."""
    differing = with_values(declared, found)
    if declared["kind"] != "Secret":
        return differing
    return tuple(replace(one, declared=None, live=None) if one.path.startswith("data") else one for one in differing)


def with_values(declared: Properties, found: Properties) -> tuple[Difference, ...]:
    """With a Secret's values: to put them back, never to be shown."""
    own = content(declared)
    return differences(own, defaults.chosen(found, own), defaults.same)


def content(declared: Properties) -> dict[str, Any]:
    """As an API server shows it: of a Secret, all texts as data."""
    content = {name: value for name, value in declared.items() if name not in ("apiVersion", "kind", "stringData")}
    if declared["kind"] == "Secret" and (texts := declared.get("stringData")):
        content["data"] = {**(content.get("data") or {}), **{name: _encoded(text) for name, text in texts.items()}}
    return content


def _encoded(text: Any) -> Any:
    return UNKNOWN if text is UNKNOWN else base64.b64encode(str(text).encode()).decode()


def known(item: KubernetesObject, live: Live) -> dict[str, Any]:
    """An object of the plan → its manifest with the values that the deployment gave it; UNKNOWN where it gave none."""
    deployed = live.deployed.get(item.name) or Deployed({}, {})
    declared: dict[str, Any] = resolved(item.manifest, deployed.inputs)
    return declared


def _as_live(item: KubernetesObject, found: Mapping[str, Any]) -> KubernetesObject:
    """In the shape of the plan, without what a server fills in; of a Secret without its values, which nobody judges."""
    hidden = ("data", "stringData") if item.manifest["kind"] == "Secret" else ()
    chosen = defaults.chosen(found, content(item.manifest))
    manifest = {"kind": found["kind"], **{name: value for name, value in chosen.items() if name not in hidden}}
    kept = {name: item.manifest[name] for name in hidden if name in item.manifest}
    return replace(item, manifest={**manifest, "apiVersion": item.manifest["apiVersion"], **kept})
