"""Looks and repairs by turns, until nothing is left that can be put back."""

import tempfile
from collections.abc import Callable, Collection
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from mesh.engine import recovery
from mesh.engine.recovery import states
from mesh.engine.runs import Engine
from mesh.live.clusters import Cluster
from mesh.live.looks import Look
from mesh.plan import Plan
from mesh.repair import objects
from mesh.repair.updates import Update
from mesh.review.drift.changes import AzureAddress
from mesh.review.drift.repairs import Repair, repairs
from mesh.terminal.progress import Report

_MOST = 3
"""What a release made differs from its record once more, when the record was put back."""


@dataclass(frozen=True)
class Work:
    """A stack that is put back."""

    engine: Engine
    plan: Plan
    report: Report
    look: Callable[[], Look]
    named: Collection[str] = ()
    """What is deleted though the program does not own it."""
    allowed: Collection[str] = ()
    """What an update may lose."""

    def recover(self) -> None:
        """A run, or a repair, that was killed in the middle is taken up. Raises Failure where one is at work."""
        if interruption := recovery.interruption(self.engine):
            recovery.recover(self.engine, interruption, self.report, self._log())

    def repairs(self, look: Look) -> tuple[Repair, ...]:
        return repairs(self.plan, look.live, look.drift, self.named)

    def run(self, first: Look) -> Look:
        """Repairs what it can → the last look. Raises Stopped and Failure."""
        look, tried = first, frozenset[str]()
        for _ in range(_MOST):
            doable = tuple(repair for repair in self.repairs(look) if repair.means != "nobody")
            differing = frozenset(str(repair.change) for repair in doable)
            if not doable or differing == tried:
                break
            self._round(look, doable)
            look, tried = self.look(), differing
        return look

    def _round(self, look: Look, doable: tuple[Repair, ...]) -> None:
        here = [repair for repair in doable if not _is_for_the_update(repair)]
        there = [repair for repair in doable if _is_for_the_update(repair)]
        if here:
            there += [repair for repair in self._put_back(look, here) if repair.means != "deletion"]
        if there:
            Update(self.plan, self.engine, self.report, self._log(), self.allowed).run(there)

    def _put_back(self, look: Look, found: list[Repair]) -> tuple[Repair, ...]:
        """Under the lock of the stack: no update works on the same objects meanwhile."""
        title = f"Putting back {len(found)} object{'s' if len(found) > 1 else ''} on the clusters"
        with ExitStack() as stack:
            stack.enter_context(states.state(self.engine).taken())
            step = stack.enter_context(self.report.step(title))
            clusters = {}
            for name, kubeconfig in look.state.kubeconfigs.items():
                clusters[name] = Cluster(name, kubeconfig)
                stack.callback(clusters[name].close)
            return objects.put_back(self.plan, look.live, found, clusters, step.at)

    def _log(self) -> Path:
        return Path(tempfile.mkdtemp(prefix="mesh-repair-"), "engine.log")


def _is_for_the_update(repair: Repair) -> bool:
    return repair.means == "update" or isinstance(repair.change.address, AzureAddress)
