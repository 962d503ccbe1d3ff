"""Releases and objects of a plan, registered on their clusters."""

from collections.abc import Callable, Mapping
from graphlib import TopologicalSorter
from typing import Any

import pulumi
import pulumi_kubernetes
from pulumi_kubernetes.core import v1 as core
from pulumi_kubernetes.helm import v3 as helm

from mesh.plan import Plan
from mesh.resources import KubernetesObject, Release, Secret

CHARTS = "https://istio-release.storage.googleapis.com/charts"
_CORE = {
    "Namespace": core.Namespace,
    "Secret": core.Secret,
    "Service": core.Service,
    "ServiceAccount": core.ServiceAccount,
}


def register(
    plan: Plan,
    components: Mapping[str, pulumi.Resource],
    providers: Mapping[str, pulumi_kubernetes.Provider],
    read_secret: Callable[[str], str],
) -> None:
    """Registers releases and objects, each after what it depends on."""
    registered: dict[str, pulumi.Resource] = {}
    items: list[Release | KubernetesObject] = [*plan.releases, *plan.objects]
    by_name = {item.name: item for item in items}
    order = TopologicalSorter({name: item.depends_on for name, item in by_name.items()})
    for name in order.static_order():
        item = by_name[name]
        options = pulumi.ResourceOptions(
            parent=components[f"cluster/{item.cluster}"],
            provider=providers[item.cluster],
            depends_on=[registered[needed] for needed in item.depends_on],
        )
        registered[name] = _release(item, options) if isinstance(item, Release) else _object(item, options, read_secret)


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


def _object(
    item: KubernetesObject, options: pulumi.ResourceOptions, read_secret: Callable[[str], str]
) -> pulumi.Resource:
    manifest = _revealed(item.manifest, read_secret)
    kind, api_version = manifest.pop("kind"), manifest.pop("apiVersion")
    if api_version == "v1":
        resource: pulumi.Resource = _CORE[kind](item.name, opts=options, **manifest)
        return resource
    return pulumi_kubernetes.apiextensions.CustomResource(
        item.name,
        api_version=api_version,
        kind=kind,
        metadata=manifest["metadata"],
        spec=manifest["spec"],
        opts=options,
    )


def _revealed(value: Any, read_secret: Callable[[str], str]) -> Any:
    """A manifest with its secrets in it, as values that Pulumi encrypts."""
    if isinstance(value, Secret):
        return pulumi.Output.secret(read_secret(value.file))
    if isinstance(value, Mapping):
        return {key: _revealed(item, read_secret) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_revealed(item, read_secret) for item in value]
    return value
