"""Findings, as what a person or a script reads."""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from mesh.findings import Finding
from mesh.findings.acceptance import Judged
from mesh.findings.catalogue import SEVERITIES, Severity
from mesh.model import Acceptance

_MOST_OF_A_KIND = 10


def lines(found: Iterable[Finding], file: str) -> Iterator[str]:
    """By kind: what it is, where it is, and the way out."""
    for kind, group in groupby(found, key=lambda finding: finding.kind):
        findings = list(group)
        yield f"{file}: {kind.severity}: {kind.code}: {kind.what}"
        yield from (f"  {finding.subject}: {finding.text}" for finding in findings[:_MOST_OF_A_KIND])
        if len(findings) > _MOST_OF_A_KIND:
            yield f"  and {len(findings) - _MOST_OF_A_KIND} more"
        yield f"  Why: {kind.why}"
        yield f"  Way out: {kind.way_out}"


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
        "wayOut": finding.way_out,
    }


def _accepted(acceptance: Acceptance) -> dict[str, str | None]:
    return {"reason": acceptance.reason, "until": acceptance.until.isoformat() if acceptance.until else None}
