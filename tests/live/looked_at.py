"""A deployed stack that `mesh drift` looks at, as a user runs it."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pulumi_projects
import whole_environments
from changes_behind import Behind
from pulumi_projects import Project

from mesh.engine.runs import Engine
from mesh.lab.paths import CHECKOUT, Lab

MOST_SECONDS = 500


@dataclass(frozen=True)
class Looked:
    status: int
    items: tuple[dict[str, Any], ...]
    told: str

    def say(self, behind: Behind) -> bool:
        """Whether a change is reported in its class, with all that it opens and breaks."""
        return any(
            (item["subject"], item["class"]) == (behind.subject, behind.of)
            and all(part in _texts(item) for part in behind.says)
            and (behind.of != "cosmetic" or (item["opens"], item["breaks"]) == ([], []))
            for item in self.items
        )

    @property
    def drifted(self) -> dict[str, str]:
        return {item["subject"]: item["class"] for item in self.items if item["class"] not in ("expected", "theirs")}


def _texts(item: dict[str, Any]) -> str:
    paths = (difference["path"] for difference in item["differences"])
    return "\n".join((*item["opens"], *item["breaks"], item["note"], item["reason"], *paths))


@dataclass(frozen=True)
class Deployed:
    project: Project

    def drift(self, *options: str) -> Looked:
        done = self.mesh("drift", "--format", "json", *options)
        assert done.returncode in (0, 1), done.stderr
        assert done.stdout, done.stderr
        return Looked(done.returncode, tuple(json.loads(done.stdout)["found"]), done.stderr)

    def mesh(self, command: str, *options: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            self.command(command, *options), cwd=self.project.folder, env=self.environment,
            capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=MOST_SECONDS,
        )  # fmt: skip

    def command(self, command: str, *options: str) -> list[str]:
        return [sys.executable, "-m", "mesh", command, "--stack", "lab", *options]

    @property
    def environment(self) -> dict[str, str]:
        path = f"{Path(pulumi_projects.ENGINE).parent}:{self.project.environment['PATH']}"
        return {**self.project.environment, "PATH": path, "PYTHONPATH": str(CHECKOUT)}


@contextmanager
def deployed(folder: Path, text: str) -> Iterator[tuple[Lab, Deployed]]:
    """The stack file, deployed in a lab of its own, whose servers end with it."""
    stack = folder / "Pulumi.lab.yaml"
    stack.write_text(text)
    whole_environments.written_secrets(stack, folder / "files")
    with whole_environments.lab_of(folder / "lab") as lab:
        project = whole_environments.project(lab, folder, text)
        engine = Engine(Path(pulumi_projects.ENGINE), project.folder, "lab", project.environment)
        outcome = engine.run("up", "--yes", "--skip-preview", log=folder / "up.log", seen=lambda _: None)
        assert outcome.errors == []
        yield lab, Deployed(project)
