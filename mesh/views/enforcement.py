"""Enforcement of each call → a table or data."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from mesh.access.enforcement import Enforcement, Enforcer
from mesh.views.tables import Sheet

_KEPT: dict[Enforcer, str] = {
    "policy": "policy: by identity",
    "pod": "NetworkPolicy: by pod",
    "network": "network: by address",
    "nothing": "nothing but the callee itself",
}


def sheet(found: Iterable[Enforcement]) -> Sheet:
    rows = (
        (
            f"{enforcement.cell.caller} → {enforcement.cell.callee}",
            f"{enforcement.cell.port.number} {enforcement.cell.port.name}",
            _KEPT[enforcement.by],
            ", ".join(enforcement.network),
            ", ".join(enforcement.asks),
            "asks others not to" if enforcement.advised else "",
            ", ".join(enforcement.notes),
        )
        for enforcement in found
    )
    columns = (
        *("caller → callee", "port", "others are kept out by", "the network lets in", "policies ask of a call"),
        *("sidecars of others", "besides"),
    )
    return Sheet(columns, tuple(rows))


def data(found: Iterable[Enforcement]) -> list[dict[str, Any]]:
    return [
        {
            "caller": enforcement.cell.caller,
            "callee": enforcement.cell.callee,
            "port": enforcement.cell.port.number,
            "by": enforcement.by,
            "network": list(enforcement.network),
            "asks": list(enforcement.asks),
            "advised": enforcement.advised,
            "notes": list(enforcement.notes),
        }
        for enforcement in found
    ]


def summary(found: Iterable[Enforcement]) -> str:
    counts = Counter(enforcement.by for enforcement in found)
    return (
        f"calls from which others are kept out by identity: {counts['policy']:,}, by pod: {counts['pod']:,}, "
        f"by address only: {counts['network']:,}, by nothing but the callee itself: {counts['nothing']:,}."
    )
