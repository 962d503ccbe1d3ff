"""Clusters that cannot be read: said as a failure of the look, with what to do; never as drift or as none."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import deployed_projects
import pytest
import yaml
from typer.testing import CliRunner

from mesh.commands import app
from mesh.failures import Failure
from mesh.lab.paths import CHECKOUT
from mesh.live.clusters import Cluster


def changed(kubeconfig: str, change: Callable[[dict[str, Any]], Any]) -> str:
    content = yaml.safe_load(kubeconfig)
    change(content)
    return yaml.safe_dump(content)


def test_an_expired_login_says_how_to_log_in(kubeconfig: str) -> None:
    expired = changed(kubeconfig, lambda content: content["users"][0]["user"].update(token="expired"))

    with pytest.raises(Failure) as refused:
        Cluster("east", expired).objects([])

    assert "Cluster east refuses" in str(refused.value)
    assert "the login has expired, or its credentials were renewed. Log in again (az login), or pulumi up." in str(
        refused.value
    )


def test_an_api_server_that_is_stopped_says_where_to_look(kubeconfig: str) -> None:
    server = "https://127.0.0.1:9"
    stopped = changed(kubeconfig, lambda content: content["clusters"][0]["cluster"].update(server=server))

    with pytest.raises(Failure) as refused:
        Cluster("east", stopped)

    assert f"The API server of cluster east ({server}) does not answer" in str(refused.value)
    assert "Look whether it can be reached from here" in str(refused.value)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (
            lambda content: content["users"][0]["user"].update(token="CANARY-expired"),
            "Cluster west refuses its kinds: the login has expired, or its credentials were renewed. Log in again",
        ),
        (
            lambda content: content["clusters"][0]["cluster"].update(server="https://127.0.0.1:9"),
            "The API server of cluster west (https://127.0.0.1:9) does not answer",
        ),
    ],
    ids=["expired login", "unreachable"],
)
def test_drift_then_ends_with_3_and_no_report(
    tmp_path: Path, kubeconfig: str, change: Callable[[dict[str, Any]], Any], says: str
) -> None:
    given = {"kubeconfig": changed(kubeconfig, change)}
    project = deployed_projects.deployed(
        tmp_path / "project",
        f"pulumi.ProviderResource('kubernetes', 'kubernetes/west', {given!r})\n",
        kubernetes="4.34.2",
    )

    ended = deployed_projects.mesh(project, "drift", "--stack", "lab", "--format", "json")

    assert (ended.returncode, ended.stdout) == (3, "")
    assert says in ended.stderr
    assert "Traceback" not in ended.stderr
    assert "CANARY" not in ended.stderr


@pytest.mark.parametrize(
    ("complaint", "fix"),
    [
        ("error: no stack named 'lab' found", "The backend has no stack lab. Check its name (pulumi stack ls)"),
        ("error: incorrect passphrase", "Set PULUMI_CONFIG_PASSPHRASE, or log in to the vault that encrypts"),
        ("error: AADSTS700082: The refresh token has expired", "Log in again (az login; in a pipeline,"),
        ("error: open /state/lab.json: no space left on device", "The disk is full. Make room (df -h shows where)"),
    ],
)
def test_a_state_that_cannot_be_read_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, complaint: str, fix: str
) -> None:
    pulumi = tmp_path / "pulumi"
    pulumi.write_text(f'#!/bin/sh\necho "{complaint}" >&2\nexit 1\n')
    pulumi.chmod(0o755)
    monkeypatch.chdir(CHECKOUT)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("PULUMI_BACKEND_URL", raising=False)

    ended = CliRunner().invoke(app, ["drift", "--stack", "lab", "--format", "json"])

    assert (ended.exit_code, ended.stdout) == (3, "")
    assert f"The state of stack lab cannot be read:\n  {complaint.removeprefix('error: ')}" in ended.stderr
    assert fix in ended.stderr
