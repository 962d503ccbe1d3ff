"""`mesh check` with findings, and the page of all of them."""

import json
from pathlib import Path
from types import SimpleNamespace

import pytest
from environments import TEXT
from typer.testing import CliRunner

from mesh.commands import app
from mesh.findings import Finding, catalogue, codes
from mesh.findings.routes.undeclared_openings import UNDECLARED_OPENING

PAGE = Path(__file__).parents[2] / "docs" / "findings.md"
OPEN = Finding(UNDECLARED_OPENING, "cart to orders:8080", "is open, by nobody's rule")


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    path = Path("Pulumi.shop.yaml")
    path.write_bytes(TEXT)
    return path


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> None:
    check = SimpleNamespace(KINDS=(), findings=lambda _context: iter((OPEN,)))
    monkeypatch.setattr(catalogue, "CHECKS", (check,))


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.usefixtures("opened")
def test_an_error_fails_and_says_what_where_why_and_the_fix(file: Path) -> None:
    assert run("check", str(file)) == (
        1,
        "",
        "Pulumi.shop.yaml: error: undeclared-opening: A workload or gateway can call a workload at a port, and no "
        "route declares it.\n"
        "  cart to orders:8080: is open, by nobody's rule\n"
        "  Why: The routes say who may call whom; anything else that is open is open to an intruder too.\n"
        "  Fix: Close what lets it through, or declare a route.\n"
        "Pulumi.shop.yaml: 1 error.\n",
    )


@pytest.mark.usefixtures("opened")
def test_what_the_stack_file_accepts_does_not_fail(file: Path) -> None:
    accept = '    accept: [{finding: undeclared-opening, of: cart to *, reason: it goes, until: "9999-12-31"}]\n'
    file.write_text(TEXT.decode().rstrip() + "\n" + accept)

    assert run("check", str(file)) == (
        0,
        "Pulumi.shop.yaml: fine: 3 networks, 2 clusters, 2 machines, 8 workloads and 5 routes; 1 accepted.\n",
        "",
    )


def test_warnings_fail_only_where_that_is_asked_for(file: Path) -> None:
    assert [run("check", str(file))[0], run("check", "--strict", str(file))[0]] == [0, 1]


def test_notes_are_counted_and_shown_on_request(file: Path) -> None:
    assert "note: " not in run("check", str(file))[2]
    assert "note: single-cluster: " in run("check", "--notes", str(file))[2]


@pytest.mark.usefixtures("opened")
def test_scripts_get_all_of_it_as_json(file: Path) -> None:
    Path("Pulumi.broken.yaml").write_bytes(TEXT.replace(b"to: payments", b"to: paymants"))

    status, out, errors = run("check", "--format", "json", str(file), "Pulumi.broken.yaml")

    assert (status, errors) == (2, "")
    sound, broken = json.loads(out)
    assert [(each["code"], each["subject"]) for each in sound["findings"]] == [
        ("undeclared-opening", "cart to orders:8080")
    ]
    assert [each["place"] for each in broken["problems"]] == ["routes[4].to"]


def test_the_page_in_docs_is_the_programs() -> None:
    assert PAGE.read_text() == run("findings", "--markdown")[1], "mesh findings --markdown > docs/findings.md"


def test_every_kind_has_a_code_of_its_own_and_full_sentences() -> None:
    assert len({kind.code for kind in catalogue.KINDS}) == len(catalogue.KINDS)
    for kind in catalogue.KINDS:
        assert kind.what.endswith("."), kind.code
        assert kind.why.endswith("."), kind.code
        assert kind.fix.endswith("."), kind.code
        assert ": " in kind.example, kind.code


def test_what_stack_files_know_of_findings_is_what_the_checks_have() -> None:
    assert {kind.code: kind.severity for kind in catalogue.KINDS} == {**codes.ACCEPTABLE, **codes.NEVER_ACCEPTED}
