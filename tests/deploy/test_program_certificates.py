"""The program with the files of a gateway's certificate: where they do not fit, it registers nothing."""

from pathlib import Path

import pulumi
import pytest
import yaml
from test_program import CASES, Engine, run

from mesh.files.secret_files import VARIABLE
from mesh.lab import authority, ingress_certificates
from mesh.lab.paths import Lab

CASE = CASES / "ingress" / "public-ingress" / "stack.yaml"
CONFIGURATION = yaml.safe_load(CASE.read_bytes())["config"]


@pytest.fixture
def certificate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    lab = Lab(tmp_path)
    authority.issue(lab, [CASE])
    ingress_certificates.issue(lab, [CASE])
    monkeypatch.setenv(VARIABLE, str(lab.secrets))
    return lab.secrets / "stack" / "certificates" / "shop" / "tls.crt"


def test_with_another_ones_certificate_nothing_is_registered(
    certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate.write_bytes(certificate.with_name("ca.crt").read_bytes())
    seen: list[str] = []
    monkeypatch.setattr(Engine, "new_resource", lambda self, args: seen.append(args.name))

    with pytest.raises(pulumi.RunError, match=r"certificates/shop: tls\.crt is not for shop\.example\.com"):
        run(CONFIGURATION, "stack", monkeypatch)

    assert seen == []
