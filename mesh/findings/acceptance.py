"""What a stack file accepts, taken out of the findings."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from mesh.findings import catalogue as kinds
from mesh.findings.finding import Finding, gravest_first
from mesh.model import Acceptance


@dataclass(frozen=True)
class Judged:
    standing: tuple[Finding, ...]
    """What nobody accepts, and what is wrong with the acceptances themselves. The gravest first."""
    accepted: tuple[tuple[Finding, Acceptance], ...]

    def of(self, severity: kinds.Severity) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.standing if finding.severity == severity)


def judged(found: tuple[Finding, ...], acceptances: tuple[Acceptance, ...], today: date) -> Judged:
    """An acceptance counts up to its day; the first that fits counts."""
    valid = [each for each in acceptances if each.until is None or today <= each.until]
    accepted = {
        finding: fitting
        for finding in found
        if (fitting := next((each for each in valid if _fits(each, finding)), None))
    }
    standing = [finding for finding in found if finding not in accepted]
    return Judged(
        gravest_first((*standing, *_useless(found, acceptances, today))),
        tuple((finding, accepted[finding]) for finding in found if finding in accepted),
    )


def _useless(found: tuple[Finding, ...], acceptances: tuple[Acceptance, ...], today: date) -> Iterator[Finding]:
    for position, each in enumerate(acceptances):
        subject = f"accept[{position}]"
        about = f"{each.code} of {', '.join(each.of)}"
        if not any(_fits(each, finding) for finding in found):
            yield Finding(kinds.ACCEPTANCE_OF_NOTHING, subject, f"there is no {about}")
        elif each.until is not None and each.until < today:
            yield Finding(kinds.ACCEPTANCE_EXPIRED, subject, f"{about} was accepted until {each.until.isoformat()}")


def _fits(acceptance: Acceptance, finding: Finding) -> bool:
    return finding.code == acceptance.code and any(_covers(pattern, finding.subject) for pattern in acceptance.of)


def _covers(pattern: str, subject: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), subject) is not None
