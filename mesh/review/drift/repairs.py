"""Drift → how each of it is put back: at an API server, by an update, by deleting what is named; or what to do."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Literal

from mesh.plan import Plan
from mesh.plan.resources import KubernetesObject
from mesh.review.drift import objects, releases, restoring
from mesh.review.drift.changes import AzureAddress, Change, ObjectAddress
from mesh.review.drift.classes import DRIFT, Classed
from mesh.review.drift.live import Live, Properties, key
from mesh.review.drift.report import Drift
from mesh.review.drift.unowned import DECIDING

Means = Literal["cluster", "update", "deletion", "nobody"]

_GOVERNING = frozenset(DECIDING)
"""Groups of objects that stand for themselves: one that is gone is made again without anything else."""
_PENDING = "pending-"


@dataclass(frozen=True)
class Repair:
    item: Classed
    means: Means
    text: str
    """What is done; of `nobody`, what a person has to do."""

    @property
    def change(self) -> Change:
        return self.item.change


def repairs(plan: Plan, live: Live, drift: Drift, named: Collection[str]) -> tuple[Repair, ...]:
    """The gravest first. `named` is what somebody wants deleted, drift or not."""
    return tuple(
        _repair(plan, live, item, named) for item in drift.found if item.of in DRIFT or _is_named(item.change, named)
    )


def unknown(drift: Drift, named: Collection[str]) -> tuple[str, ...]:
    """Names that nothing has which the program does not own."""
    return tuple(name for name in named if not any(_is_named(item.change, [name]) for item in drift.found))


def deletable(drift: Drift) -> tuple[str, ...]:
    return tuple(str(item.change.address) for item in drift.found if item.change.address)


def declared_part(plan: Plan, live: Live, subject: str) -> tuple[str, Properties] | None:
    """Of what a release has made: its cluster, and the object as Helm's record has it."""
    for release in plan.releases:
        record = releases.record_of(release, live)
        if record is None:
            continue
        for placed in (releases.placed(part, record) for part in record.parts):
            if releases.part_name(release, placed) == subject:
                return release.cluster, _marked(placed, release.release, release.namespace)
    return None


def declared_object(plan: Plan, subject: str) -> KubernetesObject | None:
    return next((item for item in plan.objects if item.name == subject), None)


def _marked(part: Properties, release: str, namespace: str) -> Properties:
    """As Helm marks what it installs, so that it knows its own again."""
    metadata = part["metadata"]
    labels = {"app.kubernetes.io/managed-by": "Helm", **(metadata.get("labels") or {})}
    marks = {"meta.helm.sh/release-name": release, "meta.helm.sh/release-namespace": namespace}
    annotations = {**(metadata.get("annotations") or {}), **marks}
    return {**part, "metadata": {**metadata, "labels": labels, "annotations": annotations}}


def _is_named(change: Change, named: Collection[str]) -> bool:
    names = {str(change.address).lower(), change.subject.lower()} if change.address else set()
    return any(name.lower() in names for name in named)


def _repair(plan: Plan, live: Live, item: Classed, named: Collection[str]) -> Repair:
    change = item.change
    if change.address and change.subject not in live.deployed:
        return _of_nobodys(item, change.address, named)
    if change.kind in ("Certificate", "Acceptance"):
        return Repair(item, "nobody", _of_ending(change.kind))
    if change.owner == "others":
        return Repair(item, "nobody", "others make it: install what makes it, or say in the stack file what it is")
    if change.kind == "Release" and change.what == "changed" and _is_pending(plan, live, change.subject):
        return Repair(
            item,
            "nobody",
            "Helm is at work on it, or was killed: where none runs, helm rollback, then repair again",
        )
    if change.owner == "release":
        return Repair(item, "cluster", "is put back on its cluster, as Helm's record has it")
    if _is_for_its_cluster(plan, live, change):
        return Repair(item, "cluster", "is put back on its cluster, as the program applies it")
    if change.kind == "Release":
        return Repair(item, "update", "is installed again by an update, with the values of the plan")
    return Repair(item, "update", "is put back by an update")


def _of_nobodys(item: Classed, address: ObjectAddress | AzureAddress, named: Collection[str]) -> Repair:
    if not _is_named(item.change, named):
        return Repair(item, "nobody", f"stays, as the program does not own it; to delete it: --delete {address}")
    return Repair(item, "deletion", "is DELETED, as you named it")


def _of_ending(kind: str) -> str:
    if kind == "Certificate":
        return "put a new one into the folder of secrets, then pulumi up: docs/authority.md"
    return "renew it, or mend what it accepts, in the stack file"


def _is_pending(plan: Plan, live: Live, name: str) -> bool:
    record = next((releases.record_of(release, live) for release in plan.releases if release.name == name), None)
    return record is not None and record.status.startswith(_PENDING)


def _is_for_its_cluster(plan: Plan, live: Live, change: Change) -> bool:
    """Whether it needs no update: the state has it, and all of its values are known."""
    item = declared_object(plan, change.subject)
    if item is None or item.name not in live.deployed:
        return False
    if change.what == "missing" and item.manifest["apiVersion"].rpartition("/")[0] not in _GOVERNING:
        return False
    live_object = next((one for one in live.objects[item.cluster] if key(one) == key(item.manifest)), None)
    return restoring.to_apply(plan, change, objects.known(item, live), live_object) is not None
