"""Repairs of objects → what each cluster's API server is sent, the gravest first. Each is whole, or was not begun."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mesh.live.clusters import Cluster, Refused
from mesh.plan import Plan
from mesh.plan.resources import KubernetesObject
from mesh.review.drift import objects, repairs, restoring
from mesh.review.drift.changes import Change, ObjectAddress
from mesh.review.drift.live import Live
from mesh.review.drift.repairs import Repair

_MANAGER, _HELM, _PROGRAM = "hybrid-mesh-repair", "helm", "pulumi-kubernetes"
_TRIES = 4
"""Somebody, or a controller, may write an object between a look and a repair."""


def put_back(
    plan: Plan, live: Live, found: Iterable[Repair], clusters: Mapping[str, Cluster], said: Callable[[str], None]
) -> tuple[Repair, ...]:
    """Those that an API server refuses as they are. Raises Failure where it does not answer, or does not let in."""
    refused = []
    for repair in found:
        try:
            done = _put_back(plan, live, repair, clusters)
        except Refused as refusal:
            refused.append(repair)
            done = f"is refused ({refusal})"
        said(f"{repair.change.subject} {done}")
    return tuple(refused)


def _put_back(plan: Plan, live: Live, repair: Repair, clusters: Mapping[str, Cluster]) -> str:
    change = repair.change
    if isinstance(change.address, ObjectAddress):
        clusters[change.address.cluster].delete(change.address.like)
        return "is deleted"
    if item := repairs.declared_object(plan, change.subject):
        _put_back_ours(plan, live, item, change, clusters[item.cluster])
    elif part := repairs.declared_part(plan, live, change.subject):
        cluster, declared = part
        _put_back_part(plan, declared, change, clusters[cluster])
    return "is put back"


def _put_back_ours(plan: Plan, live: Live, item: KubernetesObject, change: Change, cluster: Cluster) -> None:
    """As the manager of fields that the program is: what another took over is its own again, and no third one's."""
    declared = objects.known(item, live)
    found = cluster.get(item.manifest)
    wanted = restoring.to_apply(plan, change, declared, found)
    if wanted is None:
        raise Refused("a value of it is known to an update only")
    applied = cluster.apply(wanted, _manager(item, live, found))
    _without_drift(plan, change, declared, applied, cluster)


def _put_back_part(plan: Plan, declared: Mapping[str, Any], change: Change, cluster: Cluster) -> None:
    found = cluster.get(declared)
    if found is None:
        cluster.create(declared, _HELM)
    else:
        _without_drift(plan, change, declared, found, cluster)


def _without_drift(
    plan: Plan, change: Change, declared: Mapping[str, Any], found: Mapping[str, Any], cluster: Cluster
) -> None:
    """What others added goes, and nothing is written over a version that was not seen."""
    for left in reversed(range(_TRIES)):
        wanted = restoring.restored(plan, change, declared, found)
        if wanted is None:
            return
        try:
            cluster.replace(wanted, _MANAGER)
            return
        except Refused:
            newer = cluster.get(declared)
            moved = newer and newer["metadata"].get("resourceVersion") != found["metadata"].get("resourceVersion")
            if not left or not newer or not moved:
                raise
            found = newer


def _manager(item: KubernetesObject, live: Live, found: Mapping[str, Any] | None) -> str:
    """The name by which the engine's provider applied it: by its state, else by the object itself."""
    deployed = live.deployed[item.name]
    if known := deployed.seen.get("__fieldManager"):
        return str(known)
    managers = (entry for entry in ((found or {}).get("metadata") or {}).get("managedFields") or ())
    applied = (str(entry["manager"]) for entry in managers if entry.get("operation") == "Apply")
    return next((name for name in applied if name.startswith(_PROGRAM)), _PROGRAM)
