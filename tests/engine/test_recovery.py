"""kill -9 of the engine, and what recovery makes of it."""

import os
import signal
import socket
from datetime import UTC, datetime
from pathlib import Path

import interrupted_runs
import pulumi_projects
import pytest

from mesh.engine import recovery
from mesh.engine.recovery import locks
from mesh.engine.runs import Engine
from mesh.failures import Failure


@pytest.fixture
def project(tmp_path: Path) -> pulumi_projects.Project:
    return interrupted_runs.project(tmp_path / "project")


def test_a_create_that_came_through_is_kept(project: pulumi_projects.Project):
    interrupted_runs.kill_up(project, "east-nodes", "west-nodes")

    printed = interrupted_runs.recovered(project)

    assert "had been created; kept" in printed
    assert _converged(project)


def test_a_create_that_never_arrived_is_cleared(project: pulumi_projects.Project):
    interrupted_runs.kill_up(project, "east", "west")
    interrupted_runs.lose(project, "east")

    printed = interrupted_runs.recovered(project)

    assert "had not been created" in printed
    assert _converged(project)


def test_a_destroy_that_was_killed_goes_on(project: pulumi_projects.Project):
    assert project.run("up", "--yes", "--skip-preview", "-s", "lab").returncode == 0
    engine = project.start("destroy", "--yes", "--skip-preview", "-s", "lab")
    interrupted_runs.wait_until(lambda: project.resources != interrupted_runs.EVERYTHING)
    os.kill(engine.pid, signal.SIGKILL)
    engine.communicate()

    interrupted_runs.recovered(project)

    assert project.run("destroy", "--yes", "--skip-preview", "-s", "lab").returncode == 0
    assert project.resources == set()


@pytest.mark.parametrize("refreshed", [False, True], ids=["before its refresh", "after its refresh"])
def test_a_recovery_that_was_killed_is_itself_recovered(
    project: pulumi_projects.Project, monkeypatch: pytest.MonkeyPatch, refreshed: bool
):
    class Killed(Exception):
        pass

    def killed(engine: Engine, *arguments: object) -> None:
        if refreshed:
            refresh(engine, *arguments)
        raise Killed

    refresh = recovery._refresh
    interrupted_runs.kill_up(project, "east", "west")
    interrupted_runs.lose(project, "east")
    monkeypatch.setattr(recovery, "_refresh", killed)
    with pytest.raises(Killed):
        interrupted_runs.recovered(project)
    monkeypatch.undo()

    printed = interrupted_runs.recovered(project)

    assert "VirtualNetwork east had not been created" in printed
    assert "VirtualNetwork west had been created; kept" in printed
    assert _converged(project)


def test_a_stack_that_was_not_interrupted_needs_nothing(project: pulumi_projects.Project):
    assert project.run("up", "--yes", "--skip-preview", "-s", "lab").returncode == 0

    assert not recovery.interruption(interrupted_runs.engine(project))


def test_a_running_engine_is_not_disturbed(project: pulumi_projects.Project):
    with interrupted_runs.up_to(project, "group") as engine, pytest.raises(Failure, match=rf"pid {engine.pid}\)"):
        recovery.interruption(interrupted_runs.engine(project))

    engine.communicate(timeout=60)
    assert engine.returncode == 0


@pytest.mark.parametrize(
    ("host", "pid", "taken", "stale"),
    [
        (socket.gethostname(), 2**22 + 1, datetime(2026, 1, 1, tzinfo=UTC), True),
        ("elsewhere", 2**22 + 1, datetime(2026, 1, 1, tzinfo=UTC), False),
        (socket.gethostname(), os.getpid(), datetime(2100, 1, 1, tzinfo=UTC), False),
        # The number belongs to a process that started long after: this one.
        (socket.gethostname(), os.getpid(), datetime(2001, 1, 1, tzinfo=UTC), True),
    ],
    ids=["dead", "on another host", "alive", "number given anew"],
)
def test_a_lock_is_stale_when_its_holder_is_known_to_be_dead(host: str, pid: int, taken: datetime, stale: bool):
    assert locks.Lock("lock", pid, "user", host, taken).is_stale is stale


def _converged(project: pulumi_projects.Project) -> bool:
    """The next update brings what is declared, nothing twice and nothing left over; one more has nothing to do."""
    up = project.run("up", "--yes", "--skip-preview", "-s", "lab")
    assert up.returncode == 0, up.stdout
    assert not [line for line in up.stdout.splitlines() if line.strip().startswith(("~", "-", "+-"))], up.stdout
    again = project.run("preview", "--expect-no-changes", "-s", "lab")
    assert again.returncode == 0, again.stdout
    assert project.resources == interrupted_runs.EVERYTHING
    ids = sorted(
        one["id"] for one in interrupted_runs.state(project)["resources"] if one["type"].startswith("azure-native")
    )
    return len(ids) == len(set(ids)) == len(interrupted_runs.EVERYTHING)
