"""Runs the Pulumi CLI: an operation on a stack → events while it runs, errors at the end."""

import json
import os
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mesh.failures import Failure

Event = dict[str, Any]

SUCCEEDED = 0
CHANGES_FOUND = 7
"""Exit code of `--expect-no-changes` if there are changes (engine 3.226.1 and later, pulumi/pulumi#5144)."""

_NOT_ALL_SEEN = -1
"""Where the engine succeeded, but nobody knows with what."""
_SECONDS_BETWEEN_LOOKS = 0.1
_COLOUR = re.compile(r"<\{%.*?%\}>")


class EngineFailed(Failure):
    """The engine refused or failed; what it printed says why."""


@dataclass
class Outcome:
    status: int
    errors: list[str] = field(default_factory=list)
    """The engine's errors, each with its resource."""


@dataclass
class _Sequence:
    """Of the events, which the engine numbers: where it cannot write one, it says nothing and goes on."""

    following: int = 0
    is_broken: bool = False
    has_end: bool = False

    def see(self, event: Event) -> None:
        self.is_broken |= event.get("sequence") != self.following
        self.following += 1
        self.has_end = "cancelEvent" in event

    @property
    def is_whole(self) -> bool:
        return self.has_end and not self.is_broken


@dataclass(frozen=True)
class Engine:
    """One stack of one project, worked on with one command."""

    command: Path
    project: Path
    stack: str
    environment: Mapping[str, str]

    def answer(self, *arguments: str, given: str = "") -> str:
        """Input of a short command → its output. Raises EngineFailed with its error message."""
        with self._there():
            done = subprocess.run(
                [self.command, *arguments, "--non-interactive", "--color=never"],
                cwd=self.project, env=self.environment, input=given,
                capture_output=True, text=True, check=False,
            )  # fmt: skip
        if done.returncode:
            raise EngineFailed(_last_words(done.stderr or done.stdout))
        return done.stdout

    def run(
        self,
        operation: str,
        *options: str,
        log: Path,
        seen: Callable[[Event], None],
        unwanted: Callable[[], bool] = lambda: False,
    ) -> Outcome:
        """Runs up, preview, refresh or destroy to its end. The engine's own output goes into the log.

        An interrupt is handed to the engine, which ends what it has in hand; a second one makes it stop at once.
        So is a run stopped that nobody wants any more.
        """
        log.parent.mkdir(parents=True, exist_ok=True)
        outcome, sequence = Outcome(SUCCEEDED), _Sequence()
        with tempfile.TemporaryDirectory(prefix="mesh-") as folder, log.open("ab") as output:
            events = Path(folder, "events.json")
            with self._there():
                process = subprocess.Popen(
                    [self.command, operation, "--stack", self.stack, *options, f"--event-log={events}",
                     "--non-interactive", "--color=never"],
                    cwd=self.project, env={**self.environment, "PULUMI_DEBUG_COMMANDS": "true"},
                    stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True,
                )  # fmt: skip
            try:
                for event in _events(process, events, unwanted):
                    sequence.see(event)
                    outcome.errors += _errors(event)
                    seen(event)
            except KeyboardInterrupt:
                _interrupt(process)
                raise
        outcome.status = process.wait()
        if outcome.status in (SUCCEEDED, CHANGES_FOUND) and not sequence.is_whole:
            outcome.status = _NOT_ALL_SEEN
            outcome.errors.append(f"the engine's events in {folder} are cut off, after {sequence.following}")
        if outcome.status not in (SUCCEEDED, CHANGES_FOUND) and not outcome.errors:
            outcome.errors.append(_last_words(log.read_text(errors="replace")))
        return outcome

    @contextmanager
    def _there(self) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError as error:
            if Path(error.filename) != self.command:
                raise
            raise Failure(f"{self.command} is not on PATH. For the lab: `. .lab/env`.") from None


def resource_name(urn: str) -> str:
    """The part of a URN that a reader knows: its type and name."""
    kind, _, name = urn.split("::", 2)[-1].rpartition("::")
    return f"{kind.split('$')[-1]} {name}"


def _events(process: subprocess.Popen[bytes], path: Path, unwanted: Callable[[], bool]) -> Iterator[Event]:
    """The lines of a growing file, until the process has ended and all of them are read."""
    while not path.exists() and process.poll() is None:
        _wait(process, unwanted)
    if not path.exists():
        return
    with path.open() as file:
        unread = ""
        while True:
            ended = process.poll() is not None
            unread += file.read()
            *lines, unread = unread.split("\n")
            yield from filter(None, map(_event, lines))
            if ended:
                return
            _wait(process, unwanted)


def _event(line: str) -> Event:
    """Empty where the line was written in part: the next one then has the wrong number."""
    try:
        event: Event = json.loads(line)
        return event
    except ValueError:
        return {}


def _wait(process: subprocess.Popen[bytes], unwanted: Callable[[], bool]) -> None:
    if unwanted():
        _interrupt(process)
    else:
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


def _last_words(output: str) -> str:
    """The last error in what the engine printed, or its last lines where it gave none."""
    lines = [line for line in output.splitlines() if line.strip()]
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
