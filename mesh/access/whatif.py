"""A plan before and after a loss → what each declared route still goes through, or what stops it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from mesh.access.attempts import Verdict
from mesh.access.declared import Allowance, allowances, attempts, client
from mesh.access.judge import Judge
from mesh.access.world import World
from mesh.model import Ingress, Route

Fate = Literal["lost", "partly", "without spare", "fewer ways", "intact", "closed before"]
FATES: tuple[Fate, ...] = ("lost", "partly", "without spare", "fewer ways", "intact", "closed before")
"""The gravest first. `partly`: not from everywhere, or not for all that is asked. `without spare`: one place is left
that calls, or that answers, of several."""
Passage = tuple[str, str]
"""From where to where."""


@dataclass(frozen=True)
class Survival:
    route: Allowance
    fate: Fate
    through: tuple[Passage, ...]
    """Where it still goes."""
    lost: tuple[Passage, ...]
    """Where it went before."""
    why: str
    """The reason why it is stopped; empty if it works."""


def survivals(before: Judge, after: Judge) -> tuple[Survival, ...]:
    """Of every declared route, the gravest first."""
    allowed, routes = allowances(before.world), before.world.plan.environment.routes
    declared = {(_caller(before.world, route), route.callee.name, route.port.number) for route in routes}
    found = (_survival(before, after, allowed[pair]) for pair in sorted(declared))
    return tuple(sorted(found, key=lambda one: FATES.index(one.fate)))


def _caller(world: World, route: Route) -> str:
    return client(world, route.caller) if isinstance(route.caller, Ingress) else route.caller.name


def _survival(before: Judge, after: Judge, route: Allowance) -> Survival:
    asked = tuple(attempts(route))
    was = _passages(map(before.verdict, asked))
    if not _calls(after, route):
        return Survival(route, "lost" if was else "closed before", (), was, f"nothing is left that runs {route.caller}")
    verdicts = [*map(after.verdict, asked)]
    now = _passages(verdicts)
    gone = tuple(ends for ends in was if ends not in now)
    why = "" if all(verdict.allowed for verdict in verdicts) else next(_stops(verdicts))
    return Survival(route, _fate(was, now, why), now, gone, why)


def _calls(judge: Judge, route: Allowance) -> bool:
    world = judge.world
    return bool(world.callers.get(route.caller)) or route.caller in world.ingress


def _fate(was: tuple[Passage, ...], now: tuple[Passage, ...], why: str) -> Fate:
    if not was:
        return "closed before"
    if not now:
        return "lost"
    if why:
        return "partly"
    if was == now:
        return "intact"
    one_left = any(len({ends[end] for ends in now}) == 1 < len({ends[end] for ends in was}) for end in (0, 1))
    return "without spare" if one_left else "fewer ways"


def _passages(verdicts: Iterable[Verdict]) -> tuple[Passage, ...]:
    ways = (way for verdict in verdicts for way in verdict.ways if way.outcome != "stops")
    return tuple(sorted({(way.source, way.destination) for way in ways}))


def _stops(verdicts: Iterable[Verdict]) -> Iterator[str]:
    for verdict in verdicts:
        for way in verdict.ways:
            if step := way.stopped_by:
                yield f"from {way.source}: {step.text}"
