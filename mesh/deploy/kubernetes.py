"""Releases and objects of a plan, registered on their clusters."""

import sys
from collections.abc import Mapping
from graphlib import TopologicalSorter
from typing import Any

import pulumi
import pulumi_kubernetes
from pulumi._types import input_type_py_to_pulumi_names  # no public one
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.helm import v3 as helm
from pulumi_kubernetes.rbac import v1 as rbac

from mesh.deploy.values import Known
from mesh.plan import Plan
from mesh.plan.resources import KubernetesObject, Release
from mesh.render import kubernetes

CHARTS = "https://istio-release.storage.googleapis.com/charts"
_OWN = {
    "Namespace": core.Namespace,
    "Role": rbac.Role,
    "RoleBinding": rbac.RoleBinding,
    "Secret": core.Secret,
    "Service": core.Service,
    "ServiceAccount": core.ServiceAccount,
}


def register(
    plan: Plan,
    components: Mapping[str, pulumi.Resource],
    providers: Mapping[str, pulumi_kubernetes.Provider],
    known: Known,
) -> None:
    """Registers releases and objects, each after what it depends on."""
    registered = dict(known.registered)
    known = Known(registered, known.read_file)
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


def _release(release: Release, options: pulumi.ResourceOptions) -> pulumi.Resource:
    return helm.Release(
        release.name,
        opts=options,
        name=release.release,
        namespace=release.namespace,
        chart=release.chart,
        version=release.version,
        repository_opts=helm.RepositoryOptsArgs(repo=CHARTS),
        values=dict(release.values),
    )


def _object(item: KubernetesObject, options: pulumi.ResourceOptions, known: Known) -> pulumi.Resource:
    manifest = known.resolved(item.manifest)
    kind, api_version = manifest.pop("kind"), manifest.pop("apiVersion")
    if api_version in kubernetes.OWN_GROUPS:
        return _of_own_group(_OWN[kind], item.name, manifest, options)
    return pulumi_kubernetes.apiextensions.CustomResource(
        item.name,
        api_version=api_version,
        kind=kind,
        metadata=manifest["metadata"],
        spec=manifest["spec"],
        opts=options,
    )


def _of_own_group(
    resource: type[pulumi.Resource], name: str, manifest: Mapping[str, Any], options: pulumi.ResourceOptions
) -> pulumi.Resource:
    """The SDK has names of its own for what a manifest calls stringData or roleRef."""
    inputs = getattr(sys.modules[resource.__module__], f"{resource.__name__}InitArgs")
    python_names = {spelled: python for python, spelled in input_type_py_to_pulumi_names(inputs).items()}
    return resource(name, opts=options, **{python_names[key]: value for key, value in manifest.items()})
