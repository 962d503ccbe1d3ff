"""An authority that cannot be used registers nothing; one that ends soon is told."""

import datetime
from pathlib import Path

import pulumi
import pytest
import yaml
from test_program import CASES, Engine, run

from mesh.failures import Failure
from mesh.files import stacks
from mesh.files.secret_files import VARIABLE, SecretFiles
from mesh.pki.ca import issuing, standing, upkeep

STACK = CASES / "one-cluster" / "stack.yaml"
NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
DAY = datetime.timedelta(days=1)
ENVIRONMENT = stacks.environment(STACK)


def issue(folder: Path, now: datetime.datetime) -> SecretFiles:
    secrets = SecretFiles(folder / "stack")
    upkeep.issue(ENVIRONMENT, secrets, issuing.root("shop.example", "ec", now), (), now)
    return secrets


def refusal(folder: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """What the program says, that has registered nothing."""
    seen: list[str] = []
    monkeypatch.setattr(Engine, "new_resource", lambda self, args: seen.append(args.name))
    monkeypatch.setenv(VARIABLE, str(folder))
    with pytest.raises(pulumi.RunError) as refused:
        run(yaml.safe_load(STACK.read_bytes())["config"], "stack", monkeypatch)
    assert seen == []
    return str(refused.value)


def test_an_authority_that_is_not_there_is_named_file_by_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listed = "".join(
        f"\n  {tmp_path}/stack/authority/east/{file}.pem" for file in ("ca-cert", "ca-key", "cert-chain", "root-cert")
    )

    assert refusal(tmp_path, monkeypatch).startswith(f"these secrets are needed and not there:{listed}\n")


def test_an_authority_that_expired_registers_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    issue(tmp_path, NOW - 731 * DAY)

    assert refusal(tmp_path, monkeypatch) == (
        f"the authorities in {tmp_path}/stack/authority cannot be used:\n"
        f"  east: ca-cert.pem expired on {NOW - DAY:%Y-%m-%d}. "
        "Renew it: mesh authority rotate stacks/Pulumi.stack.yaml east."
    )


def test_an_authority_that_ends_soon_is_a_warning(tmp_path: Path) -> None:
    secrets = issue(tmp_path, NOW)

    assert standing.warnings(ENVIRONMENT, secrets, "stack.yaml", NOW) == []
    assert standing.warnings(ENVIRONMENT, secrets, "stack.yaml", NOW + 680 * DAY) == [
        f"east: ca-cert.pem expires on {NOW + 730 * DAY:%Y-%m-%d}, in 50 days. "
        "Renew it: mesh authority rotate stack.yaml east."
    ]
    with pytest.raises(Failure):
        standing.warnings(ENVIRONMENT, secrets, "stack.yaml", NOW + 720 * DAY)
