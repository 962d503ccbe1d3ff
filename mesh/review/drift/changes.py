"""A change that somebody made behind the program's back: what differs, and the plan as it is with it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from mesh.plan import Plan
from mesh.plan.resources import AzureResource, KubernetesObject, Release
from mesh.review.drift.differences import Difference

Owner = Literal["ours", "release", "others", "nobody"]
"""`release`: Helm made it for the program; `others`: made by them, as declared; `nobody`: the program knows nothing."""


@dataclass(frozen=True)
class ObjectAddress:
    """An object on a cluster, as `--delete` names it."""

    cluster: str
    api_version: str
    kind: str
    namespace: str
    name: str

    @property
    def like(self) -> dict[str, Any]:
        """The least that says which object it is."""
        place = {"namespace": self.namespace} if self.namespace else {}
        return {"apiVersion": self.api_version, "kind": self.kind, "metadata": {"name": self.name, **place}}

    def __str__(self) -> str:
        kind = f"{self.kind}.gateway" if "gateway.networking.k8s.io" in self.api_version else self.kind
        return f"{'/'.join(filter(None, (kind, self.namespace, self.name)))}@{self.cluster}"


@dataclass(frozen=True)
class AzureAddress:
    """A resource in Azure, as `--delete` names it: by its id."""

    token: str
    """azure-native's type."""
    id: str

    def __str__(self) -> str:
        return self.id


@dataclass(frozen=True)
class Change:
    subject: str
    """By its name in the plan: nsg/east/nodes, east/shop/AuthorizationPolicy/orders; of what is in no plan, alike."""
    kind: str
    """Azure's or Kubernetes' kind: NetworkSecurityGroup, AuthorizationPolicy."""
    what: Literal["changed", "missing", "unowned"]
    differences: tuple[Difference, ...]
    """Empty where the whole of it is missing, or nobody's."""
    applied: Callable[[Plan], Plan] = field(repr=False, compare=False)
    """The plan as it would be, had it declared what is live."""
    owner: Owner = "ours"
    note: str = ""
    """What a person has to know beside the fields."""
    expected: str = ""
    """Why an object that nobody declared is no drift."""
    address: ObjectAddress | AzureAddress | None = None
    """Of what nobody declared."""

    @property
    def paths(self) -> tuple[str, ...]:
        return tuple(difference.path for difference in self.differences)


def unchanged(plan: Plan) -> Plan:
    """Of what no judge looks at."""
    return plan


def without(name: str) -> Callable[[Plan], Plan]:
    def applied(plan: Plan) -> Plan:
        return replace(
            plan,
            azure=tuple(item for item in plan.azure if item.name != name),
            releases=tuple(item for item in plan.releases if item.name != name),
            objects=tuple(item for item in plan.objects if item.name != name),
        )

    return applied


def with_objects(items: Iterable[KubernetesObject]) -> Callable[[Plan], Plan]:
    """Each in place of the one with its name, or added."""
    added = tuple(items)
    names = {item.name for item in added}

    def applied(plan: Plan) -> Plan:
        kept = [item for item in plan.objects if item.name not in names]
        return replace(plan, objects=tuple(sorted([*kept, *added], key=lambda item: item.name)))

    return applied


def with_properties(name: str, properties: dict[str, Any]) -> Callable[[Plan], Plan]:
    def changed(resource: AzureResource) -> AzureResource:
        return replace(resource, properties={**resource.properties, **properties})

    def applied(plan: Plan) -> Plan:
        return replace(plan, azure=tuple(changed(item) if item.name == name else item for item in plan.azure))

    return applied


def with_values(name: str, change: Callable[[Release], dict[str, Any]]) -> Callable[[Plan], Plan]:
    """A release with other values, made of those that it has."""

    def changed(release: Release) -> Release:
        return replace(release, values=change(release))

    def applied(plan: Plan) -> Plan:
        return replace(plan, releases=tuple(changed(item) if item.name == name else item for item in plan.releases))

    return applied
