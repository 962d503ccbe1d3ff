"""kill -9 of the engine, and what recovery makes of it."""

import io
import json
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import file_provider
import pulumi_projects
import pytest
from rich.console import Console

from mesh.engine import recovery
from mesh.engine.runs import Engine
from mesh.failures import Failure
from mesh.terminal.progress import Report

GROUP = f"subscriptions_{file_provider.SUBSCRIPTION}_resourceGroups_g"
NETWORKS = f"{GROUP}_providers_Microsoft.Network_virtualNetworks"
PROGRAM = """
import os
import pulumi
class Resource(pulumi.CustomResource):
    def __init__(self, kind, name, after=(), **inputs):
        inputs = {"resourceGroupName": "g", "hold": os.path.abspath(f"held/{name}"), **inputs}
        super().__init__(f"azure-native:{kind}", name, inputs, pulumi.ResourceOptions(depends_on=list(after)))
group = Resource("resources:ResourceGroup", "group")
for name in ("east", "west"):
    network = Resource("network:VirtualNetwork", name, [group], virtualNetworkName=name)
    Resource("network:Subnet", f"{name}-nodes", [network], virtualNetworkName=name, subnetName="nodes")
"""
FILES = {
    "group": f"{GROUP}.json",
    "east": f"{NETWORKS}_east.json",
    "west": f"{NETWORKS}_west.json",
    "east-nodes": f"{NETWORKS}_east_subnets_nodes.json",
    "west-nodes": f"{NETWORKS}_west_subnets_nodes.json",
}
EVERYTHING = {*FILES.values()}


@pytest.fixture
def project(tmp_path: Path) -> pulumi_projects.Project:
    made = pulumi_projects.project(tmp_path / "project", azure_native="3.29.0")
    made.write(PROGRAM)
    (made.folder / "Pulumi.lab.yaml").write_text(
        f"{(made.folder / 'Pulumi.lab.yaml').read_text()}"
        f"config:\n  azure-native:subscriptionId: {file_provider.SUBSCRIPTION}\n"
    )
    return made


def test_a_create_that_came_through_is_kept(project: pulumi_projects.Project):
    _kill_up(project, "east-nodes", "west-nodes")

    printed = _recover(project)

    assert "had been created; kept" in printed
    assert _converged(project)


def test_a_create_that_never_arrived_is_cleared(project: pulumi_projects.Project):
    _kill_up(project, "east", "west")
    _lose(project, "east")

    printed = _recover(project)

    assert "had not been created" in printed
    assert _converged(project)


def test_a_destroy_that_was_killed_goes_on(project: pulumi_projects.Project):
    assert project.run("up", "--yes", "--skip-preview", "-s", "lab").returncode == 0
    engine = project.start("destroy", "--yes", "--skip-preview", "-s", "lab")
    _wait_until(lambda: project.resources != EVERYTHING)
    os.kill(engine.pid, signal.SIGKILL)
    engine.communicate()

    _recover(project)

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
    _kill_up(project, "east", "west")
    _lose(project, "east")
    monkeypatch.setattr(recovery, "_refresh", killed)
    with pytest.raises(Killed):
        _recover(project)
    monkeypatch.undo()

    printed = _recover(project)

    assert "VirtualNetwork east had not been created" in printed
    assert "VirtualNetwork west had been created; kept" in printed
    assert _converged(project)


def test_a_stack_that_was_not_interrupted_needs_nothing(project: pulumi_projects.Project):
    assert project.run("up", "--yes", "--skip-preview", "-s", "lab").returncode == 0

    assert not recovery.interruption(_engine(project))


def test_a_running_engine_is_not_disturbed(project: pulumi_projects.Project):
    with _up_to(project, "group") as engine, pytest.raises(Failure, match=rf"pid {engine.pid}\)"):
        recovery.interruption(_engine(project))

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
    assert recovery.locks.Lock(Path("lock"), pid, "user", host, taken).is_stale is stale


def _engine(project: pulumi_projects.Project) -> Engine:
    return Engine(Path(pulumi_projects.ENGINE), project.folder, "lab", project.environment)


def _recover(project: pulumi_projects.Project) -> str:
    engine, printed = _engine(project), io.StringIO()
    report = Report(Console(file=printed, width=400))
    recovery.recover(engine, recovery.interruption(engine), report, project.folder / "log")
    assert not recovery.interruption(engine)
    return printed.getvalue()


def _converged(project: pulumi_projects.Project) -> bool:
    """The next update brings what is declared, nothing twice and nothing left over; one more has nothing to do."""
    up = project.run("up", "--yes", "--skip-preview", "-s", "lab")
    assert up.returncode == 0, up.stdout
    assert not [line for line in up.stdout.splitlines() if line.strip().startswith(("~", "-", "+-"))], up.stdout
    again = project.run("preview", "--expect-no-changes", "-s", "lab")
    assert again.returncode == 0, again.stdout
    assert project.resources == EVERYTHING
    ids = sorted(one["id"] for one in _state(project)["resources"] if one["type"].startswith("azure-native"))
    return len(ids) == len(set(ids)) == len(EVERYTHING)


def _state(project: pulumi_projects.Project) -> dict:
    return json.loads(_engine(project).answer("stack", "export", "--stack", "lab"))["deployment"]


def _kill_up(project: pulumi_projects.Project, *names: str) -> None:
    with _up_to(project, *names) as engine:
        os.kill(engine.pid, signal.SIGKILL)
        engine.communicate()
    assert {
        operation["resource"]["urn"].rpartition("::")[2] for operation in _state(project)["pending_operations"]
    } == {*names}


@contextmanager
def _up_to(project: pulumi_projects.Project, *names: str) -> Iterator[subprocess.Popen[str]]:
    """An update in the middle of creating these, which exist already."""
    (project.folder / "held").mkdir()
    for name in names:
        (project.folder / "held" / name).touch()
    engine = project.start("up", "--yes", "--skip-preview", "-s", "lab")
    _wait_until(lambda: {FILES[name] for name in names} <= project.resources)
    yield engine
    shutil.rmtree(project.folder / "held")


def _lose(project: pulumi_projects.Project, name: str) -> None:
    (project.folder / "resources" / FILES[name]).unlink()


def _wait_until(claim) -> None:
    deadline = time.monotonic() + 90
    while not claim():
        assert time.monotonic() < deadline
        time.sleep(0.01)
