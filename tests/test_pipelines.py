"""The pipelines: thin calls of the scripts in .ci, which end and print as they say; no more rights than needed."""

import os
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / ".ci"
FILES = sorted((ROOT / ".github").rglob("*.yml"))
WORKFLOWS = {path.stem: yaml.safe_load(path.read_text()) for path in sorted((ROOT / ".github/workflows").glob("*.yml"))}


def steps() -> list[Any]:
    found = [job.get("steps", []) for workflow in WORKFLOWS.values() for job in workflow["jobs"].values()]
    found += [yaml.safe_load(path.read_text())["runs"]["steps"] for path in FILES if path.name == "action.yml"]
    return [step for one in found for step in one]


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder at the front of PATH; what its commands are called with goes into `calls`."""
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
    monkeypatch.delenv("GITHUB_STEP_SUMMARY", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def stand_in(tools: Path, name: str, script: str) -> None:
    path = tools / name
    path.write_text(f'#!/bin/sh\necho "{name} $*" >> "$CALLS"\n{script}\n')
    path.chmod(path.stat().st_mode | stat.S_IXUSR)


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([SCRIPTS / script, *arguments], capture_output=True, text=True, check=False)


def calls(tools: Path) -> list[str]:
    return (tools / "calls").read_text().splitlines()


@pytest.mark.parametrize("status", [0, 7, 1, 255])
def test_drift_ends_as_the_comparison_does(tools: Path, status: int) -> None:
    stand_in(tools, "pulumi", f"echo '~ sku: a => b'; echo 'why' >&2; exit {status}")

    done = run("drift", "prod")

    assert (done.returncode, done.stdout) == (status, "~ sku: a => b\nwhy\n")
    assert calls(tools)[0].startswith("pulumi refresh --stack prod --preview-only --expect-no-changes --diff ")


def test_a_preview_stands_on_the_page_of_its_job(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tools / "page"))
    stand_in(tools, "mesh", "echo '+ 3 to create'")

    assert run("preview", "dev").stdout == "+ 3 to create\n"
    assert (tools / "page").read_text() == "### Preview of dev\n\n~~~~~~~~~~diff\n+ 3 to create\n\n~~~~~~~~~~\n"


@pytest.mark.parametrize("status", [1, 3])
def test_a_failed_preview_fails(tools: Path, status: int) -> None:
    stand_in(tools, "mesh", f"echo 'cluster/west would be deleted.'; exit {status}")

    done = run("preview", "dev")

    assert (done.returncode, done.stdout) == (status, "cluster/west would be deleted.\n")


def test_a_deployment_looks_first_what_would_be_lost(tools: Path) -> None:
    stand_in(tools, "mesh", "")
    stand_in(tools, "pulumi", "")

    assert run("deploy", "prod", "--allow", "cluster/west").returncode == 0
    assert calls(tools) == [
        "mesh preview --stack prod --allow cluster/west",
        "pulumi up --stack prod --yes --non-interactive --color never --suppress-progress",
    ]


def test_a_deployment_that_would_lose_a_cluster_does_not_begin(tools: Path) -> None:
    stand_in(tools, "mesh", "exit 1")
    stand_in(tools, "pulumi", "")

    assert run("deploy", "prod").returncode == 1
    assert calls(tools) == ["mesh preview --stack prod"]


def test_the_pipelines_hand_on_what_may_be_lost() -> None:
    allowed = "${{ vars.HYBRID_MESH_ALLOW }}"

    assert WORKFLOWS["preview"]["jobs"]["preview"]["env"]["HYBRID_MESH_ALLOW"] == allowed
    assert WORKFLOWS["deploy-stack"]["jobs"]["deploy"]["env"]["HYBRID_MESH_ALLOW"] == allowed


def test_drift_opens_an_issue(tools: Path) -> None:
    stand_in(tools, "gh", 'case "$*" in *--body-file*) cat "$(echo "$*" | sed "s/.*--body-file //")" > body;; esac')
    (tools / "drift.txt").write_text("~ sku\n")

    assert run("drift-issue", "prod", "drift.txt").returncode == 0
    assert [call.split(" --")[0] for call in calls(tools)] == [
        "gh issue list",
        "gh label create drift-prod",
        "gh issue create",
    ]
    assert "~~~~~~~~~~\n~ sku\n\n~~~~~~~~~~\n" in (tools / "body").read_text()


def test_drift_that_is_known_renews_its_issue(tools: Path) -> None:
    stand_in(tools, "gh", 'case "$*" in *list*) echo 12;; esac')
    (tools / "drift.txt").write_text("~ sku\n")

    run("drift-issue", "prod", "drift.txt")

    assert [call.split(" --")[0] for call in calls(tools)] == ["gh issue list", "gh issue edit 12"]


def test_drift_that_is_gone_closes_its_issue(tools: Path) -> None:
    stand_in(tools, "gh", 'case "$*" in *list*) echo 12;; esac')

    run("drift-issue", "prod")

    assert [call.split(" --")[0] for call in calls(tools)] == ["gh issue list", "gh issue close 12"]


@pytest.mark.parametrize(
    ("changed", "affected"),
    [
        ("stacks/Pulumi.prod.yaml", '["prod"]'),
        ("stacks/Pulumi.lab.yaml", "[]"),
        ("mesh/render/flows.py", '["dev", "prod"]'),
        ("requirements.txt", '["dev", "prod"]'),
        ("mesh/lab/stack.py\ndocs/README.md\nrequirements-dev.txt\ntests/mesh/x.py", "[]"),
        ("stacks/Pulumi.prodXyaml", "[]"),
        ("", "[]"),
    ],
)
def test_a_stack_is_affected_by_its_file_and_by_the_program(tools: Path, changed: str, affected: str) -> None:
    stand_in(tools, "git", f"cat <<'EOF'\n{changed}\nEOF")

    done = run("affected", "origin/main", "dev", "prod")

    assert (done.returncode, done.stdout) == (0, f"{affected}\n")
    assert calls(tools) == ["git diff --name-only origin/main...HEAD"]


def test_a_difference_that_cannot_be_told_is_a_failure(tools: Path) -> None:
    stand_in(tools, "git", "exit 128")

    assert run("affected", "origin/main", "dev").returncode == 128


def test_secrets_go_into_the_files_that_their_tags_name(tools: Path) -> None:
    stand_in(tools, "az", r'case "$*" in *list*) printf "east-key\tauthority/east/ca-key.pem\n";; esac')

    assert run("secrets", "prod", "vault").returncode == 0
    assert calls(tools)[1] == (
        "az keyvault secret download --vault-name vault --name east-key --encoding utf-8"
        " --file secrets/prod/authority/east/ca-key.pem"
    )
    assert stat.S_IMODE((tools / "secrets/prod/authority/east").stat().st_mode) == 0o700


@pytest.mark.parametrize("file", ["../../x", "a/../../x", "/etc/x"])
def test_a_secret_stays_in_its_folder(tools: Path, file: str) -> None:
    stand_in(tools, "az", rf'case "$*" in *list*) printf "name\t{file}\n";; esac')

    done = run("secrets", "prod", "vault")

    assert done.returncode == 3
    assert file in done.stderr
    assert len(calls(tools)) == 1


def test_every_script_is_one_that_a_shell_reads() -> None:
    for path in SCRIPTS.iterdir():
        assert os.access(path, os.X_OK), path.name
        assert subprocess.run(["sh", "-n", path], check=False).returncode == 0, path.name


def test_no_pipeline_may_do_more_than_read_unless_its_job_says_so() -> None:
    assert WORKFLOWS.keys() == {"deploy", "deploy-stack", "drift", "preview", "test"}
    assert all(workflow["permissions"] == {"contents": "read"} for workflow in WORKFLOWS.values())
    assert WORKFLOWS["drift"]["jobs"]["drift"]["permissions"] == {
        "contents": "read",
        "id-token": "write",
        "issues": "write",
    }


def test_a_forks_pull_request_gets_no_login() -> None:
    jobs = WORKFLOWS["preview"]["jobs"]

    assert "github.event.pull_request.head.repo.full_name == github.repository" in jobs["preview"]["if"]
    assert "permissions" not in jobs["check"]
    assert "pull_request_target" not in WORKFLOWS["preview"][True]


def test_nothing_from_outside_is_pasted_into_a_script() -> None:
    assert [step["run"] for step in steps() if "${{" in step.get("run", "")] == []


def test_no_checkout_leaves_a_token_behind() -> None:
    checkouts = [step for step in steps() if step.get("uses", "").startswith("actions/checkout")]

    assert len(checkouts) >= 5
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_every_action_is_pinned() -> None:
    used = [step["uses"] for step in steps() if "uses" in step]

    assert [name for name in used if not re.search(r"@v\d|@[0-9a-f]{40}$|^\./", name)] == []


def test_production_waits_for_development() -> None:
    assert WORKFLOWS["deploy"]["jobs"]["prod"]["needs"] == "dev"


def test_drift_is_looked_for_when_others_do_not() -> None:
    # YAML reads the key `on` as true.
    minute = WORKFLOWS["drift"][True]["schedule"][0]["cron"].split()[0]

    assert minute not in ("0", "15", "30", "45", "*")
    assert WORKFLOWS["drift"]["jobs"]["drift"]["strategy"]["fail-fast"] is False
