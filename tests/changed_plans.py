"""Plans with one thing changed: what mutations are made of."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from mesh.plan import Plan
from mesh.plan.resources import AzureResource, KubernetesObject, Release

Changed = Iterator[tuple[str, Plan]]
"""Each with what was changed."""
Spec = Mapping[str, Any]


def without(plan: Plan, *names: str) -> Plan:
    return replace(
        plan,
        azure=tuple(item for item in plan.azure if item.name not in names),
        releases=tuple(item for item in plan.releases if item.name not in names),
        objects=tuple(item for item in plan.objects if item.name not in names),
    )


def with_object(plan: Plan, changed: KubernetesObject) -> Plan:
    """In place of the one with its name, or added."""
    return replace(plan, objects=_sorted([*without(plan, changed.name).objects, changed]))


def with_resource(plan: Plan, changed: AzureResource) -> Plan:
    return replace(plan, azure=_sorted([*without(plan, changed.name).azure, changed]))


def with_release(plan: Plan, changed: Release) -> Plan:
    return replace(plan, releases=_sorted([*without(plan, changed.name).releases, changed]))


def _sorted(items: list[Any]) -> tuple[Any, ...]:
    return tuple(sorted(items, key=lambda item: item.name))


def with_spec(plan: Plan, item: KubernetesObject, spec: Spec) -> Plan:
    return with_object(plan, replace(item, manifest={**item.manifest, "spec": spec}))


def with_metadata(plan: Plan, item: KubernetesObject, **changed: Any) -> Plan:
    metadata = {**item.manifest["metadata"], **changed}
    return with_object(plan, replace(item, manifest={**item.manifest, "metadata": metadata}))


def with_properties(plan: Plan, resource: AzureResource, **changed: Any) -> Plan:
    return with_resource(plan, replace(resource, properties={**resource.properties, **changed}))


def of_kind(plan: Plan, kind: str) -> Iterator[KubernetesObject]:
    return (item for item in plan.objects if item.manifest["kind"] == kind)


def of_token(plan: Plan, token: str) -> Iterator[AzureResource]:
    return (resource for resource in plan.azure if resource.token == f"azure-native:{token}")


def each_removed(plan: Plan, items: Iterator[Any]) -> Changed:
    for item in items:
        yield f"{item.name} removed", without(plan, item.name)


def each_spec(
    plan: Plan, items: Iterator[KubernetesObject], what: str, change: Callable[[Spec], Spec | None]
) -> Changed:
    """Of those items of which there is something to change."""
    for item in items:
        changed = change(item.manifest["spec"])
        if changed is not None and changed != item.manifest["spec"]:
            yield f"{item.name}: {what}", with_spec(plan, item, changed)


def each_of_list(
    plan: Plan,
    items: Iterator[KubernetesObject],
    field: str,
    what: str,
    change: Callable[[Any], Any],
) -> Changed:
    """One element changed of a list in a spec; left out where the change is to None, as it is where it is the same."""
    for item in items:
        spec = item.manifest["spec"]
        for position, element in enumerate(spec.get(field, ())):
            changed = change(element)
            if changed != element:
                kept = [*spec[field][:position], *([] if changed is None else [changed]), *spec[field][position + 1 :]]
                yield f"{item.name}, {field}[{position}]: {what}", with_spec(plan, item, {**spec, field: kept})
