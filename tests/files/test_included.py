"""The files that a stack file includes, on disk and as git has them at a revision."""

import subprocess
from pathlib import Path

import pytest

from mesh.declaration.problems import Invalid, report
from mesh.files import included, revisions, stacks

STACK = """config:
  azure-native:subscriptionId: 11111111-2222-4333-8444-555555555555
  hybrid-mesh:environment:
    location: westeurope
    istio: {version: 1.30.4, trust_domain: shop.example}
    networks: {east: {space: 10.10.0.0/16}}
    clusters: {east: {network: east, kubernetes: "1.34", pools: {system: {size: Standard_D4s_v5, nodes: 3}}}}
    namespaces: {shop: {team: shop}}
    include: teams/*.yaml
"""


def team(*names: str) -> str:
    return "workloads:\n" + "".join(
        f"  {name}: {{cluster: east, namespace: shop, ports: {{http: 8080}}}}\n" for name in names
    )


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    (tmp_path / "stacks" / "teams").mkdir(parents=True)
    file = tmp_path / "stacks" / "Pulumi.shop.yaml"
    file.write_text(STACK)
    (tmp_path / "stacks" / "teams" / "shop.yaml").write_text(team("cart"))
    return file


def git(folder: Path, *arguments: str) -> None:
    identity = ("-c", "user.name=a", "-c", "user.email=a@shop.example")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


def workloads(contents: bytes, read: included.Reader) -> list[str]:
    return [workload.name for workload in stacks.environment_of(contents, "shop", read).workloads]


def test_a_revision_has_the_files_of_then(stack: Path, tmp_path: Path) -> None:
    """From the folder of the project and from the folder of the stack file; also what was deleted since."""
    (stack.parent / "teams" / "old.yaml").write_text("routes: []\n")
    git(tmp_path, "init", "-q", "-b", "main")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "before")
    (stack.parent / "teams" / "shop.yaml").write_text(team("cart", "orders"))
    (stack.parent / "teams" / "old.yaml").unlink()
    revision = revisions.branching_off(tmp_path, "HEAD")

    of_project = included.at(tmp_path, revision, "stacks/Pulumi.shop.yaml")
    of_folder = included.at(stack.parent, revision, "Pulumi.shop.yaml")

    assert sorted(of_project(["teams/*.yaml"])) == ["teams/old.yaml", "teams/shop.yaml"]
    assert workloads(stack.read_bytes(), of_project) == ["cart"]
    assert workloads(stack.read_bytes(), of_folder) == ["cart"]
    assert workloads(stack.read_bytes(), included.beside(stack)) == ["cart", "orders"]


def test_a_link_that_leads_out_of_the_folder_is_refused(stack: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.yaml").write_text(team("orders"))
    (stack.parent / "teams" / "other.yaml").symlink_to(tmp_path / "elsewhere.yaml")

    with pytest.raises(Invalid) as refused:
        stacks.environment(stack)

    said = report(refused.value.problems, "stacks/Pulumi.shop.yaml").splitlines()[0]
    where, _, message = said.partition(": ")
    assert where == "stacks/teams/other.yaml"
    assert message == "it is a link that leads out of the folder of the stack file. Put the file itself there."


def test_a_stack_file_that_is_read_alone_says_what_is_missing(stack: Path) -> None:
    with pytest.raises(Invalid) as refused:
        stacks.environment_of(stack.read_bytes(), "shop")

    assert "there is no file teams/*.yaml in the folder of the stack file" in str(refused.value)


def test_other_files_of_the_folder_are_not_read(stack: Path) -> None:
    (stack.parent / "teams" / "notes.txt").write_text("a: b: c")
    (stack.parent / "teams" / "below").mkdir()
    (stack.parent / "teams" / "below" / "x.yaml").write_text("a: b: c")

    assert [workload.name for workload in stacks.environment(stack).workloads] == ["cart"]
