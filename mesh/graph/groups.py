"""Workloads, as what becomes one card: each for itself, or those of a namespace that have the same home."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeVar

from mesh.model import Cluster, Function, Machine, Managed, Workload

Fold = Literal["auto", "namespace", "none"]
Place = TypeVar("Place", Cluster, Machine)
LEGIBLE = 40
"""Workloads that fit on a picture one by one."""


@dataclass(frozen=True)
class Group:
    """Its first place is where its arrows end; in the others stand copies."""

    id: str
    name: str
    workloads: tuple[Workload, ...]
    folded: bool

    @property
    def namespace(self) -> str:
        return self.workloads[0].namespace

    @property
    def clusters(self) -> tuple[Cluster, ...]:
        return _distinct(cluster for each in self.workloads for cluster in each.clusters)

    @property
    def machines(self) -> tuple[Machine, ...]:
        return _distinct(machine for each in self.workloads for machine in each.machines)

    @property
    def sidecar(self) -> bool:
        return any(each.sidecar for each in self.workloads)


def groups(workloads: tuple[Workload, ...], fold: Fold) -> tuple[Group, ...]:
    if fold == "none" or (fold == "auto" and len(workloads) <= LEGIBLE):
        return tuple(Group(each.name, each.name, (each,), folded=False) for each in workloads)
    found: dict[str, list[Workload]] = {}
    for each in workloads:
        found.setdefault(f"{each.namespace} {_home(each)}", []).append(each)
    return tuple(Group(key, each[0].namespace, tuple(each), folded=True) for key, each in sorted(found.items()))


def _home(workload: Workload) -> str:
    """Where its first place is. Those without a sidecar are apart: what a card says holds for all behind it."""
    match workload.elsewhere:
        case Managed(network=network):
            return f"managed/{network.name}"
        case Function():
            return "functions"
        case None if workload.clusters:
            return f"cluster/{workload.clusters[0].name}"
        case None:
            return f"network/{workload.machines[0].network.name}{'' if workload.sidecar else ' without sidecar'}"
        case _:
            return "outside"


def _distinct(places: Iterable[Place]) -> tuple[Place, ...]:
    return tuple(sorted({each.name: each for each in places}.values(), key=lambda each: each.name))
