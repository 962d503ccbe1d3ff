"""A refresh and an update, by which the engine puts back what differs; it begins nothing that nobody has seen."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from mesh.engine import previews, troubles
from mesh.engine.progress_events import Activity
from mesh.engine.recovery import states as stored
from mesh.engine.runs import SUCCEEDED, Engine, Event
from mesh.failures import Failure
from mesh.plan import Plan
from mesh.repair import states
from mesh.repair.states import Deployment
from mesh.review import gate
from mesh.review.drift.changes import AzureAddress
from mesh.review.drift.repairs import Repair
from mesh.terminal.progress import Report


class Stopped(Exception):
    """The update would lose what nobody has allowed; nothing of it was begun."""

    def __init__(self, losses: dict[str, str]) -> None:
        super().__init__("; ".join(f"{name} would be {fate}" for name, fate in losses.items()))
        self.losses = losses


@dataclass(frozen=True)
class Update:
    plan: Plan
    engine: Engine
    report: Report
    log: Path
    allowed: Collection[str]
    """What may be lost, by name in the state."""

    def run(self, found: Iterable[Repair]) -> None:
        """Raises Stopped, and Failure."""
        repairs = tuple(found)
        named = [(one.change.subject, one.change.address) for one in repairs]
        addresses = [(name, address) for name, address in named if isinstance(address, AzureAddress)]
        releases = {one.change.subject for one in repairs if one.change.kind == "Release"}
        deployed = self._change_state(lambda deployment: states.with_named(deployment, addresses))
        self._operate("Taking what is live into the state", "refresh")
        refreshed = self._change_state(lambda deployment: states.with_causes(deployment, releases))
        self._stop_at_losses(repairs)
        if halves := states.cut_off(refreshed):
            self._write_halves(halves, deployed, states.gone_peerings(refreshed, deployed))
        self._operate("Bringing about what is declared", "up")

    def _write_halves(self, left: Collection[str], deployed: Deployment, gone: Collection[str]) -> None:
        """Those that are left come first: Azure refuses the other half of a peering until then.

        They depend on the halves that are gone, which therefore stand in the state meanwhile.
        """
        self._change_state(lambda deployment: states.with_gone(deployment, deployed, gone))
        self._operate("Writing the halves of peerings that are left", "up", *_targets(left))
        if gone:
            self._operate("Taking the halves that are gone out of the state", "refresh", *_targets(gone))

    def _change_state(self, change: Callable[[Deployment], Deployment]) -> Deployment:
        state = stored.state(self.engine)
        with state.taken():
            before = state.read()
            after = change(before.deployment)
            state.replace(before, after)
        return after

    def _stop_at_losses(self, found: tuple[Repair, ...]) -> None:
        with self.report.step("Looking at what the update would do"):
            seen = previews.preview(self.engine)
        if seen.errors:
            raise self._failure("The update could not be previewed", seen.errors)
        azure = {resource.name for resource in self.plan.azure}
        shown = {repair.change.subject for repair in found}
        deleted = {repair.change.subject for repair in found if repair.means == "deletion"}
        losses = {
            step.name: "deleted" if step.operation == "delete" else "replaced"
            for step in seen.steps.all
            if (step.operation == "delete" and step.name not in shown)
            or (step.operation == "replace" and (step.name not in shown or step.name in azure))
        }
        refused = gate.refused({**losses, **seen.losses.found}, {*self.allowed, *deleted})
        if refused:
            raise Stopped(dict(refused))

    def _operate(self, title: str, operation: str, *options: str) -> None:
        activity = Activity()
        with self.report.step(title) as step:

            def see(event: Event) -> None:
                activity.see(event)
                step.at(str(activity))

            outcome = self.engine.run(operation, "--yes", "--skip-preview", *options, log=self.log, seen=see)
            if outcome.status != SUCCEEDED:
                raise self._failure(f"The engine's {operation} failed", outcome.errors)

    def _failure(self, what: str, errors: Iterable[str]) -> Failure:
        listed = "".join(f"\n  {error}" for error in errors)
        return Failure(f"{what}:{listed}\n{troubles.fix(errors, self.engine.stack)}. All of it: {self.log}")


def _targets(urns: Iterable[str]) -> tuple[str, ...]:
    return tuple(f"--target={urn}" for urn in urns)
