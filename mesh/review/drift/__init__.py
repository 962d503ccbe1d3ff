"""A plan, and what is live → everything that somebody changed behind the program's back, each in its class."""

from mesh.plan import Plan
from mesh.review.drift import azure, objects, releases, unowned
from mesh.review.drift.changes import Change
from mesh.review.drift.live import Live


def changes(plan: Plan, live: Live) -> tuple[Change, ...]:
    return (
        *azure.changed(plan, live),
        *objects.changed(plan, live),
        *releases.changed(plan, live),
        *unowned.changed(plan, live),
    )
