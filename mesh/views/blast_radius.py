"""What an attacker reaches from a workload, and from which he reaches most, as sheets or as data."""

from collections.abc import Iterable
from typing import Any

from mesh.access.blast_radius import BlastRadius, Counts
from mesh.access.lateral_movement import Held
from mesh.views.tables import Sheet

MOST_SHOWN = 10
"""Of the widest, for somebody at a terminal; scripts get all."""
_HELD: dict[Held, str] = {
    "identity": "identity: the caller's certificate",
    "pod": "pod: a NetworkPolicy that names the caller",
    "address": "address: a place that the network lets in",
    "nothing": "nothing but the callee itself",
}


def sheet(radius: BlastRadius) -> Sheet:
    rows = (
        (
            str(reached.steps),
            f"{reached.source} → {reached.workload}",
            str(reached.port),
            _HELD[reached.held],
            reached.by,
            "database" if reached.database else "",
        )
        for reached in radius.reached
    )
    return Sheet(("step", "from → to", "port", "held by", "let through by", "what"), tuple(rows))


def data(radius: BlastRadius) -> list[dict[str, Any]]:
    return [
        {
            "workload": reached.workload,
            "steps": reached.steps,
            "from": reached.source,
            "port": reached.port,
            "held": reached.held,
            "by": reached.by,
            "database": reached.database,
        }
        for reached in radius.reached
    ]


def summary(counts: Counts, others: int) -> str:
    """`others`: how many workloads there are besides."""
    steps = ", ".join(
        f"{count} in {steps} step{'' if steps == 1 else 's'}" for steps, count in enumerate(counts.by_steps, start=1)
    )
    of_all = f"an attacker who owns {counts.compromised} reaches {counts.reached:,} of {others:,} other workloads"
    return f"{of_all}{f': {steps}' if steps else ''}; {_databases(counts)}."


def ranking(found: Iterable[Counts]) -> Sheet:
    """The widest first; those that reach nothing are left out."""
    rows = (
        (
            counts.compromised,
            str(counts.reached),
            *(str(count) for count in counts.by_held.values()),
            str(counts.databases or ""),
            str(counts.nearest_database or ""),
        )
        for counts in list(found)[:MOST_SHOWN]
        if counts.reached
    )
    columns = (
        "owned",
        "reaches",
        "held by identity",
        "by pod",
        "by address",
        "by nothing",
        "databases",
        "nearest in steps",
    )
    return Sheet(columns, tuple(rows))


def ranking_data(found: Iterable[Counts]) -> list[dict[str, Any]]:
    return [
        {
            "compromised": counts.compromised,
            "reached": counts.reached,
            "by_steps": list(counts.by_steps),
            **{f"held_by_{held}": count for held, count in counts.by_held.items()},
            "databases": counts.databases,
            "nearest_database": counts.nearest_database,
        }
        for counts in found
    ]


def ranking_summary(found: tuple[Counts, ...]) -> str:
    wide = sum(counts.reached > 0 for counts in found)
    near = sum(counts.nearest_database == 1 for counts in found)
    shown = f" (the widest {MOST_SHOWN} shown)" if wide > MOST_SHOWN else ""
    return f"{wide:,} of {len(found):,} workloads reach others{shown}; {near:,} of them a database in one step."


def _databases(counts: Counts) -> str:
    if not counts.databases:
        return "no database among them"
    nearest = f"the nearest in {counts.nearest_database} step{'' if counts.nearest_database == 1 else 's'}"
    return f"{counts.databases} of them {'is a database' if counts.databases == 1 else 'are databases'}, {nearest}"
