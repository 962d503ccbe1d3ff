"""What becomes of routes where something is missing, as a sheet or as data."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from mesh.access.whatif import FATES, Passage, Survival
from mesh.views.sheets import Sheet


def sheet(found: Iterable[Survival]) -> Sheet:
    """Of those to which something happens."""
    rows = (
        (str(one.route), one.fate, ", ".join(map(_passage, one.through)), ", ".join(map(_passage, one.lost)), one.why)
        for one in found
        if one.fate not in ("intact", "closed before")
    )
    return Sheet(("route", "fate", "still goes", "no longer goes", "stopped"), tuple(rows))


def data(found: Iterable[Survival]) -> list[dict[str, Any]]:
    return [
        {
            "caller": one.route.caller,
            "callee": one.route.callee.name,
            "port": one.route.port.number,
            "fate": one.fate,
            "through": [{"from": source, "to": destination} for source, destination in one.through],
            "lost": [{"from": source, "to": destination} for source, destination in one.lost],
            "why": one.why,
        }
        for one in found
    ]


def summary(found: tuple[Survival, ...]) -> str:
    counts = Counter(one.fate for one in found)
    fates = ", ".join(f"{counts[fate]} {fate}" for fate in FATES if counts[fate])
    return f"of {len(found)} routes {fates}." if found else "there are no routes."


def _passage(passage: Passage) -> str:
    source, destination = passage
    return f"{source} → {destination}"
