"""Findings, as what a person or a script reads."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from mesh.findings import Finding, Judged
from mesh.findings.codes import SEVERITIES, Severity
from mesh.model import Acceptance

_MOST_OF_A_KIND = 10


def lines(findings: Iterable[Finding], file: str) -> Iterator[str]:
    """Findings by kind: what, where, why it matters, the fix."""
    for kind, group in groupby(findings, key=lambda finding: finding.kind):
        of_kind = list(group)
        yield f"{file}: {kind.severity}: {kind.code}: {kind.what}"
        yield from (f"  {finding.subject}: {finding.text}" for finding in of_kind[:_MOST_OF_A_KIND])
        if len(of_kind) > _MOST_OF_A_KIND:
            yield f"  and {len(of_kind) - _MOST_OF_A_KIND} more"
        yield f"  Why: {kind.why}"
        yield f"  Fix: {kind.fix}"


def counts(judged: Judged) -> str:
    """`1 error, 2 warnings, 3 notes and 4 accepted`; empty where there is nothing to count."""
    numbers = [(len(judged.of(severity)), severity) for severity in SEVERITIES]
    words = [f"{count} {severity}{'' if count == 1 else 's'}" for count, severity in numbers if count]
    words += [f"{len(judged.accepted)} accepted"] if judged.accepted else []
    *first, last = words or [""]
    return f"{', '.join(first)} and {last}" if first else last


def shown(judged: Judged, *, notes: bool) -> tuple[Finding, ...]:
    hidden: tuple[Severity, ...] = () if notes else ("note",)
    return tuple(finding for finding in judged.standing if finding.severity not in hidden)


def warnings(judged: Judged) -> list[str]:
    return [f"{finding.code}: {finding.subject}: {finding.text}" for finding in judged.of("warning")]


def document(judged: Judged) -> dict[str, Any]:
    return {
        "findings": [_entry(finding) for finding in judged.standing],
        "accepted": [{**_entry(finding), **_accepted(acceptance)} for finding, acceptance in judged.accepted],
    }


def _entry(finding: Finding) -> dict[str, str]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "subject": finding.subject,
        "text": finding.text,
        "why": finding.why,
        "fix": finding.fix,
    }


def _accepted(acceptance: Acceptance) -> dict[str, str | None]:
    return {"reason": acceptance.reason, "until": acceptance.until.isoformat() if acceptance.until else None}
