"""`mesh graph` as a user meets it, and the pictures in the documents."""

import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest
from environments import TEXT
from typer.testing import CliRunner

from mesh.commands import app
from mesh.failures import Failure
from mesh.graph.verdicts import Opened, Verdicts

ROOT = Path(__file__).parents[2]


@pytest.fixture
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("Pulumi.shop.yaml")
    path.write_bytes(TEXT)
    return path


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["graph", *arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_the_picture_is_an_svg_with_a_name(stack: Path) -> None:
    status, out, _ = run("Pulumi.shop.yaml")
    root = ElementTree.fromstring(out)

    assert status == 0
    assert root.get("role") == "img"
    assert root.get("aria-label") == "shop: 3 networks, 2 clusters, 2 machines, 8 workloads and 5 routes"
    assert not any(word in out for word in ("href", "<script", "url("))


def test_the_picture_can_be_written(stack: Path) -> None:
    said = run("Pulumi.shop.yaml", "--format", "mermaid", "--out", "shop.mmd")

    assert said == (0, "Pulumi.shop.yaml: the picture is in shop.mmd.\n", "")
    assert Path("shop.mmd").read_text().startswith("flowchart LR\n")


def test_without_a_file_the_lab_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    status, out, _ = run()

    assert status == 0
    assert ElementTree.fromstring(out).get("aria-label", "").startswith("lab: ")


def test_what_is_not_as_declared_is_in_the_picture_and_said(stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened = Opened("storefront", "ledger", "storefront → ledger:9000 grpc")
    monkeypatch.setattr("mesh.commands.graph.verdicts", lambda _: Verdicts({}, (opened,)))
    said = "1 call open that no route declares"

    status, out, errors = run("Pulumi.shop.yaml")

    assert (status, errors) == (0, f"Pulumi.shop.yaml: {said}. mesh check tells which.\n")
    assert f">{said}</text>" in out
    assert f" {said}\n" in run("Pulumi.shop.yaml", "--format", "mermaid")[1]


def test_a_file_that_cannot_be_written_is_said_so(stack: Path) -> None:
    with pytest.raises(
        Failure, match=r"^none/x\.svg: cannot be written: No such file or directory\. Name another file"
    ):
        CliRunner().invoke(app, ["graph", "Pulumi.shop.yaml", "--out", "none/x.svg"], catch_exceptions=False)


def test_the_picture_of_a_broken_file_is_its_problems(stack: Path) -> None:
    stack.write_text("config: {}\n")

    status, out, errors = run("Pulumi.shop.yaml")

    assert (status, out) == (2, "")
    assert "Pulumi.shop.yaml: 2 problems.\n" in errors


def test_a_focus_on_nobody_is_refused(stack: Path) -> None:
    assert run("Pulumi.shop.yaml", "--focus", "ordres") == (
        *(2, "", '--focus: there is no workload "ordres". Did you mean orders?\n'),
    )


def test_an_environment_too_large_for_mermaid_is_said_so(stack: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mesh.graph.mermaid.MOST_ARROWS", 1)

    with pytest.raises(Failure, match=r"^shop is too large for Mermaid, .* Draw one workload with --focus"):
        CliRunner().invoke(app, ["graph", "Pulumi.shop.yaml", "--format", "mermaid"], catch_exceptions=False)


def test_a_pipe_that_is_closed_early_is_no_traceback(stack: Path) -> None:
    command = f"{sys.executable} -m mesh graph Pulumi.shop.yaml | head -c 10"
    result = subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, check=False, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )

    assert (result.stdout, result.stderr) == ("<svg xmlns", "")


@pytest.mark.parametrize("name", ["lab", "prod"])
def test_the_pictures_in_the_documents_are_those_of_the_stacks(name: str) -> None:
    _, out, _ = run(str(ROOT / "stacks" / f"Pulumi.{name}.yaml"))

    assert (ROOT / "docs" / "images" / f"{name}.svg").read_text() == out, "make pictures"
