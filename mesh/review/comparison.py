"""Two plans and the engine's events, as one comparison: what changes, and what stops it."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date

from mesh.findings import Finding, Judged
from mesh.model import Environment
from mesh.plan import Plan
from mesh.review import blast_radii, calls, enforcement, exposure, gate, identities, refusals
from mesh.review.blast_radii import RadiusChange
from mesh.review.calls import CallChange
from mesh.review.enforcement import EnforcementChange
from mesh.review.exposure import ExposureChange
from mesh.review.gate import Approvals
from mesh.review.identities import IdentityChange
from mesh.review.reading import Reading
from mesh.review.refusals import Refusal
from mesh.review.steps import Step


@dataclass(frozen=True)
class Access:
    """What a change does to access. Of a new environment everything is new."""

    calls: tuple[CallChange, ...]
    exposures: tuple[ExposureChange, ...]
    enforcement: tuple[EnforcementChange, ...]
    radii: tuple[RadiusChange, ...]
    identities: tuple[IdentityChange, ...]
    before: int
    """How many calls were open."""
    after: int


@dataclass(frozen=True)
class Comparison:
    access: Access | None
    """None where there is no base to compare with."""
    declares_the_same: bool
    """Whether both stack files become the same plan."""
    approvals: Approvals
    steps: tuple[Step, ...] | None
    """None where the engine gave none, as the plan has errors."""
    losses: Mapping[str, str]
    """By name, such as cluster/west: what would happen to it."""
    refused: Mapping[str, str]
    """The losses that nobody allows."""
    refusals: tuple[Refusal, ...]
    findings: tuple[Finding, ...]
    """Those that the base does not have."""
    gone: tuple[Finding, ...]
    errors: tuple[Finding, ...]
    """Those of the head that keep it from being deployed, new or not."""

    @property
    def stops(self) -> bool:
        return bool(self.approvals.missing or self.refused or self.refusals or self.errors)


@dataclass(frozen=True)
class Side:
    """A stack file at a moment: its plan, and what is found of it."""

    plan: Plan
    judged: Judged


@dataclass(frozen=True)
class Engine:
    """What the engine's preview says."""

    steps: tuple[Step, ...]
    losses: Mapping[str, str]


@dataclass(frozen=True)
class Consent:
    """What somebody lets pass this time, beside what the stack file approves."""

    allowed: Collection[str]
    """Losses, by name."""
    approved: Collection[str]
    """Access, by patterns as those of an approval."""
    day: date


def comparison(
    base: Side | None,
    head: Side,
    access: Access | None,
    engine: Engine | None,
    consent: Consent,
) -> Comparison:
    steps = engine.steps if engine else ()
    needed = gate.widenings(access.calls, access.exposures, access.enforcement) if access else ()
    before = _keyed(base.judged.standing) if base else {}
    after = _keyed(head.judged.standing)
    return Comparison(
        access=access,
        declares_the_same=base is not None and _is_same(base.plan, head.plan),
        approvals=gate.approvals(needed, head.plan.environment.approved, consent.approved, consent.day),
        steps=engine.steps if engine else None,
        losses=engine.losses if engine else {},
        refused=gate.refused(engine.losses, consent.allowed) if engine else {},
        refusals=refusals.refusals(base.plan if base else None, head.plan, steps),
        findings=tuple(finding for key, finding in after.items() if key not in before) if base else (),
        gone=tuple(finding for key, finding in before.items() if key not in after),
        errors=head.judged.of("error"),
    )


def nothing(environment: Environment) -> Plan:
    """What there was before a new environment."""
    empty = replace(environment, networks=(), clusters=(), machines=(), workloads=(), routes=(), tracing=None)
    return Plan(empty, (), (), (), ())


def access(before: Plan, after: Plan) -> Access:
    base = Reading(before)
    head = base if _is_same(before, after) else Reading(after)
    if base is head:
        return Access((), (), (), (), (), len(base.calls), len(base.calls))
    return Access(
        calls.changes(base, head),
        exposure.changes(base, head),
        enforcement.changes(base, head),
        blast_radii.changes(base, head),
        identities.changes(base, head),
        len(base.calls),
        len(head.calls),
    )


def _is_same(before: Plan, after: Plan) -> bool:
    """But for what the files say of findings and of approvals."""
    return _without_words(before) == _without_words(after)


def _without_words(plan: Plan) -> Plan:
    return replace(plan, environment=replace(plan.environment, accepted=(), approved=()))


def _keyed(found: Iterable[Finding]) -> Mapping[tuple[str, str], Finding]:
    """A finding is the same one while its kind and its subject are, whatever its text counts."""
    return {(finding.code, finding.subject): finding for finding in found}
