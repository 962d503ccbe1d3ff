"""A stack whose engine was killed → a stack that the next update brings to what is declared.

What the engine leaves behind: a lock that nobody holds, and operations of which it does not know the end. Updates and
deletes it clears by itself in a refresh. Creates it does not: they may have come through without the state knowing,
and the next update then fails, because what it wants to create exists.
"""

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mesh.engine.recovery import checkpoints, pending, plugins, releases, states
from mesh.engine.recovery.locks import Lock
from mesh.engine.runs import SUCCEEDED, Engine, Event, resource_name
from mesh.failures import Failure
from mesh.terminal.progress import Report, Step

_SECONDS_FOR_AZURE = 45 * 60
"""Longer than Azure takes for the slowest thing declared here, a cluster."""
_SECONDS_BETWEEN_LOOKS = 5


@dataclass(frozen=True)
class Interruption:
    """What a killed run left behind."""

    locks: tuple[Lock, ...]
    resources: frozenset[str]
    """URNs of what was being worked on, or what Azure had not finished or had failed when the engine last looked."""

    def __bool__(self) -> bool:
        return bool(self.locks or self.resources)


def interruption(engine: Engine) -> Interruption:
    """Raises Failure where the stack is in use, or where nobody can know whether it is."""
    state = states.state(engine)
    held = state.locks()
    states.refuse_where_held(engine.stack, held)
    checkpoints.restore(engine)
    deployment = state.read().deployment
    worked_on = pending.interrupted(deployment).union(pending.unsettled(deployment), pending.failed(deployment))
    return Interruption(held, worked_on)


def recover(engine: Engine, found: Interruption, report: Report, log: Path) -> None:
    """Makes the state say what is there, and nothing else; interrupted, it can be run again."""
    state = states.state(engine)
    with report.step(f"Recovering stack {engine.stack} from an interrupted run") as step:
        _wait_for_plugins(engine, step)
        with state.taken():
            before = state.read()
            adopted = _adopted(engine, before.deployment)
            cleared = _cleared_releases(engine, before.deployment)
            state.replace(before, adopted)
        _refresh(engine, step, log)
        _wait_for_azure(engine, state, step, log)
        with state.taken():
            refreshed = state.read()
            state.replace(refreshed, pending.settled(refreshed.deployment))
    for lock in found.locks:
        report.line(f"  the lock of a dead process was removed: {lock.text}")
    for release in cleared:
        report.line(f"  the Helm release {release.namespace}/{release.name} was in the middle; its record was removed")
    there = {one["urn"] for one in refreshed.deployment.get("resources") or () if not one.get("delete")}
    for urn in pending.sent_inputs(adopted):
        became = "had been created; kept" if urn in there else "had not been created"
        report.line(f"  {resource_name(urn)} {became}")


def _wait_for_plugins(engine: Engine, step: Step) -> None:
    def say(left: tuple[plugins.Plugin, ...]) -> None:
        step.at(f"waiting for what the killed engine left at work: {', '.join(map(str, left))}")

    if left := plugins.wait_for_orphaned(_SECONDS_FOR_AZURE, say):
        processes = " ".join(str(plugin.pid) for plugin in left)
        raise Failure(
            f"After {_SECONDS_FOR_AZURE // 60} minutes there is still at work what the killed engine left: "
            f"{', '.join(map(str, left))}. If you know that it hangs, end it, then recover: "
            f"kill {processes} && mesh recover --stack {engine.stack}"
        )


def _adopted(engine: Engine, deployment: dict[str, Any]) -> dict[str, Any]:
    try:
        return pending.adopted(deployment)
    except pending.Unidentified as error:
        raise Failure(
            f"{error}. Look whether it exists, then: pulumi refresh --stack {engine.stack} "
            "(it asks what became of each interrupted create)."
        ) from error


def _cleared_releases(engine: Engine, deployment: dict[str, Any]) -> list[releases.Release]:
    """Those that were found in the middle. Only for them the state's secrets are shown, and to this process alone."""
    if not releases.worked_on(deployment):
        return []
    shown = json.loads(engine.answer("stack", "export", "--show-secrets", "--stack", engine.stack))
    return [release for release in releases.interrupted(shown["deployment"]) if releases.clear(release)]


def _wait_for_azure(engine: Engine, state: states.State, step: Step, log: Path) -> None:
    deadline = time.monotonic() + _SECONDS_FOR_AZURE
    while unsettled := pending.unsettled(state.read().deployment):
        if time.monotonic() > deadline:
            names = ", ".join(resource_name(urn) for urn in unsettled)
            raise Failure(f"Azure has not finished after {_SECONDS_FOR_AZURE // 60} minutes: {names}. Try again later.")
        step.at("waiting for Azure: " + ", ".join(resource_name(urn) for urn in unsettled))
        time.sleep(_SECONDS_BETWEEN_LOOKS)
        _refresh(engine, step, log, *(f"--target={urn}" for urn in unsettled))


def _refresh(engine: Engine, step: Step, log: Path, *options: str) -> None:
    looked_at = 0

    def count(event: Event) -> None:
        nonlocal looked_at
        looked_at += "resOutputsEvent" in event
        step.at(f"looking at what is there: {looked_at} resources")

    outcome = engine.run("refresh", "--yes", "--skip-preview", *options, log=log, seen=count)
    if outcome.status != SUCCEEDED:
        raise Failure("The stack could not be refreshed:\n" + "\n".join(f"  {error}" for error in outcome.errors))
