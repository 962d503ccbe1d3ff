"""The authorities of an environment's clusters, as the table that `mesh authority show` prints."""

from collections.abc import Iterator, Mapping
from datetime import datetime

from rich.table import Table

from mesh.pki import certificates
from mesh.pki.certificates import Certificate
from mesh.pki.intermediates import Intermediate


def table(by_cluster: Mapping[str, Intermediate], now: datetime) -> Table:
    sheet = Table()
    for column in ("for", "subject", "issuer", "fingerprint (SHA-256)", "not after", "days left"):
        # Folded where it does not fit, never cut: a fingerprint is compared as a whole.
        sheet.add_column(column, overflow="fold")
    for name, certificate in _rows(by_cluster):
        sheet.add_row(
            name,
            certificates.subject(certificate),
            certificates.issuer(certificate),
            certificates.fingerprint(certificate),
            f"{certificate.not_valid_after_utc:%Y-%m-%d}",
            str(certificates.days_left(certificate, now)),
        )
    return sheet


def _rows(by_cluster: Mapping[str, Intermediate]) -> Iterator[tuple[str, Certificate]]:
    trusted: dict[Certificate, list[str]] = {}
    for cluster, intermediate in sorted(by_cluster.items()):
        yield cluster, intermediate.certificate
        for root in intermediate.roots:
            trusted.setdefault(root, []).append(cluster)
    for root, clusters in trusted.items():
        yield f"root of {', '.join(clusters)}", root
