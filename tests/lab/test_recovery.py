"""kill -9 of the engine, and what recovery makes of it."""

import io
import json
import os
import signal
import socket
import time
from datetime import UTC, datetime
from pathlib import Path

import file_provider
import pulumi_projects
import pytest
from rich.console import Console

from mesh import recovery
from mesh.engine import Engine
from mesh.failures import Failure
from mesh.progress import Report

GROUP = f"subscriptions_{file_provider.SUBSCRIPTION}_resourceGroups_g"
NETWORKS = f"{GROUP}_providers_Microsoft.Network_virtualNetworks"
PROGRAM = """
import pulumi
class Resource(pulumi.CustomResource):
    def __init__(self, kind, name, after=(), **inputs):
        inputs = {"resourceGroupName": "g", **inputs}
        super().__init__(f"azure-native:{kind}", name, inputs, pulumi.ResourceOptions(depends_on=list(after)))
group = Resource("resources:ResourceGroup", "group", seconds=0.2)
for name in ("east", "west"):
    network = Resource("network:VirtualNetwork", name, [group], virtualNetworkName=name, seconds=0.2)
    Resource("network:Subnet", f"{name}-nodes", [network], virtualNetworkName=name, subnetName="nodes", seconds=0.2)
"""
EVERYTHING = {
    f"{GROUP}.json",
    f"{NETWORKS}_east.json",
    f"{NETWORKS}_west.json",
    f"{NETWORKS}_east_subnets_nodes.json",
    f"{NETWORKS}_west_subnets_nodes.json",
}


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
    _kill_up(project, lambda: any(name.endswith("_nodes.json") for name in project.resources))
    assert _state(project)["pending_operations"]

    printed = _recover(project)

    assert "had been created; kept" in printed
    assert _converged(project)


def test_a_create_that_never_arrived_is_cleared(project: pulumi_projects.Project):
    _kill_up(project, lambda: any(name.endswith("_east.json") for name in project.resources))
    for path in (project.folder / "resources").glob("*_virtualNetworks_*"):
        path.unlink()

    printed = _recover(project)

    assert "had not been created" in printed
    assert _converged(project)


def test_a_destroy_that_was_killed_goes_on(project: pulumi_projects.Project):
    assert project.run("up", "--yes", "--skip-preview", "-s", "lab").returncode == 0
    engine = project.start("destroy", "--yes", "--skip-preview", "-s", "lab")
    _wait_until(lambda: project.resources != EVERYTHING)
    _kill(engine)

    _recover(project)

    assert project.run("destroy", "--yes", "--skip-preview", "-s", "lab").returncode == 0
    assert project.resources == set()


def test_a_recovery_that_was_killed_is_itself_recovered(project: pulumi_projects.Project):
    _kill_up(project, lambda: any(name.endswith("_east.json") for name in project.resources))
    for path in (project.folder / "resources").glob("*_virtualNetworks_*"):
        path.unlink()
    engine = _engine(project)
    exported = json.loads(engine.answer("stack", "export", "--stack", "lab"))
    # As far as a recovery comes before its refresh: what may not exist is in the state.
    exported["deployment"] = recovery.pending.adopted(exported["deployment"])
    engine.answer("cancel", "--yes", "--stack", "lab")
    engine.answer("stack", "import", "--stack", "lab", given=json.dumps(exported))

    assert recovery.interruption(engine)
    _recover(project)

    assert _converged(project)


def test_a_stack_that_was_not_interrupted_needs_nothing(project: pulumi_projects.Project):
    assert project.run("up", "--yes", "--skip-preview", "-s", "lab").returncode == 0

    assert not recovery.interruption(_engine(project))


def test_a_running_engine_is_not_disturbed(project: pulumi_projects.Project):
    engine = project.start("up", "--yes", "--skip-preview", "-s", "lab")
    _wait_until(lambda: bool(project.resources))

    with pytest.raises(Failure, match=rf"pid {engine.pid}\)"):
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
    again = project.run("preview", "--expect-no-changes", "-s", "lab")
    assert again.returncode == 0, again.stdout
    assert project.resources == EVERYTHING
    ids = sorted(one["id"] for one in _state(project)["resources"] if one["type"].startswith("azure-native"))
    return len(ids) == len(set(ids)) == len(EVERYTHING)


def _state(project: pulumi_projects.Project) -> dict:
    return json.loads(_engine(project).answer("stack", "export", "--stack", "lab"))["deployment"]


def _kill_up(project: pulumi_projects.Project, moment) -> None:
    engine = project.start("up", "--yes", "--skip-preview", "-s", "lab")
    _wait_until(moment)
    _kill(engine)


def _kill(engine) -> None:
    os.kill(engine.pid, signal.SIGKILL)
    engine.communicate()


def _wait_until(claim) -> None:
    deadline = time.monotonic() + 30
    while not claim():
        assert time.monotonic() < deadline
        time.sleep(0.01)
