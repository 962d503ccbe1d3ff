"""Findings and acceptances → findings that remain, and accepted ones."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from mesh.findings.codes import Severity
from mesh.findings.finding import Finding, Kind, gravest_first
from mesh.model import Acceptance

ACCEPTANCE_OF_NOTHING = Kind(
    code="acceptance-of-nothing",
    severity="warning",
    what="The stack file accepts a finding that does not occur.",
    why="It would accept the next one that fits, and nobody would look.",
    example="accept[0]: there is no single-machine of ledger",
    fix="Remove it from accept.",
)
ACCEPTANCE_EXPIRED = Kind(
    code="acceptance-expired",
    severity="warning",
    what="The stack file accepts a finding until a day that has passed.",
    why="The finding counts again.",
    example="accept[1]: undeclared-opening of cart to * was accepted until 2026-03-31",
    fix="Fix what is found, or set another day with a reason that still holds.",
)
KINDS = (ACCEPTANCE_OF_NOTHING, ACCEPTANCE_EXPIRED)


@dataclass(frozen=True)
class Judged:
    standing: tuple[Finding, ...]
    """Findings that nobody accepts, and problems of acceptances; the worst first."""
    accepted: tuple[tuple[Finding, Acceptance], ...]

    def of(self, severity: Severity) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.standing if finding.severity == severity)


def judged(findings: tuple[Finding, ...], acceptances: tuple[Acceptance, ...], today: date) -> Judged:
    """An acceptance counts up to its day; the first that fits counts."""
    valid = [acceptance for acceptance in acceptances if acceptance.until is None or today <= acceptance.until]
    accepted = {
        finding: fitting
        for finding in findings
        if (fitting := next((acceptance for acceptance in valid if _fits(acceptance, finding)), None))
    }
    standing = [finding for finding in findings if finding not in accepted]
    return Judged(
        gravest_first((*standing, *_useless(findings, acceptances, today))),
        tuple((finding, accepted[finding]) for finding in findings if finding in accepted),
    )


def _useless(findings: tuple[Finding, ...], acceptances: tuple[Acceptance, ...], today: date) -> Iterator[Finding]:
    for position, acceptance in enumerate(acceptances):
        subject = f"accept[{position}]"
        about = f"{acceptance.code} of {', '.join(acceptance.of)}"
        if not any(_fits(acceptance, finding) for finding in findings):
            yield Finding(ACCEPTANCE_OF_NOTHING, subject, f"there is no {about}")
        elif acceptance.until is not None and acceptance.until < today:
            yield Finding(ACCEPTANCE_EXPIRED, subject, f"{about} was accepted until {acceptance.until.isoformat()}")


def _fits(acceptance: Acceptance, finding: Finding) -> bool:
    return finding.code == acceptance.code and any(covers(pattern, finding.subject) for pattern in acceptance.of)


def covers(pattern: str, subject: str) -> bool:
    """Whether a subject is meant by a pattern, in which * stands for any characters."""
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), subject) is not None
