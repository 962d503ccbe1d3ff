"""Reads and writes CA files: the root in a chosen folder, intermediates in the secrets."""

from datetime import datetime
from pathlib import Path

from mesh import names
from mesh.failures import Failure
from mesh.files import private_files
from mesh.files.secret_files import SecretFiles
from mesh.pki import certificates
from mesh.pki.certificates import Certificate, Unreadable
from mesh.pki.intermediates import Texts
from mesh.pki.signing import Authority
from mesh.render.authority import FILES

ROOT_CERTIFICATE = "root-cert.pem"
ROOT_KEY = "root-key.pem"


def write_root(folder: Path, root: Authority) -> None:
    """Into a new folder. Raises Failure where there is one: a root that is overwritten is lost."""
    if folder.exists():
        raise Failure(f"{folder} is there already, and a root is never overwritten. Name another folder with --out.")
    files = {ROOT_KEY: root.key_pem().encode(), ROOT_CERTIFICATE: certificates.pem(root.certificate).encode()}
    private_files.appear(folder, files, folder.with_name(f".{folder.name}.unfinished"))


def root_in(folder: Path) -> Authority:
    """Raises Failure."""
    key = folder / ROOT_KEY
    return root(folder / ROOT_CERTIFICATE, read_text(key), str(key))


def root(certificate: Path, key: str, key_name: str) -> Authority:
    """A root to issue with; `key` is the text that `key_name` held. Raises Failure."""
    certificates_of_file = read_certificates(certificate)
    if len(certificates_of_file) > 1:
        raise Failure(
            f"{certificate} holds {len(certificates_of_file)} certificates. Keep the one that belongs to the key."
        )
    try:
        return Authority(certificates_of_file[0], certificates.key(key))
    except Unreadable as why:
        raise Failure(f"{key_name} {why}.") from None


def read_text(path: Path) -> str:
    """Raises Failure."""
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise Failure(
            f"{path} is not there. `mesh authority init` makes a root; --authority names its folder."
        ) from None
    except UnicodeDecodeError:
        raise Failure(f"{path} is not in PEM.") from None
    except OSError as error:
        raise Failure(f"{path} cannot be read: {error.strerror}.") from None


def read_certificates(path: Path) -> tuple[Certificate, ...]:
    """Raises Failure."""
    try:
        return certificates.certificates(read_text(path))
    except Unreadable as why:
        raise Failure(f"{path} {why}.") from None


def intermediates(secrets: SecretFiles, clusters: tuple[str, ...]) -> dict[str, Texts]:
    """The files of each cluster that has any. Raises Failure where some of a cluster's are there and some are not."""
    return {
        cluster: intermediate(secrets, cluster)
        for cluster in clusters
        if any((secrets.folder / names.authority_file(cluster, file)).exists() for file in FILES)
    }


def intermediate(secrets: SecretFiles, cluster: str) -> Texts:
    """Raises Failure where a file is not there or cannot be read."""
    files = {file: names.authority_file(cluster, file) for file in FILES}
    secrets.require(files.values())
    return Texts(
        certificate=secrets.read(files["ca-cert.pem"]),
        key=secrets.read(files["ca-key.pem"]),
        chain=secrets.read(files["cert-chain.pem"]),
        roots=secrets.read(files["root-cert.pem"]),
    )


def write_intermediate(secrets: SecretFiles, cluster: str, files: Texts, now: datetime) -> Path | None:
    """Returns the folder that keeps what was there before, if anything was."""
    folder = place(secrets, cluster)
    kept = None
    if folder.exists():
        kept = folder.with_name(f"{cluster}.before-{now:%Y%m%d-%H%M%S}")
        folder.rename(kept)
    contents = {
        "ca-cert.pem": files.certificate.encode(),
        "ca-key.pem": files.key.encode(),
        "cert-chain.pem": files.chain.encode(),
        "root-cert.pem": files.roots.encode(),
    }
    private_files.appear(folder, contents, folder.with_name(f".{cluster}.unfinished"))
    return kept


def place(secrets: SecretFiles, cluster: str) -> Path:
    return (secrets.folder / names.authority_file(cluster, ROOT_CERTIFICATE)).parent
