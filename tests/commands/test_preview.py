"""`mesh preview` on the real engine: what it shows, what it refuses, and what it lets pass by name."""

from pathlib import Path

import pulumi_projects
import pytest
from typer.testing import CliRunner

from mesh.commands import app

PROGRAM = """
import pulumi
class Resource(pulumi.CustomResource):
    def __init__(self, kind, name, **inputs):
        protect = inputs.pop("protect", False)
        super().__init__(kind, name, {"id": name.replace("/", "_"), **inputs}, pulumi.ResourceOptions(protect=protect))
def cluster(name, cidr, **more):
    Resource("file:containerservice:ManagedCluster", name, podCidr=cidr, fixed=["podCidr"], **more)
def network(name):
    Resource("file:network:VirtualNetwork", name)
def pool(name):
    Resource("file:containerservice:AgentPool", name)
"""
BEFORE = PROGRAM + "cluster('cluster/west', '10.0.0.0/16')\nnetwork('network/west')\npool('pool/west/apps')\n"


@pytest.fixture(scope="module")
def deployed(tmp_path_factory: pytest.TempPathFactory) -> pulumi_projects.Project:
    project = pulumi_projects.project(tmp_path_factory.mktemp("preview") / "project", file="1.0.0")
    project.write(BEFORE)
    done = project.run("up", "--yes", "--skip-preview")
    assert done.returncode == 0, done.stdout
    return project


@pytest.fixture
def project(deployed: pulumi_projects.Project, monkeypatch: pytest.MonkeyPatch) -> pulumi_projects.Project:
    monkeypatch.chdir(deployed.folder)
    for name, value in deployed.environment.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", f"{Path(pulumi_projects.ENGINE).parent}:{deployed.environment['PATH']}")
    monkeypatch.delenv("HYBRID_MESH_ALLOW", raising=False)
    return deployed


def preview(*options: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["preview", "--stack", "lab", *options])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result.exit_code, result.stdout


LOSING_BOTH = PROGRAM + "cluster('cluster/west', '10.1.0.0/16')\npool('pool/west/apps')\n"


def test_a_cluster_and_a_network_are_not_lost_unseen(project: pulumi_projects.Project) -> None:
    project.write(LOSING_BOTH)

    status, printed = preview()

    assert status == 1
    assert '"10.0.0.0/16" => "10.1.0.0/16"' in printed
    assert printed.endswith(
        "cluster/west would be replaced, as Azure cannot change its podCidr.\n"
        "network/west would be deleted.\n"
        "What stands there would be lost with it. Take the change back; or, where it is meant: "
        "mesh preview --stack lab --allow cluster/west --allow network/west\n"
    )


def test_what_is_allowed_by_name_may_go_and_nothing_else(project: pulumi_projects.Project) -> None:
    project.write(LOSING_BOTH)

    status, printed = preview("--allow", "cluster/west")

    assert status == 1
    assert printed.endswith("mesh preview --stack lab --allow network/west\n")
    assert preview("--allow", "cluster/west", "--allow", "network/west")[0] == 0


def test_a_pipeline_allows_by_a_variable(project: pulumi_projects.Project, monkeypatch: pytest.MonkeyPatch) -> None:
    project.write(LOSING_BOTH)
    monkeypatch.setenv("HYBRID_MESH_ALLOW", "cluster/west network/west")

    assert preview()[0] == 0

    monkeypatch.setenv("HYBRID_MESH_ALLOW", "")

    assert preview()[0] == 1


def test_other_changes_pass(project: pulumi_projects.Project) -> None:
    project.write(BEFORE.replace("pool('pool/west/apps')", "network('network/east')"))

    status, printed = preview()

    assert status == 0
    assert "would be" not in printed


def test_a_preview_that_fails_says_why(project: pulumi_projects.Project) -> None:
    project.write("raise ValueError('no such cluster')\n")

    status, printed = preview()

    assert status == 3
    assert "no such cluster" in printed
    assert "Stack lab could not be previewed:\n" in printed


def test_the_engine_refuses_to_lose_what_is_protected_whatever_is_allowed(project: pulumi_projects.Project) -> None:
    project.write(BEFORE.replace("'10.0.0.0/16')", "'10.0.0.0/16', protect=True)"))
    assert project.run("up", "--yes", "--skip-preview").returncode == 0
    try:
        project.write(PROGRAM + "network('network/west')\npool('pool/west/apps')\n")

        status, printed = preview("--allow", "cluster/west")
    finally:
        project.write(BEFORE)
        assert project.run("up", "--yes", "--skip-preview").returncode == 0

    assert status == 3
    assert "protect" in printed
