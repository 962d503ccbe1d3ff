"""`mesh init`: what it writes is sound, and it writes over nothing."""

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from mesh.commands import app
from mesh.files import stacks


def init(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["init", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_what_it_writes_passes_the_check(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)

    status, said, _ = init()

    assert status == 0
    assert said.splitlines() == [
        "✓ .github/workflows/preview.yml",
        "✓ .gitignore",
        "✓ Pulumi.yaml",
        "✓ __main__.py",
        "✓ requirements.txt",
        "✓ stacks/Pulumi.lab.yaml",
        "Next: mesh check stacks/Pulumi.lab.yaml",
    ]
    check = CliRunner().invoke(app, ["check", "stacks/Pulumi.lab.yaml"])
    assert (check.exit_code, "fine: 1 network, 1 cluster" in check.output) == (0, True)
    assert len((tmp_path / "__main__.py").read_text().splitlines()) == 3
    assert yaml.safe_load((tmp_path / ".github/workflows/preview.yml").read_text())["jobs"]["preview"]["steps"]


def test_answers_stand_in_what_it_writes(tmp_path: Path) -> None:
    status, _, _ = init(
        *(str(tmp_path), "--stack", "dev", "--location", "uksouth", "--trust-domain", "acme.example"),
        *("--subscription", "5d1f8a34-6c1b-4b07-9a52-3f0a7c4e2d11", "--code-host", "azure-devops"),
    )

    environment = stacks.environment(tmp_path / "stacks/Pulumi.dev.yaml")
    assert status == 0
    assert (environment.name, environment.location, environment.istio.trust_domain) == (
        "dev",
        "uksouth",
        "acme.example",
    )
    assert environment.subscription == "5d1f8a34-6c1b-4b07-9a52-3f0a7c4e2d11"
    assert "mesh preview --stack dev" in (tmp_path / "pipelines/preview.yml").read_text()
    assert not (tmp_path / ".github").exists()


def test_a_second_run_writes_nothing(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: mine\n")

    status, _, said = init(str(tmp_path))

    assert status == 2
    assert said == "Pulumi.yaml: there already. Nothing was written; use an empty folder.\n"
    assert [path.name for path in tmp_path.iterdir()] == ["Pulumi.yaml"]


def test_a_region_that_is_misspelt_is_refused_and_nothing_written(tmp_path: Path) -> None:
    status, _, said = init(str(tmp_path / "new"), "--location", "westeurop")

    assert status == 2
    assert "Did you mean westeurope?" in said
    assert not (tmp_path / "new").exists()
