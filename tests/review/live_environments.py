"""A plan, as what is live when nobody has changed anything; and changes to it."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mesh.plan import Plan
from mesh.review.drift.differences import PLACEHOLDERS
from mesh.review.drift.live import Deployed, Live, Record

Object = dict[str, Any]


def live_of(plan: Plan) -> Live:
    """Azure and the clusters as they are right after an update; each placeholder has become some text."""
    azure = {resource.name: filled(resource.properties) for resource in plan.azure}
    objects = {cluster.name: [] for cluster in plan.environment.clusters}
    for item in plan.objects:
        objects[item.cluster].append(shown(filled(item.manifest)))
    releases: dict[str, list[Record]] = {cluster.name: [] for cluster in plan.environment.clusters}
    for release in plan.releases:
        made = Record(
            release.namespace, release.release, release.chart, release.version, "deployed", dict(release.values), ()
        )
        releases[release.cluster].append(made)
    inputs = {resource.name: resource.properties for resource in plan.azure}
    inputs |= {item.name: item.manifest for item in plan.objects}
    return Live(
        azure=azure,
        objects={cluster: tuple(items) for cluster, items in objects.items()},
        records={cluster: tuple(items) for cluster, items in releases.items()},
        deployed={name: Deployed(filled(values), filled(values)) for name, values in inputs.items()},
    )


def filled(value: Any) -> Any:
    if isinstance(value, PLACEHOLDERS):
        return f"known {value}"
    if isinstance(value, Mapping):
        return {key: filled(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [filled(item) for item in value]
    return value


def shown(manifest: Object) -> Object:
    """As an API server shows it, with what it fills in."""
    import base64

    found = copy.deepcopy(manifest)
    found["metadata"] |= {"uid": "1", "resourceVersion": "7", "creationTimestamp": "2026-11-29T00:00:00Z"}
    if "stringData" in found:
        texts = found.pop("stringData")
        found["data"] = {key: base64.b64encode(text.encode()).decode() for key, text in texts.items()}
    if found["kind"] == "Service":
        spec = found["spec"]
        found["spec"] = {"clusterIP": "10.0.0.7", "type": "ClusterIP", "sessionAffinity": "None", **spec}
    return found


class Behind:
    """Somebody who changes what is live behind the program's back."""

    def __init__(self, live: Live) -> None:
        self.azure: dict[str, Any] = copy.deepcopy(dict(live.azure))
        self.objects = {cluster: copy.deepcopy(list(items)) for cluster, items in live.objects.items()}
        self.records = {cluster: list(items) for cluster, items in live.records.items()}
        self._live = live

    @property
    def live(self) -> Live:
        return replace(
            self._live,
            azure=self.azure,
            objects={cluster: tuple(items) for cluster, items in self.objects.items()},
            records={cluster: tuple(items) for cluster, items in self.records.items()},
        )

    def object(self, name: str) -> Object:
        """By its name in the plan: east/shop/Service/cart."""
        cluster, *_ = name.split("/")
        return next(item for item in self.objects[cluster] if plan_name(cluster, item) == name)

    def delete(self, name: str) -> None:
        cluster, *_ = name.split("/")
        self.objects[cluster].remove(self.object(name))

    def add(self, cluster: str, api_version: str, kind: str, namespace: str, name: str, **content: Any) -> None:
        metadata = {"name": name, "namespace": namespace, **content.pop("metadata", {})}
        self.objects[cluster].append({"apiVersion": api_version, "kind": kind, "metadata": metadata, **content})


def plan_name(cluster: str, item: Object) -> str:
    metadata = item["metadata"]
    return "/".join(part for part in (cluster, metadata.get("namespace"), item["kind"], metadata["name"]) if part)
