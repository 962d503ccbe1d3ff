"""A workload that an attacker owns, as all that he reaches from it, step by step.

Each workload that is reached is then taken to be owned too. What the internet reaches anyway is not counted.
"""

import functools
import itertools
import operator
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache, cached_property

from mesh.access.judge import Judge
from mesh.access.lateral_movement import HELD, Group, Held, LateralMovement, Move


@dataclass(frozen=True)
class Reached:
    """A workload, with the step that reaches it first."""

    workload: str
    steps: int
    source: str
    """The workload from which the last step is taken."""
    port: int
    held: Held
    """By what the last step is held: what an attacker needs for it."""
    by: str
    """The object of the plan that lets it through."""
    database: bool


@dataclass(frozen=True)
class BlastRadius:
    compromised: str
    reached: tuple[Reached, ...]
    """The nearest first; each once."""

    @property
    def counts(self) -> "Counts":
        by_steps = Counter(reached.steps for reached in self.reached)
        by_held = Counter(reached.held for reached in self.reached)
        databases = [reached.steps for reached in self.reached if reached.database]
        return Counts(
            self.compromised,
            tuple(by_steps.values()),
            {held: by_held[held] for held in HELD},
            len(databases),
            min(databases, default=None),
        )


@dataclass(frozen=True)
class Counts:
    """A blast radius in numbers: small, so that those of two plans are held against each other."""

    compromised: str
    by_steps: tuple[int, ...]
    """How many workloads are reached in one step, in two and so on."""
    by_held: Mapping[Held, int]
    """How many by what holds the step that reaches them."""
    databases: int
    nearest_database: int | None
    """In steps; None where none is reached."""

    @property
    def reached(self) -> int:
        return sum(self.by_steps)


@dataclass
class _Counting:
    """Counts while they grow."""

    by_steps: list[int] = field(default_factory=list)
    by_held: dict[Held, int] = field(default_factory=lambda: dict.fromkeys(HELD, 0))
    databases: int = 0
    nearest_database: int | None = None

    def of(self, compromised: str) -> Counts:
        return Counts(compromised, tuple(self.by_steps), self.by_held, self.databases, self.nearest_database)


class BlastRadii:
    """Blast radii in one world. Moves from a workload are computed once."""

    def __init__(self, judge: Judge) -> None:
        self._world = judge.world
        self._workloads = judge.world.workloads
        self._movement = LateralMovement(judge)
        self._moves = cache(self._movement.moves)

    def of(self, compromised: str, within: int | None = None) -> BlastRadius:
        """Of a workload, or of an ingress gateway such as `ingress/public`; all of it, or what so many steps reach."""
        return BlastRadius(compromised, tuple(self._reached(compromised, within)))

    def widest_first(self) -> tuple[Counts, ...]:
        """Of all workloads."""
        counts = (self.counts[name] for name in self._workloads)
        return tuple(sorted(counts, key=lambda one: (-one.reached, -one.databases, one.compromised)))

    @cached_property
    def counts(self) -> Mapping[str, Counts]:
        """By workload and ingress gateway, the numbers of `of`: for thousands of them at once.

        What a start reaches with its last step in `steps` or fewer is what its own moves reach, and what those that
        it moves to reach in one step less. So each step costs the same, however much is reached by then.
        """
        groups = {name: tuple(self._movement.groups(name)) for name in (*self._workloads, *self._world.ingress)}
        masks = {group: self._mask(group) for group in dict.fromkeys(itertools.chain(*groups.values()))}
        owned = {name: self._bit.get(name, 0) for name in groups}
        counts = {name: _Counting() for name in groups}
        reached = dict.fromkeys(groups, 0)
        grown = True
        while grown:
            together = {
                group: _union(mask, (reached[move.callee] for move in group.moves)) for group, mask in masks.items()
            }
            reached = {name: _union(0, map(together.__getitem__, of_start)) for name, of_start in groups.items()}
            new = {name: self._count(counts[name], reached[name], owned[name]) for name in groups}
            owned = {name: owned[name] | new[name] for name in groups}
            grown = any(new.values())
        return {name: counting.of(name) for name, counting in counts.items()}

    def _count(self, counting: "_Counting", reached: int, owned: int) -> int:
        """Counts the workloads of one step that are not owned yet: a bit for each. The weakest of two moves counts."""
        before = owned
        for position, held in reversed(list(enumerate(HELD))):
            mask = reached >> position * len(self._bit) & self._everybody
            counting.by_held[held] += (mask & ~owned).bit_count()
            owned |= mask
        if new := owned & ~before:
            counting.by_steps.append(new.bit_count())
            if new & self._databases:
                counting.databases += (new & self._databases).bit_count()
                counting.nearest_database = counting.nearest_database or len(counting.by_steps)
        return new

    def _reached(self, compromised: str, within: int | None) -> Iterator[Reached]:
        """Breadth first; of two moves to one workload at one distance, the one that is held the least."""
        owned, front, steps = {compromised}, [compromised], 0
        while front and steps != within:
            steps += 1
            nearest: dict[str, tuple[str, Move]] = {}
            for source in front:
                for move in self._moves(source):
                    before = nearest.get(move.callee)
                    weaker = before is None or HELD.index(move.held) > HELD.index(before[1].held)
                    if move.callee not in owned and weaker:
                        nearest[move.callee] = (source, move)
            for callee, (source, move) in sorted(nearest.items()):
                yield Reached(callee, steps, source, move.port, move.held, move.by, self._is_database(callee))
            owned |= nearest.keys()
            front = sorted(nearest)

    def _is_database(self, name: str) -> bool:
        return self._workloads[name].kind != "service"

    def _mask(self, group: Group) -> int:
        """The workloads that are one step away: a set of bits for each of HELD, one behind the other."""
        return _union(0, (self._bit[move.callee] << HELD.index(move.held) * len(self._bit) for move in group.moves))

    @cached_property
    def _everybody(self) -> int:
        return (1 << len(self._bit)) - 1

    @cached_property
    def _bit(self) -> Mapping[str, int]:
        return {name: 1 << number for number, name in enumerate(self._workloads)}

    @cached_property
    def _databases(self) -> int:
        return sum(self._bit[name] for name in self._workloads if self._is_database(name))


def _union(mask: int, others: Iterable[int]) -> int:
    return functools.reduce(operator.or_, others, mask)
