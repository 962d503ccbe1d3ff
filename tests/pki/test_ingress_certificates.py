"""A certificate with which a gateway would fail is refused before anything is registered."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from environments import TEXT, declared, resolved
from typer.testing import CliRunner

from mesh.commands import app
from mesh.files import private_files
from mesh.files.certificate_files import certificate_files
from mesh.files.secret_files import SecretFiles
from mesh.findings import Context, Finding
from mesh.findings.certificates import gateway_certificates
from mesh.lab import certificates
from mesh.lab import ingress_certificates as lab
from mesh.model import IngressTls
from mesh.render import plan
from mesh.terminal.exits import FOUND_SOMETHING

NOW = datetime.now(UTC)
HOSTS = ["shop.example.com", "www.shop.example.com"]
MUTUAL = IngressTls("mutual", "shop", "files", (), True)

SERVERS, CLIENTS, OTHERS = (certificates.new_authority(name) for name in ("servers", "clients", "others"))


def files(authority: certificates.Authority = CLIENTS, names: tuple[str, ...] = tuple(HOSTS)) -> dict[str, str]:
    certificate, key = certificates.signed(SERVERS, names[0], [x509.DNSName(name) for name in names])
    found = {"tls.crt": certificate, "tls.key": key, "ca.crt": authority.pem()}
    found["ca.crl"] = certificates.nobody_revoked(authority)
    return {name: content.decode() for name, content in found.items()}


GOOD = files()


def findings(texts: Mapping[str, str], tls: IngressTls = MUTUAL, now: datetime = NOW) -> list[tuple[bool, str]]:
    return [
        (finding.severity == "error", f"{finding.subject}: {finding.text}")
        for finding in gateway_certificates.of_certificate(tls, texts, HOSTS, now)
    ]


def judged(environment: dict[str, Any], secrets: SecretFiles) -> list[Finding]:
    shop = resolved(environment)
    files = certificate_files(shop, secrets, "stack.yaml", NOW)
    return list(gateway_certificates.findings(Context(plan(shop), files)))


def test_nothing_is_wrong_with_a_good_one() -> None:
    assert findings(GOOD) == []


def test_each_host_has_to_be_named() -> None:
    assert findings(files(names=("shop.example.com",))) == [
        (
            True,
            "certificates/shop: tls.crt is not for www.shop.example.com: it is for shop.example.com. "
            "Have one issued for it",
        )
    ]


def test_a_wildcard_stands_for_one_label() -> None:
    found = findings(files(names=("*.example.com",)))

    assert [text.rpartition(": it is")[0] for _, text in found] == [
        "certificates/shop: tls.crt is not for www.shop.example.com"
    ]


def test_the_key_has_to_be_the_certificates() -> None:
    (finding,) = findings({**GOOD, "tls.key": files()["tls.key"]})

    assert finding[0]
    assert finding[1].startswith("certificates/shop: tls.key is not the key of tls.crt.")


@pytest.mark.parametrize("file", sorted(GOOD))
def test_what_is_no_pem_is_named_and_not_shown(file: str) -> None:
    (finding,) = findings({**GOOD, file: "canary"})

    assert finding[0]
    assert f"{file} is not" in finding[1]
    assert "canary" not in finding[1]


def test_dates_fail_when_they_are_over_and_warn_in_the_last_month() -> None:
    years = timedelta(days=3650)

    assert not findings(GOOD, now=NOW + years - timedelta(days=31))
    assert {fails for fails, _ in findings(GOOD, now=NOW + years - timedelta(days=20))} == {False}
    assert {fails for fails, _ in findings(GOOD, now=NOW + years + timedelta(days=1))} == {True}


def test_what_clients_are_checked_by_has_to_be_an_authority() -> None:
    (finding,) = findings({**GOOD, "ca.crt": GOOD["tls.crt"]}, IngressTls("mutual", "shop", "files", (), False))

    assert finding[0]
    assert '"shop.example.com" in ca.crt may not sign certificates' in finding[1]


def test_a_revocation_list_is_of_the_clients_authority_and_in_date() -> None:
    stranger = certificates.nobody_revoked(OTHERS).decode()

    assert [text for _, text in findings({**GOOD, "ca.crl": stranger})] == [
        "certificates/shop: ca.crl was signed by nobody in ca.crt. Take the list of the clients' authority"
    ]


def test_without_client_certificates_no_authority_is_read() -> None:
    server = {name: GOOD[name] for name in ("tls.crt", "tls.key")}

    assert findings(server, IngressTls("simple", "shop", "files", (), False)) == []


def test_what_the_lab_makes_is_good_stays_and_follows_the_hosts(tmp_path: Path) -> None:
    environment, secrets = declared(), SecretFiles(tmp_path / "secrets")
    certificate = secrets.folder / "certificates" / "shop" / "tls.crt"

    def provide() -> bytes:
        lab.provide(resolved(environment), secrets, tmp_path / "clients", NOW)
        assert judged(environment, secrets) == []
        return certificate.read_bytes()

    first = provide()
    again = provide()
    environment["clusters"]["east"]["ingress"]["public"]["hosts"] = ["new.example.com"]

    assert first == again
    assert [finding.text for finding in judged(environment, secrets)] == [
        "tls.crt is not for new.example.com: it is for shop.example.com. Have one issued for it"
    ]
    assert provide() != first
    assert sorted(path.name for path in (tmp_path / "clients" / "shop").iterdir()) == [
        "client.crt",
        "client.key",
        "server-authority.crt",
    ]


def test_a_secret_that_others_keep_is_not_looked_for(tmp_path: Path) -> None:
    environment = declared()
    environment["routes"][0]["from"] = "ingress/partners"

    assert judged(environment, SecretFiles(tmp_path)) == []


def test_mesh_check_looks_at_the_certificates_that_are_here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("Pulumi.shop.yaml").write_bytes(TEXT)
    folder = Path("secrets/shop/certificates/shop")
    for name, content in files(names=("other.example.com",)).items():
        private_files.write(folder / name, content.encode())

    result = CliRunner().invoke(app, ["check", "Pulumi.shop.yaml"])

    assert (result.exit_code, result.stdout) == (FOUND_SOMETHING, "")
    assert result.stderr.startswith(
        "Pulumi.shop.yaml: error: certificate-unusable: A certificate of a gateway, its key, its authority or its "
        "revocation list cannot be used.\n"
        "  certificates/shop: tls.crt is not for shop.example.com: it is for other.example.com. "
        "Have one issued for it\n"
    )
