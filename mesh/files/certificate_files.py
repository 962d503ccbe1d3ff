"""The certificate files of an environment, read for the checks."""

from datetime import datetime

from mesh.files.secret_files import SecretFiles
from mesh.findings import CertificateFiles
from mesh.findings.certificates.files import files
from mesh.model import Environment


def certificate_files(
    environment: Environment, secrets: SecretFiles, stack_file: str, now: datetime
) -> CertificateFiles:
    """Those that are here. Raises Failure where one cannot be read."""
    texts = {file: secrets.read(file) for file in files(environment) if secrets.has([file])}
    return CertificateFiles(texts, stack_file, now)
