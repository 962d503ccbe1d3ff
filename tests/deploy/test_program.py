"""The program as a whole, against an engine that records: what is broken registers nothing, what is sound everything.

The recording engine answers as azure-native would; it is no proof of what Azure says.
"""

import json
import runpy
import shutil
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from mesh.declaration import stack_file
from mesh.declaration.problems import Invalid

CHECKOUT = Path(__file__).parents[2]
CASES = CHECKOUT / "tests" / "cases"


class Engine(pulumi.runtime.Mocks):
    def __init__(self) -> None:
        self.registered: list[str] = []

    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str, dict[str, Any]]:
        self.registered.append(f"{args.typ} {args.name}")
        outputs = {**args.inputs, "principalId": "7f9c", "ipAddress": "20.1.2.3", "fqdn": "east.example"}
        if identities := outputs.get("identity", {}).get("userAssignedIdentities"):
            outputs["identity"] = {"type": "UserAssigned", "userAssignedIdentities": {one: {} for one in identities}}
        return f"{args.name}-id", outputs

    def call(self, args: pulumi.runtime.MockCallArgs) -> dict[str, Any]:
        return {"kubeconfigs": [{"name": "clusterUser", "value": "YXBpVmVyc2lvbjogdjEK"}]}


def readable(case: Path) -> bool:
    """Whether the engine itself, which reads the file first, gets as far as the program."""
    try:
        return isinstance(stack_file.document(case.read_bytes()).value.get("config"), dict)
    except Invalid:
        return False


NOT_CONFIGURATION = "file/unknown-key-at-top"
"""Beside `config:`, where the engine reads it and tells the program nothing."""

BROKEN = sorted(
    {
        str(path.parent.relative_to(CASES))
        for path in CASES.glob("*/*/error.txt")
        if readable(path.with_name("stack.yaml"))
    }
    - {NOT_CONFIGURATION}
)


def run(
    configuration: dict[str, Any], stack: str, monkeypatch: pytest.MonkeyPatch, folder: Path = CHECKOUT
) -> list[str]:
    engine = Engine()
    monkeypatch.chdir(folder)
    pulumi.runtime.set_all_config(
        {
            key: value if isinstance(value, str) else json.dumps(value, default=str)
            for key, value in configuration.items()
        }
    )
    pulumi.runtime.set_mocks(engine, project="hybrid-mesh", stack=stack)
    try:
        pulumi.runtime.test(lambda: runpy.run_path(str(CHECKOUT / "__main__.py")) and None)()
    finally:
        pulumi.runtime.set_all_config({})
    return sorted(engine.registered)


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_stack_file_registers_nothing(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    configuration = yaml.safe_load((CASES / case / "stack.yaml").read_bytes())["config"]
    seen: list[str] = []
    monkeypatch.setattr(Engine, "new_resource", lambda self, args: seen.append(args.name))

    with pytest.raises(pulumi.RunError):
        run(configuration, "stack", monkeypatch)

    assert seen == []


def test_enough_broken_stack_files_reach_the_program() -> None:
    assert len(BROKEN) >= 100


def test_the_program_reads_the_files_of_teams(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES / "teams" / "two-teams"
    configuration = yaml.safe_load((case / "stack.yaml").read_bytes())["config"]
    shutil.copytree(case / "teams", tmp_path / "stacks" / "teams")

    with pytest.raises(pulumi.RunError, match="these secrets are needed and not there"):
        run(configuration, "prod", monkeypatch, tmp_path)


def test_the_program_says_which_file_of_a_team_has_a_problem(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    case = CASES / "teams" / "problems-by-file"
    configuration = yaml.safe_load((case / "stack.yaml").read_bytes())["config"]
    shutil.copytree(case / "teams", tmp_path / "stacks" / "teams")

    with pytest.raises(
        pulumi.RunError, match=r"stacks/teams/shop\.yaml:3: workloads\.cart\.cluster: there is no cluster"
    ):
        run(configuration, "prod", monkeypatch, tmp_path)
