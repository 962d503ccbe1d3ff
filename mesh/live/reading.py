"""A stack and its plan → all that is live: Azure by the engine's refresh, each cluster by its API server, at once."""

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

from mesh.engine.runs import Engine
from mesh.failures import Failure
from mesh.live import helm_records
from mesh.live.clusters import Cluster
from mesh.live.refresh import Refreshed, refreshed
from mesh.live.state import State
from mesh.plan import Plan
from mesh.review.drift.live import Live, Record
from mesh.terminal.progress import Step

_Found = tuple[tuple[Mapping[str, Any], ...], tuple[Record, ...]]


def live(engine: Engine, plan: Plan, state: State, log: Path, step: Step) -> tuple[Live, Refreshed]:
    """Raises Failure where anything could not be looked at: what was not seen is neither drift nor none."""
    names = [cluster.name for cluster in plan.environment.clusters if cluster.name in state.kubeconfigs]
    with ThreadPoolExecutor(max(1, len(names))) as pool:
        read = {name: pool.submit(_read, name, plan, state) for name in names}
        seen = refreshed(engine, log, step)
        found = _all(read)
    return (
        Live(
            azure=seen.azure,
            objects={name: objects for name, (objects, _) in found.items()},
            records={name: records for name, (_, records) in found.items()},
            deployed=state.deployed,
        ),
        seen,
    )


def _all(read: Mapping[str, Future[_Found]]) -> dict[str, _Found]:
    """Raises Failure that names every cluster that could not be read."""
    failures = [str(error) for future in read.values() if (error := future.exception())]
    if failures:
        raise Failure("\n".join(failures))
    return {name: future.result() for name, future in read.items()}


def _read(name: str, plan: Plan, state: State) -> _Found:
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
