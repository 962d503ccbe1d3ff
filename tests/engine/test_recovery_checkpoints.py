"""A state that its engine was killed in the middle of writing."""

from pathlib import Path

import pulumi_projects
import pytest

from mesh.engine import recovery
from mesh.engine.recovery import checkpoints, states
from mesh.engine.runs import Engine


@pytest.mark.parametrize(("present", "left"), [("", '{"version": 3}'), ('{"ver', '{"version": 3}'), ("{}", "{}")])
def test_the_state_before_comes_back_where_the_present_one_is_not_whole(
    present: str, left: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".pulumi/stacks/hybrid-mesh/lab.json"
    file.parent.mkdir(parents=True)
    file.write_text(present)
    file.with_suffix(".json.bak").write_text('{"version": 3}')
    monkeypatch.setattr(checkpoints, "_folder_of_state", lambda _: tmp_path)

    class Stack:
        stack = "lab"

    checkpoints.restore(Stack())  # type: ignore[arg-type]

    assert file.read_text() == left


@pytest.mark.parametrize("left", ["", '{"user.con'])
@pytest.mark.parametrize("file", ["stacks/trial/lab.json.attrs", "meta.yaml.attrs"])
def test_what_the_engine_tells_beside_a_file_may_be_half_written(file: str, left: str, tmp_path: Path) -> None:
    project = pulumi_projects.project(tmp_path / "project")
    (project.folder / "state/.pulumi" / file).write_text(left)
    assert project.run("stack", "export", "-s", "lab").returncode != 0

    assert not recovery.interruption(Engine(Path(pulumi_projects.ENGINE), project.folder, "lab", project.environment))

    assert project.run("stack", "export", "-s", "lab").returncode == 0


def test_the_folder_of_the_state_is_known_from_the_login_too(tmp_path: Path) -> None:
    (tmp_path / "credentials.json").write_text('{"current": "file:///srv/state"}')
    (tmp_path / "Pulumi.yaml").write_text("name: trial\nruntime: python\n")

    assert states.url(Engine(Path("no-engine"), tmp_path, "lab", {"PULUMI_HOME": str(tmp_path)})) == "file:///srv/state"
