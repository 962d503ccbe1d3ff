"""Every folder cases/<section>/<one idea>: a stack file, and its problems or its plan.

plan.yaml holds the whole plan of the smallest case, one-cluster, and of every other what is not as there.
A new case begins with an empty error.txt or plan.yaml. UPDATE=1 writes what is found; the difference is for a
reader to judge.
"""

import os
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from mesh.commands import app
from mesh.files import stacks
from mesh.plan import yaml_files
from mesh.render import plan
from mesh.terminal.exits import BAD_STACK_FILE

CASES = Path(__file__).parent / "cases"
BROKEN = sorted(str(path.parent.relative_to(CASES)) for path in CASES.glob("*/*/error.txt"))
SOUND = sorted(str(path.parent.relative_to(CASES)) for path in CASES.glob("*/*/plan.yaml"))
LEAST = "clusters/one-cluster"
Sections = dict[str, dict[str, Any]]


def test_every_case_is_either_broken_or_sound() -> None:
    cases = {str(path.parent.relative_to(CASES)) for path in CASES.glob("*/*/stack.yaml")}

    assert cases == {*BROKEN, *SOUND}
    assert not set(BROKEN) & set(SOUND)
    assert len(BROKEN) >= 70


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_stack_file_is_refused_in_these_words(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(CASES / case)

    result = CliRunner().invoke(app, ["check", "stack.yaml"])

    assert result.exit_code == BAD_STACK_FILE, result.output
    assert result.stdout == ""
    _assert_equal_to_file(CASES / case / "error.txt", result.stderr)


@pytest.mark.parametrize("case", SOUND)
def test_a_sound_stack_file_becomes_this_plan(case: str) -> None:
    found = _plan(case)
    if case != LEAST:
        found = _difference(found, _plan(LEAST))

    _assert_equal_to_file(CASES / case / "plan.yaml", yaml.safe_dump(found, sort_keys=False, width=120))


@pytest.mark.parametrize("case", SOUND)
@pytest.mark.parametrize("command", ["plan", "graph --format mermaid", "access --enforcement", "egress"])
def test_a_sound_stack_file_is_shown_by_each_command(case: str, command: str) -> None:
    name, *options = command.split()

    result = CliRunner().invoke(app, [name, str(CASES / case / "stack.yaml"), *options])

    assert (result.exit_code, result.stderr) == (0, ""), result.output
    assert result.stdout


def _plan(case: str) -> Sections:
    environment = stacks.environment(CASES / case / "stack.yaml")
    sections: Sections = yaml.safe_load(yaml_files.whole(plan(environment)))
    return sections


def _difference(found: Sections, least: Sections) -> dict[str, Any]:
    """What a plan has, or has otherwise, than the plan of the smallest case; and the names of what it has not."""
    more = {
        section: {name: item for name, item in items.items() if least[section].get(name) != item}
        for section, items in found.items()
    }
    gone = sorted(name for section, items in least.items() for name in items if name not in found[section])
    return {section: items for section, items in (*more.items(), ("without", gone)) if items}


def _assert_equal_to_file(expected: Path, found: str) -> None:
    if os.environ.get("UPDATE"):
        expected.write_text(found, encoding="utf-8")
    assert found == expected.read_text(encoding="utf-8")
