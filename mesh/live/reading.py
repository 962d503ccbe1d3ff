"""A stack file and the state → the plan, and what each cluster's API server shows of it."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from mesh.engine import project
from mesh.engine.runs import Engine
from mesh.failures import Failure
from mesh.files import stacks
from mesh.live import helm_records
from mesh.live.clusters import Cluster
from mesh.live.state import State
from mesh.plan import Plan
from mesh.render import plan as planned
from mesh.review.drift.live import Record

_Shown = tuple[tuple[Mapping[str, Any], ...], tuple[Record, ...]]


@dataclass(frozen=True)
class Clusters:
    """By cluster."""

    objects: Mapping[str, tuple[Mapping[str, Any], ...]] = field(repr=False)
    records: Mapping[str, tuple[Record, ...]] = field(repr=False)


def plan(engine: Engine) -> Plan:
    """Raises Invalid."""
    return planned(stacks.environment(engine.project / project.stack_file(engine.stack)))


def clusters(plan: Plan, state: State) -> Clusters:
    """Raises Failure where anything could not be looked at: what was not seen is neither drift nor none."""
    names = [cluster.name for cluster in plan.environment.clusters if cluster.name in state.kubeconfigs]
    with ThreadPoolExecutor(max(1, len(names))) as pool:
        shown = _all({name: pool.submit(_read, name, plan, state) for name in names})
    return Clusters(
        {name: objects for name, (objects, _) in shown.items()},
        {name: records for name, (_, records) in shown.items()},
    )


def _all(read: Mapping[str, Future[_Shown]]) -> dict[str, _Shown]:
    """Raises Failure that names every cluster that could not be read."""
    failures = [str(error) for future in read.values() if (error := future.exception())]
    if failures:
        raise Failure("\n".join(failures))
    return {name: future.result() for name, future in read.items()}


def _read(name: str, plan: Plan, state: State) -> _Shown:
    cluster = Cluster(name, state.kubeconfigs[name])
    try:
        releases = [release for release in plan.releases if release.cluster == name]
        newest = (helm_records.newest(cluster.helm_records(release.namespace, release.release)) for release in releases)
        records = tuple(record for record in newest if record)
        parts = [part for record in records for part in _placed(record)]
        own = [item.manifest for item in plan.objects if item.cluster == name]
        return cluster.objects([*own, *parts]), records
    finally:
        cluster.close()


def _placed(record: Record) -> list[dict[str, Any]]:
    return [
        {**part, "metadata": {"namespace": record.namespace, **part["metadata"]}}
        for part in record.parts
        if part.get("kind") and part.get("metadata")
    ]
