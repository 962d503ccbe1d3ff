"""What really keeps everybody else out of each call, as a sheet or as data."""

from collections import Counter
from collections.abc import Iterable
from typing import Any

from mesh.access.enforcement import Enforcement, Enforcer
from mesh.views.sheets import Sheet

_KEPT: dict[Enforcer, str] = {
    "policy": "policy: by identity",
    "network": "network: by address",
    "nothing": "nothing but the callee itself",
}


def sheet(found: Iterable[Enforcement]) -> Sheet:
    rows = (
        (
            f"{one.cell.caller} → {one.cell.callee}",
            f"{one.cell.port.number} {one.cell.port.name}",
            _KEPT[one.by],
            ", ".join(one.network),
            ", ".join(one.asks),
            "asks others not to" if one.advised else "",
            ", ".join(one.notes),
        )
        for one in found
    )
    columns = (
        *("caller → callee", "port", "others are kept out by", "the network lets in", "policies ask of a call"),
        *("sidecars of others", "besides"),
    )
    return Sheet(columns, tuple(rows))


def data(found: Iterable[Enforcement]) -> list[dict[str, Any]]:
    return [
        {
            "caller": one.cell.caller,
            "callee": one.cell.callee,
            "port": one.cell.port.number,
            "by": one.by,
            "network": list(one.network),
            "asks": list(one.asks),
            "advised": one.advised,
            "notes": list(one.notes),
        }
        for one in found
    ]


def summary(found: Iterable[Enforcement]) -> str:
    counts = Counter(one.by for one in found)
    return (
        f"calls from which others are kept out by identity: {counts['policy']:,}, by address only: "
        f"{counts['network']:,}, by nothing but the callee itself: {counts['nothing']:,}."
    )
