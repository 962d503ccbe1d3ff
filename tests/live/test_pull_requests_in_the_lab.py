"""Pull requests on a real lab: `mesh preview` says of what is deployed there what the golden comments say."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import looked_at
import pytest
from looked_at import Deployed

PULL_REQUESTS = Path(__file__).parents[1] / "review/pull_requests"


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    """The base of all of them, deployed and committed."""
    text = (PULL_REQUESTS / "base.yaml").read_text()
    with looked_at.deployed(tmp_path_factory.mktemp("pull-requests"), text) as (_, deployed):
        folder = deployed.project.folder
        (folder / ".gitignore").write_text("*\n!stacks/\n!stacks/*\n")
        for command in ("init -q -b main", "add -A", "-c user.name=a -c user.email=a@example.com commit -qm base"):
            subprocess.run(["git", *command.split()], cwd=folder, check=True)
        yield deployed


@pytest.mark.parametrize(
    ("name", "status"),
    [("new-route", 1), ("removed-caller", 0), ("gateway-opened", 1), ("machine-replaced", 0), ("comment-changed", 0)],
)
def test_the_comment_on_what_is_deployed_is_the_golden_one(base: Deployed, name: str, status: int) -> None:
    file = base.project.folder / "stacks/Pulumi.lab.yaml"
    deployed = file.read_text()
    salt = next(line for line in deployed.splitlines() if line.startswith("encryptionsalt:"))
    file.write_text(f"{salt}\n{(PULL_REQUESTS / name / 'head.yaml').read_text()}")
    try:
        ended = base.mesh("preview")
    finally:
        file.write_text(deployed)

    assert ended.returncode == status, ended.stderr
    assert _of_the_change(ended.stdout) == _of_the_change((PULL_REQUESTS / name / "comment.md").read_text())


def _of_the_change(comment: str) -> str:
    """Without the stack's name, the day, the files of secrets, and what it is compared with."""
    named = comment.replace("Pulumi.shop.yaml", "Pulumi.lab.yaml").replace(" shop: ", " lab: ")
    undated = re.sub(r'until: "\d{4}-\d\d-\d\d"', "until: …", named)
    return "\n".join(undated.partition("\nCertificates:")[0].splitlines()[1:])
