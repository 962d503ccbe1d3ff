"""Drift, as a table, as Markdown for an issue, and as JSON; never with a value that may be a secret."""

import json
from collections.abc import Iterable, Iterator
from typing import Any

from mesh.review.drift.changes import Change
from mesh.review.drift.classes import CLASSES, DRIFT, Class, Classed
from mesh.review.drift.differences import Difference
from mesh.review.drift.repairs import Repair
from mesh.review.drift.report import Drift
from mesh.views import tables
from mesh.views.tables import Sheet

_SHOWN_WHOLE = frozenset(
    {
        *("NetworkSecurityGroup", "Subnet", "RouteTable", "VirtualNetwork", "VirtualNetworkPeering"),
        *("AuthorizationPolicy", "PeerAuthentication", "Sidecar", "Gateway", "ServiceEntry", "DestinationRule"),
        *("WorkloadEntry", "WorkloadGroup", "Service", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"),
    }
)
"""Kinds whose values say who may call whom and hold no secrets; of all others only paths are shown."""
_MAY_BE_SECRET = ("header", "annotation", "label", "token", "password", "key", "secret", "env", "data")
_LONGEST_VALUE = 120
_MOST_CALLS, _MOST_FIELDS = 12, 8
_LARGEST_ISSUE = 60_000
"""Characters that GitHub takes."""

_MEANING: dict[Class, str] = {
    "widens access": "opens calls that no route declares, or may",
    "breaks calls": "stops calls that routes declare",
    "ends soon": "works today, and ends on a day that is near",
    "cosmetic": "differs, and changes no call",
    "expected": "changes by itself on a sound environment",
    "theirs": "kept by others, as the stack file says",
}


def summary(drift: Drift) -> str:
    """`Stack prod has drifted: 2 widen access, 1 breaks calls; 3 expected.`"""
    counts = drift.counts
    drifted = [f"{count} × {each}" for each, count in counts.items() if each in DRIFT]
    rest = [f"{count} {each}" for each, count in counts.items() if each not in DRIFT]
    beside = f" Beside it {', '.join(rest)}." if rest else ""
    if not drifted:
        return f"Stack {drift.stack} is as its stack file says: no drift.{beside}"
    return f"Stack {drift.stack} has drifted: {', '.join(drifted)}.{beside}"


def sheet(drift: Drift) -> Sheet:
    return Sheet(("class", "what", "differs", "opens", "breaks", "why"), tuple(_row(item) for item in drift.found))


def data(drift: Drift) -> dict[str, Any]:
    return {
        "stack": drift.stack,
        "drift": bool(drift.drifted),
        "counts": dict(drift.counts),
        "found": [
            {
                "class": item.of,
                "subject": item.change.subject,
                "kind": item.change.kind,
                "what": item.change.what,
                "owner": item.change.owner,
                "note": item.change.note,
                "differences": [
                    {"path": one.path, "kind": one.kind, **_values(item.change, one)} for one in item.change.differences
                ],
                "opens": list(item.opens),
                "breaks": list(item.breaks),
                "reason": item.reason,
            }
            for item in drift.found
        ],
    }


def markdown(drift: Drift) -> str:
    """Whole changes are left out at the end where an issue would not take them, and that is said."""
    head = [f"**{summary(drift)}**", ""]
    parts = [part for each in CLASSES if (found := drift.of(each)) for part in _section(each, found)]
    foot = ["", *repairs(drift)] if drift.drifted else []
    room = _LARGEST_ISSUE - len("\n".join([*head, *foot])) - 200
    shown: list[str] = []
    for number, part in enumerate(parts):
        room -= len(part) + 1
        if room < 0:
            shown += ["", f"… and {len(parts) - number} more lines; `mesh drift --stack {drift.stack}` shows all."]
            break
        shown.append(part)
    return "\n".join([*head, *shown, *foot]) + "\n"


def repairs(drift: Drift) -> Iterator[str]:
    """What truly puts back what is declared: an update compares with the state, and leaves it."""
    stack = drift.stack
    yield f"Put back what is declared: `mesh drift --repair --stack {stack}`. It shows what it will do, and asks."
    yield f"(`pulumi up --stack {stack}` does not: it compares with its state, not with what is live.)"
    if any(item.change.what == "unowned" for item in drift.drifted):
        yield (
            "What the program does not own is deleted only where you name it (`--delete`). What others keep belongs "
            "into `theirs:` of the stack file."
        )


def lines(drift: Drift, *, every: bool = False) -> Iterator[str]:
    """For a terminal that is too narrow for a table, or a log."""
    for item in drift.found if every else drift.drifted:
        yield f"{item.of}: {_what(item.change)}"
        for label, texts in (("differs", _fields(item.change)), ("opens", item.opens), ("breaks", item.breaks)):
            yield from (f"  {label}: {text}" for text in texts)


def planned(found: Iterable[Repair]) -> Iterator[str]:
    """What a repair will do, and what it leaves."""
    for repair in found:
        item = repair.item
        yield f"{item.of}: {_what(item.change)}"
        for label, texts in (("differs", _fields(item.change)), ("opens", item.opens), ("breaks", item.breaks)):
            yield from (f"  {label}: {text}" for text in _cut(texts, _MOST_CALLS))
        yield f"  → {repair.text}"


def _section(each: Class, found: tuple[Classed, ...]) -> Iterator[str]:
    folded = each not in DRIFT
    title = f"{each[0].upper()}{each[1:]} ({len(found)}): {_MEANING[each]}"
    yield f"<details><summary>{title}</summary>\n" if folded else f"### {title}\n"
    columns = ("what", "differs", "opens", "breaks", "why")
    rows = Sheet(columns, tuple(_row(item)[1:] for item in found))
    yield from tables.markdown(rows).splitlines()
    yield "\n</details>\n" if folded else ""


def _row(item: Classed) -> tuple[str, ...]:
    return (
        item.of,
        _what(item.change),
        "\n".join(_cut(_fields(item.change), _MOST_FIELDS)),
        "\n".join(_cut(item.opens, _MOST_CALLS)),
        "\n".join(_cut(item.breaks, _MOST_CALLS)),
        item.reason,
    )


def _what(change: Change) -> str:
    said = {"changed": "", "missing": "is gone", "unowned": "is declared by nobody"}[change.what]
    note = f"({change.note})" if change.note else ""
    return " ".join(part for part in (change.subject, said, note) if part)


def _fields(change: Change) -> list[str]:
    marks = {"added": "+", "removed": "-", "changed": "~"}
    return [_field(change, one, marks[one.kind]) for one in change.differences]


def _field(change: Change, difference: Difference, mark: str) -> str:
    values = _values(change, difference)
    shown = [json.dumps(values[side], ensure_ascii=False) for side in ("declared", "live") if side in values]
    text = " → ".join(text if len(text) <= _LONGEST_VALUE else f"{text[:_LONGEST_VALUE]}…" for text in shown)
    return f"{mark} {difference.path or 'it'}{f': {text}' if text else ''}"


def _values(change: Change, difference: Difference) -> dict[str, Any]:
    """Only of what holds no secrets."""
    sides = {"declared": difference.declared, "live": difference.live}
    values = {side: value for side, value in sides.items() if value is not None}
    told = f"{difference.path} {values}".lower()
    if change.kind not in _SHOWN_WHOLE or any(word in told for word in _MAY_BE_SECRET):
        return {}
    return json.loads(json.dumps(values, default=str))  # type: ignore[no-any-return]


def _cut(texts: tuple[str, ...] | list[str], most: int) -> list[str]:
    shown = list(texts[:most])
    return [*shown, f"and {len(texts) - most} more"] if len(texts) > most else shown
