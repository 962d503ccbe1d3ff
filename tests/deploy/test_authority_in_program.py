"""An authority that cannot be used registers nothing; one that ends soon is told."""

import datetime
from pathlib import Path

import pulumi
import pytest
import yaml
from test_program import CASES, Engine, run

from mesh import findings
from mesh.files import stacks
from mesh.files.certificate_files import certificate_files
from mesh.files.secret_files import VARIABLE, SecretFiles
from mesh.pki.ca import issuing, upkeep
from mesh.render import plan

STACK = CASES / "clusters" / "one-cluster" / "stack.yaml"
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

    assert refusal(tmp_path, monkeypatch).splitlines()[:3] == [
        "nothing is deployed:",
        "stacks/Pulumi.stack.yaml: error: certificate-authority-unusable: "
        "The certificate authority (CA) of a cluster cannot be used.",
        f"  cluster/east: ca-cert.pem expired on {NOW - DAY:%Y-%m-%d}. "
        "Renew it: mesh authority rotate stacks/Pulumi.stack.yaml east",
    ]


def test_an_authority_that_ends_soon_is_a_warning(tmp_path: Path) -> None:
    secrets = issue(tmp_path, NOW)

    def told(now: datetime.datetime) -> list[tuple[str, str, str]]:
        files = certificate_files(ENVIRONMENT, secrets, "stack.yaml", now)
        found = findings.assess(plan(ENVIRONMENT), files).standing
        return [(finding.severity, finding.subject, finding.text) for finding in found if "authority" in finding.code]

    assert told(NOW) == []
    assert told(NOW + 680 * DAY) == [
        (
            "warning",
            "cluster/east",
            f"ca-cert.pem expires on {NOW + 730 * DAY:%Y-%m-%d}, in 50 days. "
            "Renew it: mesh authority rotate stack.yaml east",
        )
    ]
    assert [severity for severity, *_ in told(NOW + 720 * DAY)] == ["error"]


def test_a_file_of_an_authority_that_is_missing_is_named(tmp_path: Path) -> None:
    secrets = issue(tmp_path, NOW)
    (secrets.folder / "authority" / "east" / "ca-key.pem").unlink()
    files = certificate_files(ENVIRONMENT, secrets, "stack.yaml", NOW)

    assert [finding.text for finding in findings.assess(plan(ENVIRONMENT), files).of("error")] == [
        "ca-key.pem is not there. Restore it, or delete the others and issue a new one: mesh authority issue stack.yaml"
    ]
