"""The engine as a command: what it did, what it complains about, and how it is interrupted."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pulumi_projects
import pytest

from mesh.engine.progress_events import Activity
from mesh.engine.runs import CHANGES_FOUND, SUCCEEDED, Engine, EngineFailed
from mesh.lab import paths

PROGRAM = """
import pulumi
class File(pulumi.CustomResource):
    def __init__(self, name, **inputs):
        super().__init__("file:index:File", name, {"id": name, **inputs})
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> pulumi_projects.Project:
    return pulumi_projects.project(tmp_path_factory.mktemp("engine") / "project", file="1.0.0")


@pytest.fixture
def engine(project: pulumi_projects.Project) -> Engine:
    return Engine(Path(pulumi_projects.ENGINE), project.folder, "lab", project.environment)


def test_an_update_reports_what_it_did_and_a_preview_then_finds_nothing(
    project: pulumi_projects.Project, engine: Engine
):
    project.write(PROGRAM + "File('one')\nFile('two')\n")
    activity, log = Activity(), project.folder / "logs/up.log"

    up = engine.run("up", "--yes", "--skip-preview", log=log, seen=activity.see)
    preview = engine.run("preview", "--expect-no-changes", log=log, seen=lambda _: None)
    project.write(PROGRAM + "File('one')\nFile('three')\n")
    changed = engine.run("preview", "--expect-no-changes", log=log, seen=lambda _: None)

    assert (up.status, up.errors) == (SUCCEEDED, [])
    assert str(activity) == "2 created"
    assert "Resources:\n    + 3 created\n" in log.read_text()
    assert preview.status == SUCCEEDED
    assert (changed.status, changed.errors) == (CHANGES_FOUND, [])


def test_errors_name_their_resource(project: pulumi_projects.Project, engine: Engine):
    project.write(PROGRAM + "File('bad', fail=True)\n")

    outcome = engine.run("up", "--yes", "--skip-preview", log=project.folder / "log", seen=lambda _: None)

    assert outcome.status not in (SUCCEEDED, CHANGES_FOUND)
    assert outcome.errors == ["file:index:File bad: refused: the inputs ask for it"]


def test_an_error_before_any_event_is_the_engines_last_words(project: pulumi_projects.Project, engine: Engine):
    absent = Engine(engine.command, engine.project, "absent", engine.environment)

    outcome = absent.run("up", "--yes", "--skip-preview", log=project.folder / "absent.log", seen=lambda _: None)

    assert outcome.errors == ["no stack named 'absent' found"]


def logging(folder: Path, events: str) -> Engine:
    """A command that ends well and leaves these lines as its events."""
    (folder / "events").write_text(events)
    command = folder / "pulumi"
    command.write_text(
        '#!/bin/sh\nfor option; do case $option in --event-log=*) cp events "${option#*=}";; esac; done\n'
    )
    command.chmod(0o700)
    return Engine(command, folder, "lab", {})


def test_a_run_whose_events_are_whole_has_succeeded(tmp_path: Path):
    engine = logging(tmp_path, '{"sequence": 0}\n{"sequence": 1, "cancelEvent": {}}\n')

    outcome = engine.run("up", log=tmp_path / "log", seen=lambda _: None)

    assert (outcome.status, outcome.errors) == (SUCCEEDED, [])


@pytest.mark.parametrize(
    "events",
    [
        '{"sequence": 0}\n{"sequence": 2, "cancelEvent": {}}\n',
        '{"sequence": 0}\n{"sequ\n{"sequence": 2, "cancelEvent": {}}\n',
        '{"sequence": 0}\n{"sequence": 1}\n',
        "",
    ],
)
def test_a_run_whose_events_are_cut_off_has_not_succeeded(tmp_path: Path, events: str):
    outcome = logging(tmp_path, events).run("up", log=tmp_path / "log", seen=lambda _: None)

    assert outcome.status not in (SUCCEEDED, CHANGES_FOUND)
    assert "are cut off" in outcome.errors[0]


def test_a_short_command_fails_with_what_the_engine_says(engine: Engine):
    with pytest.raises(EngineFailed, match="no stack named 'absent' found"):
        engine.answer("stack", "export", "--stack", "absent")


def test_an_interrupt_lets_the_engine_end_by_itself(project: pulumi_projects.Project, engine: Engine):
    hold = project.folder / "held"
    hold.touch()
    project.write(PROGRAM + f"File('slow', hold={str(hold)!r})\n")
    (project.folder / "resources/slow.json").unlink(missing_ok=True)
    script = (
        "import os, signal; from pathlib import Path; from mesh.engine.runs import Engine\n"
        # A shell starts what runs in the background with interrupts ignored, and so these tests' own processes.
        "signal.signal(signal.SIGINT, signal.default_int_handler)\n"
        f"engine = Engine(Path({str(engine.command)!r}), Path({str(engine.project)!r}), 'lab', os.environ)\n"
        "try: engine.run('up', '--yes', '--skip-preview', log=Path('log'), seen=lambda _: None)\n"
        "except KeyboardInterrupt: print('interrupted')\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=project.folder, env={**project.environment, "PYTHONPATH": str(paths.CHECKOUT)},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    deadline = time.monotonic() + 60
    while "slow.json" not in project.resources:
        assert time.monotonic() < deadline
        time.sleep(0.05)

    os.kill(process.pid, signal.SIGINT)
    hold.unlink()
    printed, _ = process.communicate(timeout=60)

    assert printed == "interrupted\n"
    assert not list((project.folder / "state/.pulumi/locks").rglob("*.json"))
