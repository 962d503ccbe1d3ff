"""Certificate files → how long they still are good for."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from mesh.findings import CertificateFiles
from mesh.pki import certificates
from mesh.pki.certificates import Unreadable


@dataclass(frozen=True)
class Expiry:
    file: str
    """In the folder of secrets, such as authority/east/ca-cert.pem."""
    ends: datetime


@dataclass(frozen=True)
class Horizon:
    expiries: tuple[Expiry, ...]
    """The next to expire first."""
    moment: datetime

    def __str__(self) -> str:
        if not self.expiries:
            return "Certificates: no file is here, so nobody knows when they expire."
        first = self.expiries[0]
        days = (first.ends - self.moment).days
        when = f"in {days:,} days" if days > 0 else "today" if days == 0 else f"{-days:,} days ago: renew it now"
        return (
            f"Certificates: {first.file} is the next to expire, on {first.ends:%Y-%m-%d} ({when}; files looked at: "
            f"{len(self.expiries):,})."
        )


def horizon(files: CertificateFiles) -> Horizon:
    found = sorted(_expiries(files), key=lambda expiry: (expiry.ends, expiry.file))
    return Horizon(tuple(found), files.moment)


def _expiries(files: CertificateFiles) -> Iterator[Expiry]:
    """Of each file the certificate that ends first; what is unreadable is a finding, and keys have no end."""
    for file, text in files.texts.items():
        try:
            yield Expiry(file, min(one.not_valid_after_utc for one in certificates.certificates(text)))
        except Unreadable:
            continue
