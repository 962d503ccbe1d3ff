"""A stack → all that is live, compared with its plan and judged. Nothing is written but a log in a temporary folder.

The engine's refresh takes longest by far, so it begins first, and all else is done beside it: the state is exported,
the stack file is planned, the clusters are read, and what differs there is judged. Even what that needs is loaded only
then.
"""

import tempfile
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from mesh.engine import locked, project, troubles
from mesh.engine.runs import Engine
from mesh.failures import Failure
from mesh.live import state
from mesh.live.refresh import Refreshed, refreshed
from mesh.live.state import State
from mesh.review.drift.live import Live
from mesh.terminal.progress import Report, Step

if TYPE_CHECKING:
    from mesh.plan import Plan
    from mesh.review.drift.classes import Classed
    from mesh.review.drift.effects import Effects
    from mesh.review.drift.report import Drift


@dataclass(frozen=True)
class Look:
    """At everything that is live."""

    state: State
    live: Live
    drift: "Drift"


@dataclass(frozen=True)
class _Beside:
    """What is known once the engine has looked at Azure."""

    plan: "Plan"
    effects: "Effects"
    state: State
    live: Live
    """Of the clusters alone."""
    classed: "tuple[Classed, ...]"
    """On the clusters, and what ends soon."""


def look(engine: Engine, report: Report) -> Look:
    """Raises Failure and Invalid where anything could not be looked at."""
    try:
        locked.refuse(engine)
        with report.step("Looking at Azure, the clusters and the state", "as long as a refresh") as step:
            beside, seen = _looked(engine, step)
    except OSError as error:
        raise Failure(troubles.of_system(error, engine.stack)) from None
    from mesh.review.drift import report as judged  # loaded already, beside the engine

    with report.step("Judging what differs"):
        live = replace(beside.live, azure=seen.azure)
        in_azure = judged.of_azure(beside.plan, live, seen.drifted, beside.classed, beside.effects)
        return Look(beside.state, live, judged.whole(engine.stack, (*beside.classed, *in_azure)))


def _looked(engine: Engine, step: Step) -> tuple[_Beside, Refreshed]:
    """Where one of both fails, the other is not waited for longer than it needs to stop."""
    with tempfile.TemporaryDirectory(prefix="mesh-drift-") as folder, ThreadPoolExecutor(2) as pool:
        known = pool.submit(state.read, engine)
        beside = pool.submit(_beside, engine, known)
        try:
            seen = refreshed(engine, Path(folder, "refresh.log"), step, _failed(beside))
        except Failure:
            beside.result()  # where it failed too, its message is the one that names the place
            raise
        return beside.result(), seen


def _failed(future: Future[_Beside]) -> Callable[[], bool]:
    return lambda: future.done() and future.exception() is not None


def _beside(engine: Engine, exported: Future[State]) -> _Beside:
    from mesh.live import reading  # here: to load all this takes a second, in which the engine starts
    from mesh.review.drift.effects import Effects
    from mesh.review.drift.endings import endings
    from mesh.review.drift.report import of_clusters

    plan = reading.plan(engine)
    effects, known = Effects(plan), exported.result()
    clusters = reading.clusters(plan, known)
    live = Live({}, clusters.objects, clusters.records, known.deployed)
    ending = endings(plan, live, project.stack_file(engine.stack), datetime.now(UTC))
    return _Beside(plan, effects, known, live, (*of_clusters(plan, live, effects), *ending))
