"""Workloads, as what becomes one card: each for itself, those of a namespace with the same home, or all with it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeVar

from mesh.model import Cluster, Machine, Workload

Fold = Literal["none", "namespace", "place"]
FOLDS: tuple[Fold, ...] = ("none", "namespace", "place")
"""From the most cards to the fewest."""
_WITHOUT_SIDECAR = " without sidecar"
Place = TypeVar("Place", Cluster, Machine)


@dataclass(frozen=True)
class Group:
    """Its first place is where its arrows end; in the others stand copies."""

    id: str
    name: str
    workloads: tuple[Workload, ...]
    folded: bool

    @property
    def namespace(self) -> str:
        """Of one that is not folded by place."""
        return self.workloads[0].namespace

    @property
    def namespaces(self) -> tuple[str, ...]:
        return tuple(sorted({workload.namespace for workload in self.workloads}))

    @property
    def clusters(self) -> tuple[Cluster, ...]:
        return _distinct(cluster for workload in self.workloads for cluster in workload.clusters)

    @property
    def machines(self) -> tuple[Machine, ...]:
        return _distinct(machine for workload in self.workloads for machine in workload.machines)

    @property
    def sidecar(self) -> bool:
        return any(workload.sidecar for workload in self.workloads)


def groups(workloads: tuple[Workload, ...], fold: Fold) -> tuple[Group, ...]:
    if fold == "none":
        return tuple(Group(each.name, each.name, (each,), folded=False) for each in workloads)
    by_home: dict[tuple[str, str], list[Workload]] = {}
    for each in workloads:
        home = _home(each)
        name = each.namespace if fold == "namespace" else home.rpartition("/")[2].removesuffix(_WITHOUT_SIDECAR)
        by_home.setdefault((name, home), []).append(each)
    return tuple(
        Group(f"{name} {home}", name, tuple(each), folded=True) for (name, home), each in sorted(by_home.items())
    )


def _home(workload: Workload) -> str:
    """The place of a workload's first card. Workloads without a sidecar get their own card."""
    if workload.outside:
        if workload.outside.network:
            return f"{'managed' if workload.kind == 'service' else 'databases'}/{workload.outside.network.name}"
        return "functions" if workload.outside.kind == "function" else "outside"
    if workload.clusters:
        return f"cluster/{workload.clusters[0].name}"
    return f"network/{workload.machines[0].network.name}{'' if workload.sidecar else _WITHOUT_SIDECAR}"


def _distinct(places: Iterable[Place]) -> tuple[Place, ...]:
    return tuple(sorted({place.name: place for place in places}.values(), key=lambda place: place.name))
