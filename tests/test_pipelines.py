"""The pipelines: thin calls of the scripts in .ci, which end and print as they say; no more rights than needed."""

import os
import re
import stat
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from mesh.lab.parts import go
from mesh.render import azure

ROOT = Path(__file__).parents[1]
SCRIPTS = ROOT / ".ci"
FILES = sorted((ROOT / ".github").rglob("*.yml"))
AZURE_PIPELINES = sorted((ROOT / "pipelines").glob("*.yml"))
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


@pytest.mark.parametrize("status", [0, 1, 3, 255])
def test_drift_ends_as_the_comparison_does(tools: Path, status: int) -> None:
    stand_in(tools, "mesh", f"echo '1 widens access'; echo 'why' >&2; exit {status}")

    done = run("drift", "prod")

    assert (done.returncode, done.stdout, done.stderr) == (status, "1 widens access\n", "why\n")
    assert calls(tools) == ["mesh drift --stack prod --format md"]


@pytest.mark.parametrize(
    ("status", "issue"), [(0, "mesh ci issue --stack prod --none"), (1, "mesh ci issue --stack prod FILE"), (3, None)]
)
def test_an_issue_tells_drift_and_nothing_where_nobody_could_look(
    tools: Path, monkeypatch: pytest.MonkeyPatch, status: int, issue: str | None
) -> None:
    monkeypatch.setenv("MESH_CI_ISSUE", "true")
    stand_in(tools, "mesh", f'case "$1" in drift) echo "1 widens access"; exit {status};; esac')

    assert run("drift", "prod").returncode == status
    assert [re.sub(r"/\S+", "FILE", call) for call in calls(tools)[1:]] == ([issue] if issue else [])


def test_an_issue_that_cannot_be_written_fails(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MESH_CI_ISSUE", "true")
    stand_in(tools, "mesh", 'case "$1" in drift) echo "1 widens access"; exit 1;; ci) exit 3;; esac')

    assert run("drift", "prod").returncode == 3


def test_a_preview_stands_on_the_page_of_its_job(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tools / "page"))
    stand_in(tools, "mesh", "echo '**3 calls new**'")

    assert run("preview", "dev", "--base", "origin/main").stdout == "**3 calls new**\n"
    assert (tools / "page").read_text() == "**3 calls new**\n"
    assert calls(tools) == ["mesh preview --stack dev --base origin/main"], "no comment without MESH_CI_COMMENT"


def test_a_preview_stands_on_the_page_of_azure_pipelines(tools: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TF_BUILD", "True")
    monkeypatch.setenv("AGENT_TEMPDIRECTORY", str(tools))
    stand_in(tools, "mesh", "echo '**3 calls new**'")

    page = run("preview", "dev").stdout.partition("##vso[task.uploadsummary]")[2].strip()

    assert Path(page).read_text() == "**3 calls new**\n"


@pytest.mark.parametrize(("status", "comments", "ends"), [(0, 0, 0), (1, 0, 1), (0, 3, 3), (1, 3, 1)])
def test_a_preview_is_the_comment_and_ends_as_the_preview_does(
    tools: Path, monkeypatch: pytest.MonkeyPatch, status: int, comments: int, ends: int
) -> None:
    monkeypatch.setenv("MESH_CI_COMMENT", "true")
    stand_in(
        tools,
        "mesh",
        f'case "$1" in preview) echo "text"; exit {status};; ci) cat "$5" > comment; exit {comments};; esac',
    )

    assert run("preview", "dev").returncode == ends
    assert (tools / "comment").read_text() == "text\n"
    assert calls(tools)[1].startswith("mesh ci comment --stack dev /")


def test_a_preview_that_died_without_a_word_does_not_leave_an_older_comment(
    tools: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MESH_CI_COMMENT", "true")
    stand_in(tools, "mesh", 'case "$1" in preview) exit 137;; ci) cat "$5" > comment;; esac')

    assert run("preview", "dev").returncode == 137
    assert (tools / "comment").read_text() == (
        "### Stack dev: the preview failed\n\nIt ended with 137. The log of the job says why.\n"
    )


def test_stacks_that_are_not_touched_any_more_say_so(tools: Path) -> None:
    stand_in(tools, "mesh", "")

    assert run("untouched", '["prod"]', "dev", "prod", "pro").returncode == 0
    assert calls(tools) == ["mesh ci comment --stack dev --untouched", "mesh ci comment --stack pro --untouched"]


def test_a_deployment_looks_first_what_would_be_lost(tools: Path) -> None:
    stand_in(tools, "mesh", "")
    stand_in(tools, "pulumi", "")

    assert run("deploy", "prod", "--allow", "cluster/west").returncode == 0
    assert calls(tools) == [
        "pulumi refresh --stack prod --yes --skip-preview --non-interactive --color never --suppress-progress",
        "mesh preview --stack prod --allow cluster/west",
        "pulumi up --stack prod --yes --skip-preview --non-interactive --color never --suppress-progress",
    ]


def test_a_deployment_that_would_lose_a_cluster_does_not_begin(tools: Path) -> None:
    stand_in(tools, "mesh", "exit 1")
    stand_in(tools, "pulumi", "")

    assert run("deploy", "prod").returncode == 1
    assert calls(tools) == [
        "pulumi refresh --stack prod --yes --skip-preview --non-interactive --color never --suppress-progress",
        "mesh preview --stack prod",
    ]


def test_the_pipelines_hand_on_what_may_be_lost() -> None:
    allowed = "${{ vars.HYBRID_MESH_ALLOW }}"

    assert WORKFLOWS["preview"]["jobs"]["preview"]["env"]["HYBRID_MESH_ALLOW"] == allowed
    assert WORKFLOWS["deploy-stack"]["jobs"]["deploy"]["env"]["HYBRID_MESH_ALLOW"] == allowed


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


def test_a_vault_that_cannot_be_listed_fails(tools: Path) -> None:
    stand_in(tools, "az", "echo 'ERROR: (Forbidden)' >&2; exit 1")

    done = run("secrets", "prod", "vault")

    assert done.returncode == 3
    assert "The Key Vault vault cannot be listed" in done.stderr


def test_a_vault_without_a_secret_for_us_fails(tools: Path) -> None:
    stand_in(tools, "az", "")

    done = run("secrets", "prod", "vault")

    assert done.returncode == 3
    assert 'has no secret with a tag "file"' in done.stderr


def test_a_secret_that_cannot_be_read_fails(tools: Path) -> None:
    stand_in(tools, "az", r'case "$*" in *list*) printf "a\ta.pem\nb\tb.pem\n";; *"--name a"*) exit 1;; esac')

    done = run("secrets", "prod", "vault")

    assert done.returncode == 3
    assert "The secret a of Key Vault vault cannot be read" in done.stderr


def test_every_script_is_one_that_a_shell_reads() -> None:
    for path in SCRIPTS.iterdir():
        assert os.access(path, os.X_OK), path.name
        assert subprocess.run(["sh", "-n", path], check=False).returncode == 0, path.name


def test_no_pipeline_may_do_more_than_read_unless_its_job_says_so() -> None:
    assert WORKFLOWS.keys() == {"deploy", "deploy-stack", "drift", "preview", "test"}
    assert all(workflow["permissions"] == {"contents": "read"} for workflow in WORKFLOWS.values())
    rights = {
        f"{name}/{job}": content["permissions"]
        for name, workflow in WORKFLOWS.items()
        for job, content in workflow["jobs"].items()
        if "permissions" in content
    }
    login = {"contents": "read", "id-token": "write"}
    assert rights == {
        "deploy/dev": login,
        "deploy/prod": login,
        "deploy-stack/deploy": login,
        "drift/drift": {**login, "issues": "write"},
        "preview/check": {"contents": "read", "pull-requests": "write"},
        "preview/preview": {**login, "pull-requests": "write"},
    }


def test_a_forks_pull_request_gets_no_login() -> None:
    jobs = WORKFLOWS["preview"]["jobs"]

    assert "github.event.pull_request.head.repo.full_name == github.repository" in jobs["preview"]["if"]
    told = next(step for step in jobs["check"]["steps"] if ".ci/untouched" in step.get("run", ""))
    assert told["if"] == "github.event.pull_request.head.repo.full_name == github.repository"
    assert "vault" not in str(jobs["check"])
    assert "azure" not in str(jobs["check"]).lower()
    assert "pull_request_target" not in WORKFLOWS["preview"][True]


def test_nothing_from_outside_is_pasted_into_a_script() -> None:
    assert [step["run"] for step in steps() if "${{" in step.get("run", "")] == []


def test_no_checkout_leaves_a_token_behind() -> None:
    checkouts = [step for step in steps() if step.get("uses", "").startswith("actions/checkout")]

    assert len(checkouts) >= 5
    assert all(step["with"]["persist-credentials"] is False for step in checkouts)


def test_every_action_is_pinned_by_its_commit_with_the_version_beside_it() -> None:
    files = (*FILES, *(ROOT / "mesh/starter").rglob("*.yml"))
    used = [line.strip(" -") for path in files for line in path.read_text().splitlines() if "uses: " in line]
    pinned = re.compile(r"uses: [\w-]+/[\w-]+@[0-9a-f]{40} # v\d+(\.\d+)+$")

    assert len(used) >= 15
    assert [line for line in used if "uses: ./" not in line and not pinned.search(line)] == []


def test_pipelines_have_the_engine_of_the_lab() -> None:
    version = go.version("engine", "github.com/pulumi/pulumi/pkg/v3").removeprefix("v")

    assert f"pulumi-version: {version} #" in (ROOT / ".github/actions/connect/action.yml").read_text()
    assert f"ENGINE: {version} #" in (ROOT / "pipelines/connect.yml").read_text()


def test_what_is_pinned_is_kept_current() -> None:
    kept = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text())["updates"]

    assert {one["package-ecosystem"] for one in kept} == {"github-actions", "pip", "gomod", "npm"}


def test_only_the_run_that_an_approver_starts_by_the_label_may_widen_access() -> None:
    approve = " ".join(WORKFLOWS["preview"]["jobs"]["preview"]["env"]["HYBRID_MESH_APPROVE"].split())

    assert "labeled" in WORKFLOWS["preview"][True]["pull_request"]["types"]
    assert approve == (
        "${{ github.event.action == 'labeled' && github.event.label.name == 'access-approved' && "
        "contains(fromJSON(vars.ACCESS_APPROVERS || '[]'), github.event.sender.login) && '*' || '' }}"
    )


def test_the_deploy_identity_may_give_the_roles_that_the_program_gives_and_no_others() -> None:
    page = (ROOT / "docs/pipelines.md").read_text()
    condition = page.partition("<<'CONDITION'")[2].partition("CONDITION\n")[0]

    assert set(re.findall(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", condition)) == {
        azure.NETWORK_CONTRIBUTOR,
        azure.KEY_VAULT_SECRETS_USER,
    }
    assert "Microsoft.Authorization/roleAssignments/write" in condition
    assert "Microsoft.Authorization/roleAssignments/delete" in condition


def test_azure_pipelines_are_the_same_scripts() -> None:
    texts = {path.stem: path.read_text() for path in AZURE_PIPELINES}

    assert texts.keys() == {"connect", "deploy", "drift", "logged-in", "preview"}
    assert all(yaml.safe_load(text) for text in texts.values())
    for name, script in (("preview", ".ci/preview"), ("deploy", ".ci/deploy"), ("drift", ".ci/drift")):
        assert script in texts[name]
    assert yaml.safe_load(texts["drift"])["schedules"][0]["cron"] == "23 5,13,21 * * *"


def test_production_waits_for_development() -> None:
    assert WORKFLOWS["deploy"]["jobs"]["prod"]["needs"] == "dev"


def test_drift_is_looked_for_when_others_do_not() -> None:
    # YAML reads the key `on` as true.
    minute = WORKFLOWS["drift"][True]["schedule"][0]["cron"].split()[0]

    assert minute not in ("0", "15", "30", "45", "*")
    assert WORKFLOWS["drift"]["jobs"]["drift"]["strategy"]["fail-fast"] is False
