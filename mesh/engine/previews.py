"""The engine's preview of a stack → what it would do, as steps and losses; no value leaves the engine."""

import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from mesh.engine import troubles
from mesh.engine.replacements import Losses
from mesh.engine.runs import SUCCEEDED, Engine, Event
from mesh.review.steps import Steps


@dataclass
class Previewed:
    steps: Steps = field(default_factory=Steps)
    losses: Losses = field(default_factory=Losses)
    errors: list[str] = field(default_factory=list)
    """What failed, and what the engine could not look at; empty where all of the stack is previewed."""

    def see(self, event: Event) -> None:
        self.steps.see(event)
        self.losses.see(event)
        self.errors += [one for one in troubles.unreachable(event) if one not in self.errors]


def preview(engine: Engine) -> Previewed:
    previewed = Previewed()
    with tempfile.TemporaryDirectory(prefix="mesh-preview-") as folder:
        outcome = engine.run("preview", "--suppress-progress", log=Path(folder, "preview.log"), seen=previewed.see)
    if outcome.status != SUCCEEDED:
        previewed.errors = [*outcome.errors, *previewed.errors]
    return previewed
