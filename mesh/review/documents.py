"""A comparison → data for scripts, all of it."""

from dataclasses import asdict
from typing import Any

from mesh.findings import Finding
from mesh.review.calls import CallChange
from mesh.review.comment import About
from mesh.review.comparison import Comparison
from mesh.review.horizon import Horizon
from mesh.review.steps import Step


def document(about: About, found: Comparison, horizon: Horizon | None, status: int) -> dict[str, Any]:
    access = found.access
    return {
        "stack": about.stack,
        "base": about.base,
        "exit": status,
        "stops": found.stops,
        "access": None
        if access is None
        else {
            "openBefore": access.before,
            "openAfter": access.after,
            "calls": [_call(change) for change in access.calls],
            "exposures": [_keys(asdict(change)) for change in access.exposures],
            "enforcement": [_keys(asdict(change)) for change in access.enforcement],
            "blastRadius": [_keys(asdict(change)) for change in access.radii],
            "identities": [asdict(change) for change in access.identities],
        },
        "approved": [{"access": one.widening.subject, "by": one.by} for one in found.approvals.approved],
        "notApproved": [{"access": one.subject, "what": one.text} for one in found.approvals.missing],
        "steps": None if found.steps is None else [_step(step) for step in found.steps],
        "losses": [
            {"resource": name, "fate": fate, "allowed": name not in found.refused}
            for name, fate in sorted(found.losses.items())
        ],
        "refusals": [asdict(refusal) for refusal in found.refusals],
        "findings": {
            "new": [_finding(finding) for finding in found.findings],
            "gone": [_finding(finding) for finding in found.gone],
            "errors": [_finding(finding) for finding in found.errors],
        },
        "certificates": None
        if horizon is None
        else [{"file": one.file, "ends": one.ends.isoformat()} for one in horizon.expiries],
    }


def failed(about: About, message: str, status: int) -> dict[str, Any]:
    return {"stack": about.stack, "base": about.base, "exit": status, "failed": message}


def _call(change: CallChange) -> dict[str, Any]:
    return {
        "change": change.kind,
        "caller": change.caller,
        "callee": change.callee,
        "port": change.port.number,
        "before": list(change.before),
        "after": list(change.after),
        "opened": list(change.opened),
        "closed": list(change.closed),
        "through": [{"from": start, "to": end} for start, end in change.places],
        "by": list(change.by),
        "othersAreKeptOut": change.kept_out or None,
        "needsApproval": change.needs_approval,
    }


def _keys(record: dict[str, Any]) -> dict[str, Any]:
    """In the spelling of JSON: needsApproval."""
    return {_camel(key): value for key, value in record.items()}


def _camel(key: str) -> str:
    first, *rest = key.split("_")
    return first + "".join(map(str.title, rest))


def _step(step: Step) -> dict[str, Any]:
    return {**_keys(asdict(step)), "paths": list(step.paths), "causes": list(step.causes)}


def _finding(finding: Finding) -> dict[str, str]:
    return {
        "code": finding.code,
        "severity": finding.severity,
        "subject": finding.subject,
        "text": finding.text,
    }
