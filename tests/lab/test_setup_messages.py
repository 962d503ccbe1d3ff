"""What the lab's commands say while they work and when they cannot."""

import io
import time
from pathlib import Path

import pytest
import typer
from rich.console import Console
from typer.testing import CliRunner

from mesh.commands import lab
from mesh.engine.progress_events import Activity
from mesh.engine.runs import EngineFailed
from mesh.failures import Failure
from mesh.lab import stack
from mesh.terminal import exits, progress
from mesh.terminal.progress import Report


def test_a_bad_stack_file_ends_with_2_before_anything_is_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "stacks").mkdir()
    (tmp_path / "stacks/Pulumi.lab.yaml").write_text("config:\n  hybrid-mesh:environment: {}\n")
    monkeypatch.setattr(stack, "project", lambda: tmp_path)
    monkeypatch.setenv("HYBRID_MESH_LAB", str(tmp_path / "lab"))

    result = CliRunner().invoke(lab.app, ["up"])

    assert result.exit_code == 2
    assert "stacks/Pulumi.lab.yaml: 3 problems.\n" in result.output
    assert [path.name for path in (tmp_path / "lab").iterdir()] == ["in-hand"]


def test_down_where_nothing_is_installed_is_fine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("HYBRID_MESH_LAB", str(tmp_path / "lab"))
    monkeypatch.setenv("PATH", str(tmp_path))

    result = CliRunner().invoke(lab.app, ["down"])

    assert (result.exit_code, result.output) == (0, "✓ Nothing of the lab is left running.\n")


@pytest.mark.parametrize(
    ("raised", "said"),
    [
        (Failure("what, where, way out"), "what, where, way out\n"),
        (EngineFailed("error: no"), "error: no\n"),
        (
            OSError(28, "No space left on device", "/lab/bin"),
            "No space left on device (/lab/bin). Once that is mended: ",
        ),
        (KeyboardInterrupt(), "Interrupted: Bringing stack lab up. What is done stays; to go on: make up\n"),
    ],
)
def test_what_goes_wrong_is_said_in_one_message(raised: BaseException, said: str):
    printed = io.StringIO()
    report = Report(Console(file=printed, width=20))

    with pytest.raises(typer.Exit) as ending, exits.readable(report, again="make up"):
        _fail_while(report, "Bringing stack lab up", raised)

    assert ending.value.exit_code == 3
    assert said in printed.getvalue()


def _fail_while(report: Report, title: str, raised: BaseException) -> None:
    with report.step(title):
        raise raised


def test_piped_progress_is_a_line_now_and_then(monkeypatch: pytest.MonkeyPatch):
    clock = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    printed = io.StringIO()

    with Report(Console(file=printed)).step("Building", "about 5 minutes") as step:
        for seconds in (1, 14, 16, 20, 62):
            clock[0] = seconds
            step.at(f"{seconds} packages")

    assert printed.getvalue() == (
        "… Building (about 5 minutes)\n    16 s  16 packages\n    1 min 2 s  62 packages\n✓ Building (1 min 2 s)\n"
    )


def test_durations_are_written_for_people():
    assert [progress.duration(seconds) for seconds in (0.4, 59, 281)] == ["0 s", "59 s", "4 min 41 s"]


def test_activity_counts_real_resources_and_names_what_takes_longest():
    activity = Activity()
    for kind, operation, name, custom in (
        ("resourcePreEvent", "create", "network:VirtualNetwork::east", True),
        ("resOutputsEvent", "create", "network:VirtualNetwork::east", True),
        ("resourcePreEvent", "create", "containerservice:ManagedCluster::west", True),
        ("resourcePreEvent", "create", "hybrid-mesh:Cluster::west", False),
        ("resourcePreEvent", "same", "network:Subnet::nodes", True),
    ):
        token, _, resource = name.partition("::")
        urn = f"urn:pulumi:lab::p::azure-native:{token}::{resource}"
        activity.see({kind: {"metadata": {"op": operation, "urn": urn, "type": token, "new": {"custom": custom}}}})

    assert str(activity) == "1 created; in progress: azure-native:containerservice:ManagedCluster west 0 s"
