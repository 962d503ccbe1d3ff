"""A finding: a kind, and where it occurs."""

from collections.abc import Iterable
from dataclasses import dataclass

from mesh.findings.codes import ACCEPTABLE, SEVERITIES, Severity


@dataclass(frozen=True)
class Kind:
    """Errors differ from the declared routes or open more than they need; warnings and notes could be stronger."""

    code: str
    """Stable: stack files accept findings by it."""
    severity: Severity
    what: str
    why: str
    example: str
    """As `mesh check` prints it: the subject and the text of a finding."""
    fix: str

    @property
    def acceptable(self) -> bool:
        return self.code in ACCEPTABLE


@dataclass(frozen=True)
class Finding:
    kind: Kind
    subject: str
    """The subject, by names of the plan: `cart to orders:8080`, `nsg/east/nodes: allow-pods-in`."""
    text: str
    """The problem."""

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
    def fix(self) -> str:
        return self.kind.fix


def gravest_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Each once."""

    def order(finding: Finding) -> tuple[int, str, str, str]:
        return SEVERITIES.index(finding.severity), finding.code, finding.subject, finding.text

    return tuple(sorted(set(findings), key=order))
