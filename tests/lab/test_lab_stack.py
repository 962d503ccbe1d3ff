"""The lab's stack on the real engine, before anything is in it."""

from pathlib import Path

import pulumi_projects
from rich.console import Console
from temporary_labs import lab_in

from mesh.lab import stack
from mesh.terminal.progress import Report


def test_a_lab_that_never_was_up_is_prepared(tmp_path: Path) -> None:
    lab = lab_in(tmp_path / "lab")
    engine = stack.engine(lab, Path(pulumi_projects.ENGINE))

    stack.prepare(lab, engine, Report(Console(quiet=True)))

    assert stack.contents(engine) == {}
    assert {path.stem for path in (lab.state / ".pulumi/stacks/hybrid-mesh").glob("*.json")} == {"dev", "lab", "prod"}
