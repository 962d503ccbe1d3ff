"""What is live, as the edges read it: Azure's resources, the objects and Helm's records of each cluster."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Deployed:
    """What the state says of a resource: what it was last given, and what was last seen of it."""

    inputs: Properties = field(repr=False)
    seen: Properties = field(repr=False)


@dataclass(frozen=True)
class Record:
    """Helm's record of a release: what it was last installed with, and what it then made."""

    namespace: str
    name: str
    chart: str
    version: str
    status: str
    values: Properties = field(repr=False)
    parts: tuple[Properties, ...] = field(repr=False)


@dataclass(frozen=True)
class Live:
    azure: Mapping[str, Properties | None] = field(repr=False)
    """By name in the plan, what can be set of it as it is; None where it is gone."""
    objects: Mapping[str, tuple[Properties, ...]] = field(repr=False)
    """By cluster: ours, those of releases, and those of others that can change access."""
    records: Mapping[str, tuple[Record, ...]] = field(repr=False)
    """By cluster."""
    deployed: Mapping[str, Deployed] = field(repr=False)
    """By name in the plan."""


def key(manifest: Mapping[str, Any]) -> tuple[str, str, str]:
    """Kind, namespace and name. A kind is the same in whichever version it is read."""
    metadata = manifest["metadata"]
    group = manifest["apiVersion"].rpartition("/")[0]
    return f"{manifest['kind']}.{group}", metadata.get("namespace", ""), metadata["name"]
