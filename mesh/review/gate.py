"""What stops a change, and who approves it: widened access, losses, what Azure refuses, and errors of the plan."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from mesh.findings import acceptance
from mesh.model import Approval
from mesh.review.calls import CallChange
from mesh.review.enforcement import EnforcementChange
from mesh.review.exposure import ExposureChange


@dataclass(frozen=True)
class Widening:
    """Access that the change gives, and that somebody has to want."""

    subject: str
    """As an approval names it: `cart to orders:8080`."""
    text: str


@dataclass(frozen=True)
class Approved:
    widening: Widening
    by: str
    """The reason in the stack file, or that the command was told so."""


@dataclass(frozen=True)
class Approvals:
    approved: tuple[Approved, ...]
    missing: tuple[Widening, ...]
    expired: tuple[Approval, ...]
    """Those that would approve something, if their day were not over."""


def widenings(
    calls: Iterable[CallChange], exposures: Iterable[ExposureChange], enforcement: Iterable[EnforcementChange]
) -> tuple[Widening, ...]:
    """Each subject once."""
    found: dict[str, list[str]] = {}
    for call in calls:
        if call.needs_approval:
            what = "is new" if call.kind == "new" else "is widened"
            found.setdefault(call.subject, []).append(f"{what}: {'; '.join(call.opened)}")
    for exposure in exposures:
        if exposure.needs_approval:
            what = "is new" if exposure.kind == "new" else "is widened"
            before = f"; before, {exposure.before}" if exposure.before else ""
            found.setdefault(exposure.subject, []).append(f"{what}: {exposure.after}{before}")
    for change in enforcement:
        if change.needs_approval:
            text = f"others are kept out {change.after}; before, {change.before}"
            found.setdefault(change.subject, []).append(text)
    return tuple(Widening(subject, "; ".join(texts)) for subject, texts in found.items())


def approvals(
    needed: Iterable[Widening], declared: Iterable[Approval], passed_in: Iterable[str], today: date
) -> Approvals:
    """An approval counts up to its day."""
    all_declared = tuple(declared)
    valid = [approval for approval in all_declared if today <= approval.until]
    approved, missing, expired = [], [], dict[Approval, None]()
    patterns = tuple(passed_in)
    for widening in needed:
        fitting = next((approval for approval in valid if _covers(approval.call, widening.subject)), None)
        if fitting:
            until = fitting.until.isoformat()
            approved.append(Approved(widening, f"{fitting.reason} (approved in the stack file until {until})"))
        elif any(_covers(pattern, widening.subject) for pattern in patterns):
            approved.append(Approved(widening, "approved for this run (--approve)"))
        else:
            missing.append(widening)
            expired |= dict.fromkeys(each for each in all_declared if _covers(each.call, widening.subject))
    return Approvals(tuple(approved), tuple(missing), tuple(expired))


def _covers(pattern: str, subject: str) -> bool:
    """`cart to orders` is all ports of orders."""
    without_port = subject.rpartition(":")[0]
    return acceptance.covers(pattern, subject) or (":" in subject and acceptance.covers(pattern, without_port))


def refused(losses: Mapping[str, str], allowed: Collection[str]) -> Mapping[str, str]:
    """The losses that nobody allows by name; with a cluster that is lost go its pools and namespaces."""
    return {name: fate for name, fate in sorted(losses.items()) if not _is_allowed(name, losses, allowed)}


def _is_allowed(name: str, losses: Mapping[str, str], allowed: Collection[str]) -> bool:
    first, _, rest = name.partition("/")
    if rest.startswith("Namespace/") and f"cluster/{first}" in losses:
        return True  # said by the loss of its cluster
    of_pool = f"cluster/{rest.partition('/')[0]}" if first == "pool" else ""
    return name in allowed or (of_pool in losses and of_pool in allowed)
