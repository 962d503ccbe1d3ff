"""A finding: a kind, and where it was found."""

from collections.abc import Iterable
from dataclasses import dataclass

from mesh.findings.catalogue import SEVERITIES, Kind, Severity


@dataclass(frozen=True)
class Finding:
    kind: Kind
    subject: str
    """What it is about, by names of the plan: `cart to orders:8080`, `nsg/east/nodes: allow-pods-in`."""
    text: str
    """What was found there."""

    @property
    def code(self) -> str:
        return self.kind.code

    @property
    def severity(self) -> Severity:
        return self.kind.severity

    @property
    def why(self) -> str:
        return self.kind.why

    @property
    def way_out(self) -> str:
        return self.kind.way_out


def gravest_first(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each once."""

    def order(finding: Finding) -> tuple[int, str, str, str]:
        return SEVERITIES.index(finding.severity), finding.code, finding.subject, finding.text

    return tuple(sorted(set(found), key=order))
