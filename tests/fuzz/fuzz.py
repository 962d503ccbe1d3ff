"""Stack files with a change, by the thousands: what is refused, and in which words; what is accepted, and really made.

`make fuzz` prints the table. A change that keeps a file sound has to be accepted. Any other change is accepted or
refused; a refusal names the change, and what is accepted is accepted by Azure and an API server, too.
"""

import argparse
import random
import re
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import FrameType
from typing import Any

import live_checks
import stack_file_changes
import yaml
from live_checks import LiveChecks
from stack_file_changes import Change
from temporary_labs import lab_in

from mesh import findings, resolve
from mesh.declaration import stack_file
from mesh.declaration.problems import ENVIRONMENT, Invalid, Problem
from mesh.declaration.stack_file import Document
from mesh.lab.providers.kubernetes.cluster import Cluster
from mesh.lab.servers import Servers
from mesh.model import Environment
from mesh.render import plan

CHECKOUT = Path(__file__).resolve().parents[2]
SECONDS_UNTIL_A_HANG = 20
_EXAMPLES = 5


class Hang(BaseException):
    """Not an Exception: no handler in between may take it for one."""


@dataclass(frozen=True)
class Source:
    file: Path
    text: str

    @property
    def name(self) -> str:
        return self.file.stem.removeprefix("Pulumi.")

    @cached_property
    def value(self) -> Any:
        """None where the text is no mapping in YAML with an environment in it."""
        try:
            document = stack_file.document(self.text.encode())
        except Invalid:
            return None
        return document.value if document.has_mapping(ENVIRONMENT) else None

    @cached_property
    def is_sound(self) -> bool:
        try:
            resolve.environment(stack_file.document(self.text.encode()), self.name)
        except Invalid:
            return False
        return True


def sources() -> tuple[list[Source], list[Source]]:
    """The sound files of the checkout, and the broken ones."""
    files = [*sorted((CHECKOUT / "stacks").glob("*.yaml")), *sorted((CHECKOUT / "tests/cases").glob("*/*/stack.yaml"))]
    texts = [Source(file, file.read_bytes().decode(errors="replace")) for file in files]
    return [source for source in texts if source.is_sound], [source for source in texts if not source.is_sound]


@dataclass
class Score:
    counts: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    def count(self, what: str, example: str = "") -> None:
        self.counts[what] += 1
        if example and len(kept := self.examples.setdefault(what, [])) < _EXAMPLES:
            kept.append(example)

    @property
    def named_share(self) -> float:
        return 1 - self.counts["not named"] / max(1, self.counts["single changes refused"])


@dataclass
class Fuzz:
    luck: random.Random
    live: LiveChecks
    live_share: float
    """Of the accepted files, those that are really made."""
    score: Score = field(default_factory=Score)

    def run(self, files: int) -> Score:
        intact, broken = sources()
        for _ in range(files):
            kind = self.luck.choices(("any", "sound", "text", "broken"), weights=(70, 12, 10, 8))[0]
            source = self.luck.choice(broken if kind == "broken" else intact)
            self._try(kind, source)
        return self.score

    def _try(self, kind: str, source: Source) -> None:
        self.score.count("files")
        self.score.count(f"files: {kind}")
        if kind == "text" or source.value is None:
            text = stack_file_changes.text_changed(source.text, self.luck)
            change = Change(text, (), (), "text")
        else:
            change = (stack_file_changes.sound if kind == "sound" else stack_file_changes.changed)(
                source.value, self.luck
            )
            text = yaml.safe_dump(change.value, allow_unicode=True, sort_keys=False, width=self.luck.choice((80, 999)))
        shown = f"{source.file.relative_to(CHECKOUT)}: {change.kind} {list(change.path)}"
        try:
            with _limited():
                self._judge(kind, source, change, text, shown)
        except Hang:
            self.score.count("hangs", shown)
        except Exception:  # noqa: BLE001  # whatever it is, it is what is looked for
            last = traceback.format_exc().strip().splitlines()
            self.score.count("tracebacks", f"{shown}: {last[-1]} at {last[-3].strip()}")

    def _judge(self, kind: str, source: Source, change: Change, text: str, shown: str) -> None:
        try:
            # Every other one as text, so that both ways are gone: YAML's own, and a value from Pulumi's configuration.
            through_text = isinstance(change.value, str) or self.luck.random() < 0.5
            document = stack_file.document(text.encode()) if through_text else Document.of(change.value)
            environment = resolve.environment(document, source.name)
        except Invalid as invalid:
            self._refused(kind, source, change, invalid.problems, shown)
            return
        self.score.count("accepted")
        made = plan(environment)
        if self.luck.random() < self.live_share:
            self._make(environment, made, shown)

    def _refused(self, kind: str, source: Source, change: Change, problems: Sequence[Problem], shown: str) -> None:
        self.score.count("refused")
        said = "; ".join(f"{problem.place}: {problem.message}" for problem in problems[:3])
        if kind == "sound":
            self.score.count("valid ones refused", f"{shown}: {said}")
        if kind == "any" and change.path:
            self.score.count("single changes refused")
            self.score.count("named at their path", "") if _is_at(change, problems) else None
            if not _is_at(change, problems) and not _is_named(change, problems):
                self.score.count("not named", f"{shown} {change.words}: {said}")

    def _make(self, environment: Environment, made: Any, shown: str) -> None:
        if any(finding.severity == "error" for finding in findings.of_plan(made)):
            self.score.count("accepted, and not deployed for a finding")
            return
        self.score.count("really made")
        for refusal in self.live.refusals(environment, made):
            self.score.count("refused by Azure or an API server", f"{shown}: {refusal}")


def _is_at(change: Change, problems: Sequence[Problem]) -> bool:
    """Whether a message stands at the change, inside it, or at what it is directly in, and says which part it is.

    Where the only part was removed, it is what it was in that is empty.
    """
    path = change.path
    is_empty = not stack_file_changes.at(change.value, path[:-1])
    return any(
        problem.path[: len(path)] == path
        or (problem.path == path[:-1] and (is_empty or str(path[-1]) in _words(problem)))
        for problem in problems
    )


def _is_named(change: Change, problems: Sequence[Problem]) -> bool:
    """Whether a message elsewhere says what is missing, or what contradicts it, by name."""
    return any(word in _words(problem) for problem in problems for word in change.words)


def _words(problem: Problem) -> str:
    return f"{problem.place} {problem.message} {problem.fix}"


@contextmanager
def _limited() -> Iterator[None]:
    def end(number: int, frame: FrameType | None) -> None:
        raise Hang

    previous = signal.signal(signal.SIGALRM, end)
    signal.alarm(SECONDS_UNTIL_A_HANG)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, previous)


ROWS = (
    ("tracebacks", "files", "0"),
    ("hangs", "files", "0"),
    ("refused by Azure or an API server", "really made", "0"),
    ("valid ones refused", "files: sound", "0"),
    ("not named", "single changes refused", "at most 5 %"),
)


def table(score: Score, seed: int, seconds: float, live: LiveChecks) -> str:
    counts = score.counts
    lines = [
        f"{counts['files']} files, seed {seed}, {seconds:.0f} s: {counts['accepted']} accepted, {counts['refused']} "
        f"refused; {counts['really made']} of the accepted really made ({live.azure_plans} different Azure plans, "
        f"{live.objects} different objects), {counts['accepted, and not deployed for a finding']} held by a finding",
        f"{counts['named at their path']} of {counts['single changes refused']} refusals stand at the changed path",
        "",
        "| what | count | of | target |",
        "|---|---|---|---|",
        *(f"| {what} | {counts[what]} | {counts[among]} {among} | {target} |" for what, among, target in ROWS),
    ]
    for what, examples in score.examples.items():
        lines += [f"\n{what}:", *(f"  {re.sub(chr(10), ' ', example)}" for example in examples)]
    return "\n".join(lines)


def is_met(score: Score) -> bool:
    return not any(score.counts[what] for what, _, target in ROWS if target == "0") and score.named_share >= 0.95


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--live", type=float, default=0.1, help="share of the accepted files that are really made")
    given = parser.parse_args()
    begun = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        lab = lab_in(Path(folder, "lab"))
        servers = Servers(lab)
        try:
            servers.start("east")
            servers.define("east", live_checks.definitions())
            live = LiveChecks(Cluster((lab.kubeconfigs / "east.yaml").read_text()))
            score = Fuzz(random.Random(given.seed), live, given.live).run(given.files)
        finally:
            servers.stop("east")
    sys.stdout.write(table(score, given.seed, time.monotonic() - begun, live) + "\n")
    return 0 if is_met(score) else 1


if __name__ == "__main__":
    raise SystemExit(main())
