"""`mesh preview` on the real engine and real git: what it says of access and of resources, and how it ends."""

import json
import subprocess
from pathlib import Path

import deployed_projects
import pulumi_projects
import pytest
from deployed_projects import BEFORE, PROGRAM, STACK_FILE, declare
from typer.testing import CliRunner

from mesh.commands import app

WIDER = STACK_FILE.replace("methods: [POST]", "methods: [GET, POST]")
APPROVED = WIDER + '    approve: [{call: "cart to orders:8080", reason: it shows them, until: "2099-12-31"}]\n'


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> pulumi_projects.Project:
    return deployed_projects.deployed(tmp_path_factory.mktemp("preview") / "project")


@pytest.fixture
def project(deployed: pulumi_projects.Project, monkeypatch: pytest.MonkeyPatch) -> pulumi_projects.Project:
    monkeypatch.chdir(deployed.folder)
    for name, value in deployed.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", f"{Path(pulumi_projects.ENGINE).parent}:{deployed.environment['PATH']}")
    for name in ("HYBRID_MESH_ALLOW", "HYBRID_MESH_APPROVE", "HYBRID_MESH_SECRETS", "TF_BUILD"):
        monkeypatch.delenv(name, raising=False)
    deployed.write(BEFORE)
    declare(deployed, STACK_FILE)
    return deployed


def preview(*options: str) -> tuple[int, str]:
    status, printed, _ = whole_preview(*options)
    return status, printed


def whole_preview(*options: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["preview", "--stack", "lab", *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout, result.stderr


def test_what_changes_nothing_says_so(project: pulumi_projects.Project) -> None:
    declare(project, STACK_FILE.replace("    routes:", "    # All else is denied.\n    routes:"))

    status, printed = preview()

    assert status == 0
    assert printed.startswith(
        "<!-- mesh-preview:trial/lab -->\n### ✅ lab: nothing changes, neither access nor any resource\n"
    )
    assert "**No resource changes**: the engine has nothing to do." in printed
    assert "Compared with `main at " in printed


def test_widened_access_stops_it(project: pulumi_projects.Project) -> None:
    declare(project, WIDER)

    status, printed = preview()

    assert status == 1
    assert "### ❌ lab: access widens, and nobody has approved it (call: 1 widened)" in printed
    assert (
        "| ❌ **widened** | `cart` → `orders:8080` | `POST /orders` | `GET, POST /orders` | "
        "`cluster/west → cluster/west`<br>`west/shop/AuthorizationPolicy/orders: rule 1` | by identity |"
    ) in printed
    assert '  - {call: "cart to orders:8080", reason: WHY, until: "' in printed


def test_the_stack_file_approves_it(project: pulumi_projects.Project) -> None:
    declare(project, APPROVED)

    status, printed = preview()

    assert status == 0
    assert "### ✅ lab: access widens, as approved (call: 1 widened)" in printed
    assert "| `cart to orders:8080` | it shows them (approved in the stack file until 2099-12-31) |" in printed


def test_an_approval_whose_day_is_over_approves_nothing(project: pulumi_projects.Project) -> None:
    declare(project, APPROVED.replace("2099-12-31", "2026-01-31"))

    status, printed = preview()

    assert status == 1
    assert "The approval of `cart to orders:8080` ended on 2026-01-31." in printed


def test_a_pipeline_passes_an_approval_in(project: pulumi_projects.Project, monkeypatch: pytest.MonkeyPatch) -> None:
    declare(project, WIDER)

    assert preview("--approve", "cart to *")[0] == 0
    assert preview("--approve", "cart to ledger")[0] == 1

    monkeypatch.setenv("HYBRID_MESH_APPROVE", "storefront to cart; cart to orders:8080")

    assert preview()[0] == 0


def test_a_cluster_a_network_and_a_pool_are_not_lost_unseen(project: pulumi_projects.Project) -> None:
    project.write(PROGRAM + "cluster('cluster/west', '10.1.0.0/16')\npool('pool/west/apps', 'D8')\n")

    status, printed = preview()

    assert status == 1
    assert "### ❌ lab: cluster/west, network/west and pool/west/apps would be lost" in printed
    assert "| `cluster/west` | would be replaced, as Azure cannot change its podCidr |" in printed
    assert "| `network/west` | would be deleted |" in printed
    assert "| `pool/west/apps` | would be replaced, as Azure cannot change its vmSize |" in printed
    assert "`mesh preview --stack lab --allow cluster/west --allow network/west --allow pool/west/apps`" in printed
    assert "10.1.0.0" not in printed, "no value of a resource is shown"


def test_what_is_allowed_by_name_may_go_and_nothing_else(
    project: pulumi_projects.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    project.write(PROGRAM + "cluster('cluster/west', '10.1.0.0/16')\npool('pool/west/apps', 'D4')\n")

    assert preview("--allow", "cluster/west")[0] == 1

    monkeypatch.setenv("HYBRID_MESH_ALLOW", "cluster/west network/west")

    assert preview()[0] == 0


def test_the_pools_of_a_cluster_go_with_it(project: pulumi_projects.Project) -> None:
    project.write(PROGRAM + "network('network/west')\n")

    assert preview("--allow", "pool/west/apps")[0] == 1
    assert preview("--allow", "cluster/west")[0] == 0


def test_scripts_get_data(project: pulumi_projects.Project) -> None:
    declare(project, WIDER)

    status, printed = preview("--format", "json")

    found = json.loads(printed)
    assert status == found["exit"] == 1
    assert [(call["change"], call["caller"], call["opened"]) for call in found["access"]["calls"]] == [
        ("widened", "cart", ["GET /orders"])
    ]
    assert found["notApproved"] == [{"access": "cart to orders:8080", "what": "is widened: GET /orders"}]
    assert found["steps"] == []


def test_of_a_new_stack_all_is_new(project: pulumi_projects.Project) -> None:
    subprocess.run(["git", "checkout", "-q", "--orphan", "empty"], cwd=project.folder, check=True)
    try:
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
        subprocess.run([*git, "rm", "-q", "--cached", "stacks/Pulumi.lab.yaml"], cwd=project.folder, check=True)
        subprocess.run([*git, "commit", "-qm", "before"], cwd=project.folder, check=True)

        status, printed = preview("--base", "empty")
    finally:
        subprocess.run(["git", "checkout", "-qf", "main"], cwd=project.folder, check=True)

    assert status == 1
    assert "| ❌ **new** | `cart` → `orders:8080` | `POST /orders` |" in printed
    assert "which has no stacks/Pulumi.lab.yaml: all is new" in printed


@pytest.mark.parametrize("output", ["md", "json"])
def test_a_stack_file_with_problems_ends_with_2(project: pulumi_projects.Project, output: str) -> None:
    declare(project, STACK_FILE.replace("to: orders", "to: basket"))

    status, printed, said = whole_preview("--format", output)

    assert status == 2
    assert 'stacks/Pulumi.lab.yaml:14: routes[0].to: there is no workload "basket".' in said
    assert "basket" in printed, "the comment says so too"
    assert "nothing changes" not in printed


def test_a_base_with_problems_ends_with_3(project: pulumi_projects.Project) -> None:
    declare(project, "config: [")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run([*git, "commit", "-qam", "broken"], cwd=project.folder, check=True)
    try:
        declare(project, STACK_FILE)
        status, printed, said = whole_preview("--base", "HEAD")
    finally:
        subprocess.run(["git", "reset", "-q", "--hard", "HEAD^"], cwd=project.folder, check=True)

    assert status == 3
    assert "HEAD:stacks/Pulumi.lab.yaml" in said
    assert "Mend it there first; or name another revision: --base REF." in said
    assert printed.startswith("<!-- mesh-preview:trial/lab -->\n### ⛔ lab: not previewed, so nobody knows what")


def test_a_revision_that_nobody_knows_ends_with_3(project: pulumi_projects.Project) -> None:
    status, printed, said = whole_preview("--base", "origin/nowhere")

    assert status == 3
    assert "git knows no revision origin/nowhere here." in said
    assert "⛔" in printed


def test_without_a_repository_access_is_not_compared(
    project: pulumi_projects.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_DIR", str(project.folder / "nowhere"))

    status, printed = preview()

    assert status == 0
    assert "### ⚠️ lab: access is not compared; no resource changes" in printed
    assert "nothing changes" not in printed


def test_a_preview_that_fails_says_why(project: pulumi_projects.Project) -> None:
    project.write("raise ValueError('no such cluster')\n")

    status, printed, said = whole_preview()

    assert status == 3
    for text in (printed, said):
        assert "no such cluster" in text
        assert "Stack lab could not be previewed:\n" in text
    assert "nothing changes" not in printed


def test_no_secret_is_in_what_a_failure_says(
    project: pulumi_projects.Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    key = "CANARY-of-a-key/with+signs==\nCANARY-second-line"
    (tmp_path / "lab" / "authority").mkdir(parents=True)
    (tmp_path / "lab" / "authority" / "ca-key.pem").write_text(key)
    monkeypatch.setenv("HYBRID_MESH_SECRETS", str(tmp_path))
    monkeypatch.setenv("ARM_CLIENT_SECRET", "CANARY-of-a-login")
    project.write(
        "import base64, json, os, urllib.parse\n"
        f"key = {key!r}\n"
        "raise ValueError(' '.join([key, base64.b64encode(key.encode()).decode(), json.dumps(key),\n"
        "    base64.b64encode(b'key: ' + key.encode() + b'; end').decode(),\n"
        "    urllib.parse.quote(key, safe=''), os.environ['ARM_CLIENT_SECRET'], 'which is refused']))\n"
    )

    status, printed, said = whole_preview()

    assert status == 3
    assert "which is refused" in said
    for text in (printed, said):
        assert "CANARY" not in text
        assert "Q0FOQVJZ" not in text, "in base64"
        assert "NBTkFSW" not in text, "in base64, one further"


def test_the_engine_refuses_to_lose_what_is_protected_whatever_is_allowed(project: pulumi_projects.Project) -> None:
    project.write(BEFORE.replace("'10.0.0.0/16')", "'10.0.0.0/16', protect=True)"))
    assert project.run("up", "--yes", "--skip-preview").returncode == 0
    try:
        project.write(PROGRAM + "network('network/west')\npool('pool/west/apps', 'D4')\n")

        status, printed = preview("--allow", "cluster/west")
    finally:
        project.write(BEFORE)
        assert project.run("up", "--yes", "--skip-preview").returncode == 0

    assert status == 3
    assert "protect" in printed
