"""What the engine complains of, and what to do about it."""

import pytest

from mesh.engine import troubles


@pytest.mark.parametrize(
    ("error", "fix"),
    [
        ("the stack is currently locked by 1 lock(s)", "mesh recover --stack prod"),
        ("write /tmp/x: no space left on device", "Make room"),
        ("No space left on device (/state/prod.json)", "Make room"),
        ("AADSTS700082: The refresh token has expired due to inactivity", "Log in again"),
        ("please run 'az login' to setup account", "Log in again"),
        ("incorrect passphrase", "PULUMI_CONFIG_PASSPHRASE"),
        ("no stack named 'prod' found", "pulumi stack init prod"),
        ("dial tcp 10.0.0.1:443: connect: connection refused", "does not answer"),
        ("something that nobody has seen", "pulumi preview --stack prod --diff"),
    ],
)
def test_each_trouble_has_a_way_out(error: str, fix: str) -> None:
    assert fix in troubles.fix([error], "prod")


def test_a_cluster_that_does_not_answer_is_no_warning() -> None:
    message = "<{%fg 3%}>warning: <{%reset%}>configured Kubernetes cluster is unreachable: dial tcp: timeout"
    event = {"diagnosticEvent": {"severity": "warning", "message": message}}

    assert list(troubles.unreachable(event)) == ["configured Kubernetes cluster is unreachable: dial tcp: timeout"]
    assert list(troubles.unreachable({"diagnosticEvent": {"severity": "warning", "message": "a note"}})) == []
