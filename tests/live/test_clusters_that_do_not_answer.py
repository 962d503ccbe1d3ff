"""Clusters that cannot be read: said as a failure of the look, with what to do; never as drift or as none."""

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from mesh.commands import app
from mesh.failures import Failure
from mesh.lab.paths import CHECKOUT
from mesh.live import state
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


def test_a_full_disk_ends_with_3_and_no_report(monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), "/tmp/refresh.log")

    monkeypatch.chdir(CHECKOUT)
    monkeypatch.setattr(state, "read", full)
    monkeypatch.setattr("mesh.commands.drift.project._pulumi", lambda: CHECKOUT / "pulumi")

    ended = CliRunner().invoke(app, ["drift", "--stack", "lab", "--format", "json"])

    assert ended.exit_code == 3
    assert ended.stdout == ""
    assert "No space left on device (/tmp/refresh.log). Once that is mended: mesh drift --stack lab" in ended.stderr


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
    monkeypatch.setattr("mesh.commands.drift.project._pulumi", lambda: pulumi)

    ended = CliRunner().invoke(app, ["drift", "--stack", "lab", "--format", "json"])

    assert (ended.exit_code, ended.stdout) == (3, "")
    assert f"The state of stack lab cannot be read:\n  {complaint.removeprefix('error: ')}" in ended.stderr
    assert fix in ended.stderr
