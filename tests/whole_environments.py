"""A whole environment on the real engine: the program itself, in a project and a lab of its own."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pulumi_projects
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pulumi_projects import Project
from temporary_labs import lab_in

from mesh.files import stacks
from mesh.files.secret_files import VARIABLE, SecretFiles
from mesh.lab.paths import CHECKOUT, Lab
from mesh.lab.servers import Servers
from mesh.pki.ca import issuing, upkeep
from mesh.render import plan


@contextmanager
def lab_of(folder: Path) -> Iterator[Lab]:
    """A lab in the folder; its servers end with it."""
    lab = lab_in(folder)
    try:
        yield lab
    finally:
        servers = Servers(lab)
        for cluster in servers.clusters():
            servers.stop(cluster)
        servers.halt()


def project(lab: Lab, folder: Path, stack: str) -> Project:
    made = pulumi_projects.project(folder / "project")
    made.environment.update({"HYBRID_MESH_LAB": str(lab.root), VARIABLE: str(folder / "files")})
    for name, version in (("azure-native", "3.29.0"), ("kubernetes", "4.34.2")):
        source = made.folder / "plugins" / f"pulumi-resource-{name}"
        module = f"mesh.lab.providers.{name.replace('-', '_')}"
        pulumi_projects.script(source / source.name, sys.executable, "-m", module)
        done = made.run("plugin", "install", "resource", name, version, "--file", str(source))
        assert done.returncode == 0, done.stdout
    made.write(f"import runpy\nrunpy.run_path({str(CHECKOUT / '__main__.py')!r}, run_name='__main__')\n")
    (made.folder / "Pulumi.yaml").write_text("name: trial\nruntime: python\nstackConfigDir: stacks\n")
    settings = made.folder / "stacks" / "Pulumi.lab.yaml"
    settings.parent.mkdir()
    salt = made.folder / "Pulumi.lab.yaml"
    settings.write_text(salt.read_text() + stack)
    salt.unlink()
    return made


def written_secrets(stack: Path, folder: Path) -> dict[str, str]:
    """What every file of secrets holds that is no certificate; those are public."""
    environment = stacks.environment(stack)
    files, now = SecretFiles(folder / environment.name), datetime.now(UTC)
    upkeep.issue(environment, files, issuing.root("shop.example", "ec", now), (), now)
    key, certificate = self_signed("shop.example.com", now)
    for file in plan(environment).secret_files:
        path = files.folder / file
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(key if path.suffix == ".key" else certificate)
    keys = [file for file in plan(environment).secret_files if "key" in file]
    return {file: (files.folder / file).read_text() for file in keys}


def self_signed(host: str, now: datetime) -> tuple[str, str]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, host)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=300))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    text = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    return text.decode(), certificate.public_bytes(serialization.Encoding.PEM).decode()
