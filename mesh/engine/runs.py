"""Runs the Pulumi CLI: an operation on a stack → events while it runs, errors at the end."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mesh.failures import Failure

Event = dict[str, Any]

SUCCEEDED = 0
CHANGES_FOUND = 7
"""Exit code of `--expect-no-changes` if there are changes (engine 3.226.1 and later, pulumi/pulumi#5144)."""

_SECONDS_BETWEEN_LOOKS = 0.1
_COLOUR = re.compile(r"<\{%.*?%\}>")


class EngineFailed(Failure):
    """The engine refused or failed; what it printed says why."""


@dataclass
class Outcome:
    status: int
    errors: list[str] = field(default_factory=list)
    """The engine's errors, each with its resource."""


@dataclass(frozen=True)
class Engine:
    """One stack of one project, worked on with one command."""

    command: Path
    project: Path
    stack: str
    environment: Mapping[str, str]

    def answer(self, *arguments: str, given: str = "") -> str:
        """Input of a short command → its output. Raises EngineFailed with its error message."""
        done = subprocess.run(
            [self.command, *arguments, "--non-interactive", "--color=never"],
            cwd=self.project, env=self.environment, input=given,
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        if done.returncode:
            raise EngineFailed((done.stderr or done.stdout).strip())
        return done.stdout

    def run(self, operation: str, *options: str, log: Path, seen: Callable[[Event], None]) -> Outcome:
        """Runs up, preview, refresh or destroy to its end. The engine's own output goes into the log.

        An interrupt is handed to the engine, which ends what it has in hand; a second one makes it stop at once.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        outcome = Outcome(SUCCEEDED)
        with tempfile.TemporaryDirectory(prefix="mesh-") as folder, log.open("ab") as output:
            events = Path(folder, "events.json")
            process = subprocess.Popen(
                [self.command, operation, "--stack", self.stack, *options, f"--event-log={events}",
                 "--non-interactive", "--color=never"],
                cwd=self.project, env={**self.environment, "PULUMI_DEBUG_COMMANDS": "true"},
                stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
            )  # fmt: skip
            try:
                for event in _events(process, events):
                    outcome.errors += _errors(event)
                    seen(event)
            except KeyboardInterrupt:
                _interrupt(process)
                raise
        outcome.status = process.wait()
        if outcome.status not in (SUCCEEDED, CHANGES_FOUND) and not outcome.errors:
            outcome.errors.append(_last_words(log))
        return outcome


def resource_name(urn: str) -> str:
    """The part of a URN that a reader knows: its type and name."""
    kind, _, name = urn.split("::", 2)[-1].rpartition("::")
    return f"{kind.split('$')[-1]} {name}"


def _events(process: subprocess.Popen[bytes], path: Path) -> Iterator[Event]:
    """The lines of a growing file, until the process has ended and all of them are read."""
    while not path.exists() and process.poll() is None:
        time.sleep(_SECONDS_BETWEEN_LOOKS)
    if not path.exists():
        return
    with path.open() as file:
        unread = ""
        while True:
            ended = process.poll() is not None
            unread += file.read()
            *lines, unread = unread.split("\n")
            for line in lines:
                if line.strip():
                    yield json.loads(line)
            if ended:
                return
            time.sleep(_SECONDS_BETWEEN_LOOKS)


def _errors(event: Event) -> list[str]:
    diagnostic = event.get("diagnosticEvent", {})
    if diagnostic.get("severity") != "error":
        return []
    message = _COLOUR.sub("", diagnostic["message"]).strip().removeprefix("error: ")
    # The stack's own line only says that something below it failed.
    if message in ("update failed", "preview failed", "refresh failed", "destroy failed"):
        return []
    urn = diagnostic.get("urn")
    about = "" if not urn or "::pulumi:pulumi:Stack::" in urn else f"{resource_name(urn)}: "
    return [about + message]


def _last_words(log: Path) -> str:
    """The last error in the engine's output, or its last lines where it gave none."""
    lines = [line for line in log.read_text(errors="replace").splitlines() if line.strip()]
    lines = [line for line in lines if not line.startswith("warning: ")]
    errors = [index for index, line in enumerate(lines) if line.startswith("error: ")]
    return "\n".join(lines[errors[-1] :] if errors else lines[-5:]).removeprefix("error: ")


def _interrupt(process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            os.kill(process.pid, signal.SIGINT)
            process.wait()
        except KeyboardInterrupt:
            continue
