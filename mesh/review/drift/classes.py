"""Changes → each in its class: by what it opens and what it breaks, judged on what is live."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

from mesh.plan import Plan
from mesh.review.drift import expected, theirs, unjudged
from mesh.review.drift.changes import Change
from mesh.review.drift.differences import Difference
from mesh.review.drift.effects import Effect, Effects

Class = Literal["widens access", "breaks calls", "ends soon", "cosmetic", "expected", "theirs"]
CLASSES: tuple[Class, ...] = ("widens access", "breaks calls", "ends soon", "cosmetic", "expected", "theirs")
"""The gravest first."""
DRIFT: frozenset[Class] = frozenset({"widens access", "breaks calls", "ends soon", "cosmetic"})
"""What makes a drift report end with 1."""


@dataclass(frozen=True)
class Classed:
    change: Change
    of: Class
    opens: tuple[str, ...] = ()
    """Calls that are open and were not declared; or, where nobody can judge, what may be open."""
    breaks: tuple[str, ...] = ()
    reason: str = ""
    """Why it is expected, or theirs."""


def classed(plan: Plan, changes: Iterable[Change], effects: Effects) -> tuple[Classed, ...]:
    """`effects` are the plan's."""
    return tuple(item for change in changes for item in _classed(plan, change, effects))


def excused(plan: Plan, change: Change, difference: Difference) -> tuple[Class, str] | None:
    """Why a difference is nobody's mistake; None where it is drift."""
    if why := expected.reason(change, difference, plan):
        return "expected", why
    if kept := theirs.reason(change, difference.path, plan.environment):
        return "theirs", kept
    return None


def _classed(plan: Plan, change: Change, effects: Effects) -> Iterator[Classed]:
    """One change may be of several classes: some of its fields are others' to write."""
    rest: list[Difference] = []
    known: dict[tuple[Class, str], list[Difference]] = {}
    for difference in change.differences:
        if excuse := excused(plan, change, difference):
            known.setdefault(excuse, []).append(difference)
        else:
            rest.append(difference)
    for (of, why), differences in known.items():
        yield from _harmless(replace(change, differences=tuple(differences)), of, why, effects)
    if rest:
        yield _judged(replace(change, differences=tuple(rest)), effects)
    elif change.expected:
        yield Classed(change, "expected", reason=change.expected)
    elif not change.differences:
        kept = theirs.reason(change, "", plan.environment) if change.what == "unowned" else None
        yield from _harmless(change, "theirs", kept, effects) if kept else [_judged(change, effects)]


def _harmless(change: Change, of: Class, why: str, effects: Effects) -> Iterator[Classed]:
    """What others keep is told all the same where the judge sees that it opens or breaks a call."""
    effect = effects.of(change) if of == "theirs" else Effect((), ())
    if effect.opens or effect.breaks:
        worst: Class = "widens access" if effect.opens else "breaks calls"
        yield Classed(change, worst, effect.opens, effect.breaks, f"declared as theirs: {why}")
    else:
        yield Classed(change, of, reason=why)


def _judged(change: Change, effects: Effects) -> Classed:
    effect = effects.of(change)
    opens = (*effect.opens, *unjudged.openings(change, followed=effect.judged))
    breaks = effect.breaks or (() if opens else unjudged.breakages(change))
    worst: Class = "widens access" if opens else "breaks calls" if breaks else "cosmetic"
    return Classed(change, worst, opens, breaks)
