"""Fields that others keep, as what the engine is told not to change."""

from dataclasses import replace
from fnmatch import fnmatchcase
from typing import TypeVar

from mesh.model import Environment
from mesh.plan.resources import AzureResource, KubernetesObject

Item = TypeVar("Item", AzureResource, KubernetesObject)


def left_alone(environment: Environment, item: Item) -> Item:
    ignored = dict.fromkeys((*item.ignore_changes, *_fields(environment, item.name)))
    return replace(item, ignore_changes=tuple(ignored))


def _fields(environment: Environment, name: str) -> list[str]:
    return [
        field
        for kept in environment.theirs
        if any(fnmatchcase(name, pattern) for pattern in kept.of)
        for field in kept.fields
    ]
