"""The `mesh` command as a user meets it."""

import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml
from environments import TEXT
from typer.testing import CliRunner

import mesh
from mesh.commands import app, main
from mesh.failures import Failure
from mesh.files import stacks

ROOT = Path(__file__).parents[2]


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("Pulumi.shop.yaml")
    path.write_bytes(TEXT)
    return path


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_a_sound_stack_file_is_summed_up_in_a_line(stack: Path) -> None:
    status, out, _ = run("check", "Pulumi.shop.yaml")

    assert status == 0
    assert out == (
        "Pulumi.shop.yaml: fine: 3 networks, 2 clusters, 2 machines, 8 workloads and 5 routes; "
        "3 warnings and 8 notes.\n"
    )


def test_problems_are_listed_with_their_number(stack: Path) -> None:
    stack.write_bytes(TEXT.replace(b"10.20.0.0/16", b"10.20.0.1/16").replace(b"to: payments", b"to: paymants"))

    assert run("check", "Pulumi.shop.yaml") == (
        2,
        "",
        "Pulumi.shop.yaml:11: networks.west.space: 10.20.0.1/16 has host bits set: a range begins at its first address."
        " Write 10.20.0.0/16.\n"
        'Pulumi.shop.yaml:53: routes[4].to: there is no workload "paymants". Did you mean payments?\n'
        "Pulumi.shop.yaml: 2 problems.\n",
    )


def test_several_files_are_all_checked(stack: Path) -> None:
    Path("Pulumi.empty.yaml").write_text("")

    status, out, errors = run("check", "Pulumi.empty.yaml", "Pulumi.shop.yaml", "Pulumi.none.yaml")

    assert status == 2
    assert out.startswith("Pulumi.shop.yaml: fine: ")
    assert errors.count(": 1 problem.\n") == 2


@pytest.mark.parametrize(
    ("file", "words"),
    [
        ("nowhere.yaml", "there is no such file. Check the name, and the folder you are in."),
        (".", "this is a folder. Name a stack file in it, such as Pulumi.prod.yaml."),
        ("Pulumi.shop.yaml/x", "it cannot be read: Not a directory. Check the file and its disk."),
    ],
)
def test_a_file_that_cannot_be_read_is_said_so(stack: Path, file: str, words: str) -> None:
    assert run("check", file) == (2, "", f"{file}: {words}\n{file}: 1 problem.\n")
    assert run("plan", file) == (2, "", f"{file}: {words}\n{file}: 1 problem.\n")


def test_a_file_without_permission_is_said_so(stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)

    assert run("check", "Pulumi.shop.yaml")[2].startswith(
        "Pulumi.shop.yaml: you may not read this file. Allow it: chmod u+r Pulumi.shop.yaml.\n"
    )


def test_the_schema_is_printed_as_json() -> None:
    status, out, _ = run("schema")

    assert status == 0
    assert json.loads(out)["title"] == "StackFile"


def test_the_plan_of_a_broken_file_is_its_problems(stack: Path) -> None:
    stack.write_text("config: {}\n")

    status, out, errors = run("plan", "Pulumi.shop.yaml")

    assert (status, out) == (2, "")
    assert "Pulumi.shop.yaml: 2 problems.\n" in errors


def test_the_plan_is_shown_without_cutting_lines(stack: Path) -> None:
    status, out, _ = run("plan", "Pulumi.shop.yaml")

    assert status == 0
    assert out.startswith("shop in westeurope\n")
    assert "…" not in out
    assert max(map(len, out.splitlines())) > 80
    assert not any(line.endswith(" ") for line in out.splitlines())


def test_the_plan_says_what_protects_a_machine_without_a_sidecar() -> None:
    status, out, _ = run(
        "plan", str(Path(__file__).parents[1] / "cases" / "machines" / "database-on-a-machine" / "stack.yaml")
    )

    assert status == 0
    assert "machine/orders-db-0 without a sidecar: only the security group data-machines protects it\n" in out


def test_the_plan_says_how_wide_the_rules_of_a_scale_set_are() -> None:
    status, out, _ = run("plan", str(Path(__file__).parents[1] / "cases" / "machines" / "scale-set" / "stack.yaml"))

    assert status == 0
    assert "VirtualMachineScaleSet batch × 3\n" in out
    assert "machine/batch is a scale set: its rules name all of the machines subnet of data, 10.30.0.0/18\n" in out


def test_the_plan_can_be_written_as_files(stack: Path) -> None:
    assert run("plan", "Pulumi.shop.yaml", "--out", "plan") == (
        0,
        "Pulumi.shop.yaml: the plan is in plan.\n",
        "",
    )
    written = sorted(str(path.relative_to("plan")) for path in Path("plan").rglob("*.yaml"))
    assert written[0] == "azure.yaml"
    assert "clusters/east/objects.yaml" in written
    assert all(list(yaml.safe_load_all(Path("plan", path).read_text())) for path in written)


def test_a_plan_is_not_written_over_another(stack: Path) -> None:
    run("plan", "Pulumi.shop.yaml", "--out", "plan")

    with pytest.raises(Failure, match=r"^plan: is not empty\. Name a new folder with --out\.$"):
        CliRunner().invoke(app, ["plan", "Pulumi.shop.yaml", "--out", "plan"], catch_exceptions=False)


def test_a_folder_that_cannot_be_written_is_said_so(stack: Path) -> None:
    result = subprocess.run(
        [sys.executable, "-c", "from mesh.commands import main; main()", "plan", "Pulumi.shop.yaml", "--out", stack],
        capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip

    assert result.returncode == 3
    assert result.stderr.startswith("Pulumi.shop.yaml: cannot be written: ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["schema", "plan"])
def test_a_pipe_that_is_closed_early_is_no_error(command: str, stack: Path) -> None:
    arguments = [command] if command == "schema" else [command, "Pulumi.shop.yaml"]
    process = subprocess.Popen(
        [sys.executable, "-c", "from mesh.commands import main; main()", *arguments],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.close()
    _, errors = process.communicate()

    assert errors == b""


def test_an_interrupt_ends_the_command_quietly(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    def interrupt(_: Path) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(stacks, "environment", interrupt)
    monkeypatch.setattr(sys, "argv", ["mesh", "check", "Pulumi.shop.yaml"])

    with pytest.raises(SystemExit) as ended:
        main()

    assert ended.value.code == 130
    assert capfd.readouterr() == ("", "")


def test_the_version_is_the_packages() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())

    assert declared["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "mesh.__version__"}
    assert run("--version")[1] == f"hybrid-mesh {mesh.__version__}\n"


def test_every_command_says_what_it_is_for() -> None:
    status, out, _ = run("--help")

    assert status == 0
    for command in ("check", "plan", "schema", "preview", "recover", "lab"):
        assert f"\n  {command} " in out
    assert "..." not in out.replace("[ARGS]...", "")


def test_a_misspelt_command_is_wrong_use() -> None:
    status, _, errors = run("chekc")

    assert status == 2
    assert "Did you mean 'check'?" in errors
