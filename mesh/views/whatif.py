"""Routes without a part of the environment → a table or data."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from mesh.access.whatif import FATES, Passage, Survival
from mesh.views.tables import Sheet


def sheet(found: Iterable[Survival]) -> Sheet:
    """Only the routes that change."""
    rows = (
        (
            str(survival.route),
            survival.fate,
            ", ".join(map(_passage, survival.through)),
            ", ".join(map(_passage, survival.lost)),
            survival.why,
        )
        for survival in found
        if survival.fate not in ("intact", "closed before")
    )
    return Sheet(("route", "fate", "still goes", "no longer goes", "stopped"), tuple(rows))


def data(found: Iterable[Survival]) -> list[dict[str, Any]]:
    return [
        {
            "caller": survival.route.caller,
            "callee": survival.route.callee.name,
            "port": survival.route.port.number,
            "fate": survival.fate,
            "through": [{"from": source, "to": destination} for source, destination in survival.through],
            "lost": [{"from": source, "to": destination} for source, destination in survival.lost],
            "why": survival.why,
        }
        for survival in found
    ]


def summary(found: tuple[Survival, ...]) -> str:
    counts = Counter(survival.fate for survival in found)
    fates = ", ".join(f"{counts[fate]} {fate}" for fate in FATES if counts[fate])
    return f"of {len(found)} routes {fates}." if found else "there are no routes."


def _passage(passage: Passage) -> str:
    source, destination = passage
    return f"{source} → {destination}"
