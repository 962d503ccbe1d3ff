"""Releases and objects of a plan, registered on their clusters."""

from collections.abc import Mapping
from dataclasses import replace
from graphlib import TopologicalSorter
from typing import Any

import pulumi
import pulumi_kubernetes

from mesh.deploy.registrations import Registered
from mesh.deploy.values import Known
from mesh.plan import Plan
from mesh.plan.resources import KubernetesObject, Release

CHARTS = "https://istio-release.storage.googleapis.com/charts"
_SECRET = {"data", "stringData"}


def register(
    plan: Plan,
    components: Mapping[str, pulumi.Resource],
    providers: Mapping[str, pulumi_kubernetes.Provider],
    known: Known,
) -> None:
    """Registers releases and objects, each after what it depends on."""
    registered = dict(known.registered)
    known = replace(known, registered=registered)
    items: list[Release | KubernetesObject] = [*plan.releases, *(item for item in plan.objects if not item.theirs)]
    theirs = {item.name for item in plan.objects if item.theirs}
    by_name = {item.name: item for item in items}
    order = TopologicalSorter({name: set(item.depends_on) - theirs for name, item in by_name.items()})
    for name in order.static_order():
        item = by_name[name]
        options = pulumi.ResourceOptions(
            parent=components[f"cluster/{item.cluster}"],
            provider=providers[item.cluster],
            depends_on=[registered[needed] for needed in item.depends_on if needed not in theirs],
            ignore_changes=list(item.ignore_changes) if isinstance(item, KubernetesObject) else None,
            protect=isinstance(item, KubernetesObject) and item.protect,
            retain_on_delete=isinstance(item, KubernetesObject) and item.retain,
        )
        registered[name] = _release(item, options) if isinstance(item, Release) else _object(item, options, known)


def _release(release: Release, options: pulumi.ResourceOptions) -> Registered:
    return Registered(
        "kubernetes:helm.sh/v3:Release",
        release.name,
        {
            "name": release.release,
            "namespace": release.namespace,
            "chart": release.chart,
            "version": release.version,
            "repositoryOpts": {"repo": CHARTS},
            "values": dict(release.values),
            "compat": "true",
        },
        options,
    )


def _object(item: KubernetesObject, options: pulumi.ResourceOptions, known: Known) -> Registered:
    manifest: dict[str, Any] = known.resolved(item.manifest)
    kind, api_version = manifest["kind"], manifest["apiVersion"]
    if kind == "Secret":
        # Whole: an answer holds as `data` what was given as `stringData`.
        manifest |= {key: pulumi.Output.secret(manifest[key]) for key in _SECRET & manifest.keys()}
        options = pulumi.ResourceOptions.merge(
            options, pulumi.ResourceOptions(additional_secret_outputs=sorted(_SECRET))
        )
    group = "core/v1" if api_version == "v1" else api_version
    return Registered(f"kubernetes:{group}:{kind}", item.name, manifest, options)
