"""A plan, judged once, with all that a comparison of two plans asks of it."""

from collections.abc import Mapping
from functools import cached_property

from mesh.access import enforcement, matrix
from mesh.access.declared import Pair
from mesh.access.enforcement import Enforcement
from mesh.access.judge import Judge
from mesh.access.matrix import Cell, Matrix
from mesh.access.world import World
from mesh.plan import Plan

Place = tuple[str, str]
"""From where to where a call goes: `cluster/east` to `machine/ledger-0`."""


class Reading:
    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.judge = Judge(World(plan))

    @property
    def world(self) -> World:
        return self.judge.world

    @cached_property
    def matrix(self) -> Matrix:
        return matrix.matrix(self.judge)

    @cached_property
    def calls(self) -> Mapping[Pair, Cell]:
        """What is open, by caller, callee and port."""
        return {(cell.caller, cell.callee, cell.port.number): cell for cell in self.matrix.cells}

    @cached_property
    def enforcement(self) -> Mapping[Pair, Enforcement]:
        """By the same keys as `calls`."""
        judged = enforcement.enforcement(self.judge, self.matrix, self.matrix.cells)
        return dict(zip(self.calls, judged, strict=True))

    @cached_property
    def places(self) -> Mapping[Pair, frozenset[Place]]:
        """By the same keys: the places between which each call gets through."""
        return {pair: self._places(cell) for pair, cell in self.calls.items()}

    def _places(self, cell: Cell) -> frozenset[Place]:
        attempts = (
            matrix.attempt(self.world, cell.caller, cell.callee, cell.port, opening)
            for opening in cell.openings[:1] or (None,)
        )
        ways = (way for attempt in attempts for way in self.judge.verdict(attempt).ways)
        return frozenset((way.source, way.destination) for way in ways if way.outcome != "stops")
