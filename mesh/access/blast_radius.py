"""A workload that an attacker owns, as all that he reaches from it, step by step.

Each workload that is reached is then taken to be owned too. What the internet reaches anyway is not counted.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property

from mesh.access.judge import Judge
from mesh.access.lateral_movement import HELD, Held, LateralMovement, Move

_SOME = re.compile(rb"[^\0]", re.DOTALL)
"""A byte with a bit that is set."""


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


class BlastRadii:
    """Blast radii in one world. Moves from a workload are computed once."""

    def __init__(self, judge: Judge) -> None:
        self._workloads = judge.world.workloads
        self._moves = cache(LateralMovement(judge).moves)
        self._reach = cache(self._reach_of)

    def of(self, compromised: str, within: int | None = None) -> BlastRadius:
        """Of a workload, or of an ingress gateway such as `ingress/public`; all of it, or what so many steps reach."""
        return BlastRadius(compromised, tuple(self._reached(compromised, within)))

    def widest_first(self) -> tuple[Counts, ...]:
        """Of all workloads."""
        counts = map(self.counts, self._workloads)
        return tuple(sorted(counts, key=lambda one: (-one.reached, -one.databases, one.compromised)))

    def counts(self, compromised: str) -> Counts:
        """The same steps as in `of`, by sets of bits, one for each workload: for thousands of them."""
        owned, by_steps, by_held = self._bit.get(compromised, 0), list[int](), dict.fromkeys(HELD, 0)
        reached, nearest_database = self._mask(compromised), None
        while reached:
            before = owned
            for held, mask in reversed(list(zip(HELD, self._split(reached), strict=True))):
                by_held[held] += (mask & ~owned).bit_count()
                owned |= mask
            if new := owned & ~before:
                by_steps.append(new.bit_count())
                if nearest_database is None and new & self._databases:
                    nearest_database = len(by_steps)
            reached = self._reach_of_all(new)
        databases = (owned & self._databases & ~self._bit.get(compromised, 0)).bit_count()
        return Counts(compromised, tuple(by_steps), by_held, databases, nearest_database)

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

    def _mask(self, source: str) -> int:
        """The workloads that are one step away: a set of bits for each of HELD, one behind the other."""
        mask = 0
        for move in self._moves(source):
            mask |= self._bit[move.callee] << HELD.index(move.held) * len(self._bit)
        return mask

    def _split(self, mask: int) -> Iterator[int]:
        """The sets of a mask, in the order of HELD."""
        size = len(self._bit)
        for position in range(len(HELD)):
            yield mask >> position * size & (1 << size) - 1

    def _reach_of_all(self, sources: int) -> int:
        """One step from any of a set of workloads, eight at once: what they reach together is asked for often."""
        reached = 0
        for eight in _SOME.finditer(sources.to_bytes(len(self._bit) // 8 + 1, "little")):
            reached |= self._reach(eight.start(), eight[0][0])
        return reached

    def _reach_of(self, position: int, byte: int) -> int:
        """Of those of the eight workloads at a position whose bits are set."""
        reached = 0
        for number in range(8):
            if byte >> number & 1:
                reached |= self._masks[position * 8 + number]
        return reached

    @cached_property
    def _masks(self) -> tuple[int, ...]:
        return tuple(map(self._mask, self._workloads))

    @cached_property
    def _bit(self) -> Mapping[str, int]:
        return {name: 1 << number for number, name in enumerate(self._workloads)}

    @cached_property
    def _databases(self) -> int:
        return sum(self._bit[name] for name in self._workloads if self._is_database(name))
