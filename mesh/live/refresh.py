"""The engine's refresh, which changes nothing → what Azure shows of each resource, and what the engine calls drift."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mesh.engine import azure_types, troubles
from mesh.engine.runs import CHANGES_FOUND, SUCCEEDED, Engine, Event
from mesh.failures import Failure
from mesh.live import state
from mesh.terminal.progress import Step

_AZURE = "azure-native:"


@dataclass
class Refreshed:
    azure: dict[str, Mapping[str, Any] | None] = field(default_factory=dict, repr=False)
    """By name in the plan, what can be set of it; None where it is gone."""
    drifted: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """By name in the plan, what the engine calls drift, and at which paths."""


def refreshed(engine: Engine, log: Path, step: Step, unwanted: Callable[[], bool]) -> Refreshed:
    """Raises Failure where the engine could not look: 7 is what it ends with where it found changes."""
    found, seen = Refreshed(), 0

    def see(event: Event) -> None:
        nonlocal seen
        for kind in ("resOutputsEvent", "resourcePreEvent"):
            if kind in event:
                _see(event[kind]["metadata"], found, ended=kind == "resOutputsEvent")
        seen += "resOutputsEvent" in event
        step.at(f"{seen} resources looked at")

    outcome = engine.run("refresh", "--preview-only", "--expect-no-changes", log=log, seen=see, unwanted=unwanted)
    if outcome.status not in (SUCCEEDED, CHANGES_FOUND):
        listed = "\n".join(f"  {error}" for error in outcome.errors)
        raise Failure(
            f"The engine could not look at what is live:\n{listed}\n{troubles.fix(outcome.errors, engine.stack)}."
        )
    return found


def _see(metadata: Event, found: Refreshed, *, ended: bool) -> None:
    resource = state.name(metadata["urn"])
    if ended and metadata["op"] in ("refresh", "update", "same", "delete") and metadata["type"].startswith(_AZURE):
        outputs = (metadata.get("new") or {}).get("outputs")
        found.azure[resource] = azure_types.settable(metadata["type"], outputs) if outputs else None
    if ended and metadata["op"] in ("update", "delete") and not metadata["type"].startswith("pulumi:"):
        found.drifted[resource] = tuple(sorted(metadata.get("detailedDiff") or metadata.get("diffs") or ()))
