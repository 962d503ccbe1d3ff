"""Every folder in cases/: a stack file, and the problems that are found in it or the plan that it becomes.

UPDATE=1 writes what is found; the difference is for a reader to judge.
"""

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner

from mesh import documents, stacks
from mesh.commands import app
from mesh.endings import BAD_STACK_FILE
from mesh.plan import plan

CASES = Path(__file__).parent / "cases"
BROKEN = sorted(path.parent.name for path in CASES.glob("*/error.txt"))
SOUND = sorted(path.parent.name for path in CASES.glob("*/plan.yaml"))
NEW = sorted({path.parent.name for path in CASES.glob("*/stack.yaml")} - {*BROKEN, *SOUND})


def test_every_case_is_either_broken_or_sound() -> None:
    cases = {path.parent.name for path in CASES.glob("*/stack.yaml")}

    assert cases == {*BROKEN, *SOUND}
    assert not set(BROKEN) & set(SOUND)
    assert len(BROKEN) >= 70


@pytest.mark.skipif("UPDATE" not in os.environ, reason="nothing is written unless asked for")
@pytest.mark.parametrize("case", NEW)
def test_a_new_case_is_given_its_file(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / case)
    result = CliRunner().invoke(app, ["check", "stack.yaml"])

    Path("error.txt" if result.exit_code else "plan.yaml").write_text("")
    pytest.fail("run it once more to fill the file in")


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_stack_file_is_refused_in_these_words(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / case)

    result = CliRunner().invoke(app, ["check", "stack.yaml"])

    assert result.exit_code == BAD_STACK_FILE, result.output
    assert result.stdout == ""
    _assert_equal_to_file(CASES / case / "error.txt", result.stderr)


@pytest.mark.parametrize("case", SOUND)
def test_a_sound_stack_file_becomes_this_plan(case: str) -> None:
    environment = stacks.environment(CASES / case / "stack.yaml")

    _assert_equal_to_file(CASES / case / "plan.yaml", documents.whole(plan(environment)))


def _assert_equal_to_file(expected: Path, found: str) -> None:
    if os.environ.get("UPDATE"):
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")
