"""Pairs of environments, one after the other on the real engine: `up` does what preview shows, and then all is done.

`make test-previews` prints the table. The second of a pair is another one drawn, or the first with a change. The
provider (tests/planning_provider.py) compares and previews as the lab's plugins do, and accepts everything.
"""

import argparse
import json
import random
import shutil
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import environments
import pulumi_projects
import stack_file_changes
import yaml
from drawn_environments import environments as drawn_environments
from hypothesis import HealthCheck, Phase, given, seed, settings

from mesh.declaration.problems import Invalid
from mesh.lab.parts import plugins
from mesh.model import Environment

PROGRAM = """
from pathlib import Path
from mesh import deploy
from mesh.files import stacks
from mesh.render import plan

deploy.register(plan(stacks.environment(Path("Pulumi.drawn.yaml"))), lambda name: name)
"""
PROVIDER = Path(__file__).parents[1] / "planning_provider.py"
_SUBSCRIPTION = "11111111-2222-4333-8444-555555555555"
_DONE_NOTHING = ("same", "read")
_CHANGES_TRIED = 40
Operations = Counter[tuple[str, str]]
"""By operation and resource."""


@dataclass(frozen=True)
class Pair:
    second: Any
    words: str


@dataclass
class Score:
    tried: int = 0
    alike: int = 0
    """`up` did exactly what the preview showed."""
    done: int = 0
    """A second preview had nothing to do."""
    operations: Counter[str] = field(default_factory=Counter)
    unlike: list[str] = field(default_factory=list)


def pairs(count: int, number: int) -> Iterator[Pair]:
    """The environments that follow each other: the first comes from nothing."""
    luck = random.Random(number)
    drawn = iter(_drawn(count + 1, number))
    latest: Any = None
    for _ in range(count):
        changed = _changed(latest, luck) if latest is not None and luck.random() < 0.6 else None
        if changed is None:
            changed = Pair(next(drawn), "another environment")
        latest = changed.second
        yield changed


def _drawn(count: int, number: int) -> list[Any]:
    made: list[Any] = []

    @seed(number)
    @settings(
        max_examples=count, database=None, deadline=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(drawn_environments())
    def draw(environment: Any) -> None:
        made.append(environment)

    draw()
    return [made[position % len(made)] for position in range(count)]


def _changed(declared: Any, luck: random.Random) -> Pair | None:
    """The environment with changes that are accepted and matter; None where none of those that were tried is."""
    for _ in range(_CHANGES_TRIED):
        whole = {"config": {"azure-native:subscriptionId": _SUBSCRIPTION, "hybrid-mesh:environment": declared}}
        change = stack_file_changes.changed(whole, luck)
        second = change.value["config"]["hybrid-mesh:environment"]
        if change.value["config"].keys() == whole["config"].keys() and _plan_differs(declared, second):
            return Pair(second, f"{change.kind} {'.'.join(map(str, change.path[2:]))}")
    return None


def _plan_differs(first: Any, second: Any) -> bool:
    try:
        return _resolved(first) != _resolved(second)
    except Invalid:
        return False


def _resolved(declared: Any) -> Environment:
    return environments.resolved(declared, "drawn")


def project(folder: Path) -> pulumi_projects.Project:
    versions = {name.replace("-", "_"): plugins.version(name) for name in ("azure-native", "kubernetes")}
    # Else the engine has no event log.
    variables = {"PULUMI_DEBUG_COMMANDS": "true"}
    made = pulumi_projects.project(folder, variables, PROVIDER, **versions)
    made.write(PROGRAM)
    made.run("config", "set", "azure-native:subscriptionId", _SUBSCRIPTION)
    return made


def tried(made: pulumi_projects.Project, pair: Pair, score: Score) -> None:
    config = {"azure-native:subscriptionId": _SUBSCRIPTION, "hybrid-mesh:environment": pair.second}
    (made.folder / "Pulumi.drawn.yaml").write_text(yaml.safe_dump({"config": config}))
    shown = _operations(made, "preview")
    carried_out = _operations(made, "up", "--yes", "--skip-preview")
    left = _operations(made, "preview")
    score.tried += 1
    score.alike += shown == carried_out
    score.done += not left
    for (operation, _), count in carried_out.items():
        score.operations[operation] += count
    if shown != carried_out:
        score.unlike.append(f"{pair.words}: only shown {_said(shown - carried_out)}, only done "
                            f"{_said(carried_out - shown)}")  # fmt: skip
    if left:
        score.unlike.append(f"{pair.words}: after up, {_said(left)}")


def _said(operations: Operations) -> str:
    return ", ".join(f"{operation} {urn.split('::')[2].split('$')[-1]} {urn.split('::')[3]}"
                     for operation, urn in sorted(operations)[:6]) or "nothing"  # fmt: skip


def _operations(made: pulumi_projects.Project, *arguments: str) -> Operations:
    log = made.folder / "events.json"
    log.unlink(missing_ok=True)
    done = made.run(*arguments, f"--event-log={log}")
    assert done.returncode == 0, f"pulumi {' '.join(arguments)}:\n{done.stdout[-3000:]}"
    operations: Operations = Counter()
    for line in log.read_text().splitlines():
        metadata = (json.loads(line).get("resourcePreEvent") or {}).get("metadata")
        if metadata and metadata["op"] not in _DONE_NOTHING:
            operations[metadata["op"], metadata["urn"]] += 1
    return operations


def table(score: Score, number: int) -> str:
    done = ", ".join(f"{count} {operation}" for operation, count in sorted(score.operations.items()))
    return "\n".join(
        [
            f"seed {number}; operations carried out: {done}",
            "| pairs tried | up did what preview showed | second preview empty |",
            "|---:|---:|---:|",
            f"| {score.tried} | {score.alike} | {score.done} |",
            *(f"✗ {line}" for line in score.unlike),
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    given_arguments = parser.parse_args()
    score, folder = Score(), Path(tempfile.mkdtemp())
    try:
        made = project(folder / "project")
        for pair in pairs(given_arguments.pairs, given_arguments.seed):
            tried(made, pair, score)
            sys.stdout.write(f"{score.tried}: {pair.words}: {score.alike} alike, {score.done} done\n")
            sys.stdout.flush()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.stdout.write(table(score, given_arguments.seed) + "\n")
    return 0 if score.tried == score.alike == score.done else 1


if __name__ == "__main__":
    raise SystemExit(main())
