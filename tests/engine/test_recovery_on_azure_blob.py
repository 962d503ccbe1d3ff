"""kill -9 of an engine that keeps its state in Azure Blob Storage, at ten moments, with a second run beside."""

import json
import os
import signal
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import azurite
import interrupted_runs
import pulumi_projects
import pytest
from rich.console import Console

from mesh.engine import recovery
from mesh.engine.recovery import pending, states, stores
from mesh.failures import Failure
from mesh.terminal.progress import Report

UP = ("up", "--yes", "--skip-preview", "-s", "lab")


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[azurite.Storage]:
    with azurite.running(tmp_path_factory.mktemp("azurite")) as running:
        yield running


@pytest.fixture
def project(tmp_path: Path, storage: azurite.Storage) -> pulumi_projects.Project:
    container = f"state-{uuid.uuid4().hex[:12]}"
    storage.create(container)
    return interrupted_runs.project(tmp_path / "project", **storage.environment(container))


def killed_with_the_lock_alone(project: pulumi_projects.Project) -> None:
    """Before anything was begun."""
    process = project.start(*UP)
    interrupted_runs.wait_until(lambda: states.state(interrupted_runs.engine(project)).locks())
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def killed_in_its_destroy(project: pulumi_projects.Project) -> None:
    assert project.run(*UP).returncode == 0
    process = project.start("destroy", "--yes", "--skip-preview", "-s", "lab")
    interrupted_runs.wait_until(lambda: project.resources != interrupted_runs.EVERYTHING)
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()


def killed_while_creating(*names: str, lost: str = "") -> Callable[[pulumi_projects.Project], None]:
    def kill(project: pulumi_projects.Project) -> None:
        interrupted_runs.kill_up(project, *names)
        if lost:
            interrupted_runs.lose(project, lost)

    return kill


MOMENTS = {
    "with the lock alone": killed_with_the_lock_alone,
    "creating the group": killed_while_creating("group"),
    "creating the group, which never arrived": killed_while_creating("group", lost="group"),
    "creating east": killed_while_creating("east"),
    "creating both networks": killed_while_creating("east", "west"),
    "creating both networks, of which one never arrived": killed_while_creating("east", "west", lost="west"),
    "creating a subnet": killed_while_creating("east-nodes"),
    "creating both subnets": killed_while_creating("east-nodes", "west-nodes"),
    "creating both subnets, of which one never arrived": killed_while_creating(
        "east-nodes", "west-nodes", lost="east-nodes"
    ),
    "deleting": killed_in_its_destroy,
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_killed_at_any_moment_is_recovered_while_a_second_run_tries_its_luck(
    moment: str, project: pulumi_projects.Project, monkeypatch: pytest.MonkeyPatch
):
    MOMENTS[moment](project)
    refused = project.run(*UP)
    assert refused.returncode != 0
    assert "locked by 1 lock" in refused.stdout, "the killed run's lock stands in the storage"
    beside = []

    def adopted_with_a_second_run_beside(deployment):
        beside.append(project.run(*UP))
        return adopted(deployment)

    adopted = pending.adopted
    monkeypatch.setattr(pending, "adopted", adopted_with_a_second_run_beside)

    printed = interrupted_runs.recovered(project)

    assert "the lock of a dead process was removed" in printed
    assert beside[0].returncode != 0
    assert f"(pid {os.getpid()})" in beside[0].stdout, "the recovery's own lock keeps the second run off"
    up = project.run(*UP)
    assert up.returncode == 0, up.stdout
    assert project.resources == interrupted_runs.EVERYTHING
    ids = [one["id"] for one in interrupted_runs.state(project)["resources"] if one["type"].startswith("azure-native")]
    assert len(ids) == len(set(ids)) == 5


def test_a_run_that_began_after_somebody_cancelled_the_dead_one_is_not_disturbed(project: pulumi_projects.Project):
    interrupted_runs.kill_up(project, "group")
    interrupted_runs.lose(project, "group")
    assert project.run("cancel", "--yes", "-s", "lab").returncode == 0

    with (
        interrupted_runs.up_to(project, "group") as second,
        pytest.raises(Failure, match=rf"pid {second.pid}\)(.|\n)*pulumi cancel --stack lab && mesh recover"),
    ):
        recovery.interruption(interrupted_runs.engine(project))

    second.communicate(timeout=120)
    assert second.returncode == 0
    assert len(interrupted_runs.state(project)["resources"]) == 7, "the stack, its provider and five resources"


def test_a_state_that_moved_meanwhile_is_left_as_it_is(
    project: pulumi_projects.Project, monkeypatch: pytest.MonkeyPatch
):
    """As when somebody takes the recovery's lock away and runs something else."""
    interrupted_runs.kill_up(project, "group")
    engine = interrupted_runs.engine(project)
    interruption = recovery.interruption(engine)

    def adopted_after_a_run_that_asked_nobody(deployment):
        assert project.run("cancel", "--yes", "-s", "lab").returncode == 0
        exported = json.loads(engine.answer("stack", "export", "--stack", "lab"))
        exported["deployment"]["pending_operations"] = []
        engine.answer("stack", "import", "--stack", "lab", given=json.dumps(exported))
        return adopted(deployment)

    adopted = pending.adopted
    monkeypatch.setattr(pending, "adopted", adopted_after_a_run_that_asked_nobody)

    with pytest.raises(Failure, match="The state of stack lab changed while it was being recovered"):
        recovery.recover(engine, interruption, Report(Console(quiet=True)), project.folder / "log")

    assert not interrupted_runs.state(project).get("pending_operations"), "what the other run wrote stands"
    assert states.state(engine).locks() == ()


def test_a_storage_that_does_not_let_in_is_named_without_its_key(storage: azurite.Storage, tmp_path: Path):
    storage.create("closed")
    wrong = {**storage.environment("closed"), "AZURE_STORAGE_KEY": "d3Jvbmc="}
    store = stores.store(wrong["PULUMI_BACKEND_URL"], tmp_path, wrong)
    assert store is not None

    with pytest.raises(Failure) as refused:
        store.names(".pulumi/locks/organization/trial/lab")

    assert "The backend azblob://closed does not answer as it should" in str(refused.value)
    assert "AuthorizationFailure" in str(refused.value)
    assert "d3Jvbmc" not in str(refused.value)
    assert "az login" in str(refused.value)
