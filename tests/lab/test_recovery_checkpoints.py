"""A state that its engine was killed in the middle of writing."""

from pathlib import Path

import pytest

from mesh.recovery import checkpoints, locks


@pytest.mark.parametrize(("present", "left"), [("", '{"version": 3}'), ('{"ver', '{"version": 3}'), ("{}", "{}")])
def test_the_state_before_comes_back_where_the_present_one_is_not_whole(
    present: str, left: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / ".pulumi/stacks/hybrid-mesh/lab.json"
    file.parent.mkdir(parents=True)
    file.write_text(present)
    file.with_suffix(".json.bak").write_text('{"version": 3}')
    monkeypatch.setattr(locks, "folder_of_state", lambda _: tmp_path)

    class Stack:
        stack = "lab"

    checkpoints.restore(Stack())  # type: ignore[arg-type]

    assert file.read_text() == left
