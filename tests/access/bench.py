"""What judging everybody costs, by the size of the environment: `make bench-access`, or with sizes of your own.

Processor time a workload, as other programs on the machine take turns with this one. It ends with 1 where a stage's
time a workload grows by more than its WORST from the smallest size to any other: then its time is worse than linear.
Each size in a process of its own, so that its peak of memory is its own.
"""

import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from multiprocessing import get_context

import environments
import sized_environments
import typer

from mesh import findings
from mesh.access.blast_radius import BlastRadii
from mesh.access.judge import Judge
from mesh.access.matrix import matrix
from mesh.access.world import World
from mesh.render import plan

SIZES = (100, 300, 1000, 3000)
STAGES = ("plan", "matrix", "findings", "blast radii")
WORST = {"plan": 2.0, "matrix": 2.0, "findings": 2.0, "blast radii": 4.0}
"""Quadratic time grows thirtyfold from 100 to 3,000. The rest of a doubling is the machine's: caches that a larger
environment does not fit into, and other programs that push it out of them (1.7 measured beside six of them).

The answer of blast radii itself grows with the square: each workload reaches each database by its address, a share of
all workloads, and each machine is asked by its own address.
"""


@dataclass(frozen=True)
class Measured:
    size: int
    routes: int
    cells: int
    seconds: tuple[float, ...]
    """Of processor time, by stage."""
    memory: int
    """In MiB, at its peak."""

    @property
    def each(self) -> tuple[float, ...]:
        """Milliseconds a workload, by stage."""
        return tuple(seconds / self.size * 1000 for seconds in self.seconds)


def main(arguments: list[str]) -> None:
    typer.echo(_line("workloads", "routes", "cells", *STAGES, "memory"))
    all_measured = []
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), max_tasks_per_child=1) as pool:
        for measured in pool.map(measure, map(int, arguments or SIZES)):
            all_measured.append(measured)
            counts = (measured.size, measured.routes, measured.cells)
            milliseconds = (f"{each:.2f} ms" for each in measured.each)
            typer.echo(_line(*(f"{count:,}" for count in counts), *milliseconds, f"{measured.memory:,} MiB"))
    for before, after in pairwise(all_measured):
        growth = (f"× {late / early:.1f}" for early, late in zip(before.seconds, after.seconds, strict=True))
        typer.echo(_line(f"× {after.size / before.size:.1f}", "", "", *growth, f"× {after.memory / before.memory:.1f}"))
    too_much = tuple(worse_than_linear(all_measured))
    typer.echo("; ".join(too_much) or "Time grows no worse than linearly at every stage.")
    sys.exit(bool(too_much))


def worse_than_linear(all_measured: list[Measured]) -> Iterator[str]:
    """The stages whose time a workload grows too much."""
    first = all_measured[0]
    for stage, *each in zip(STAGES, *(measured.each for measured in all_measured), strict=True):
        if (times := max(each) / each[0]) > WORST[stage]:
            size = all_measured[each.index(max(each))].size
            yield f"{stage}: {times:.1f} times as long a workload at {size:,} workloads as at {first.size:,}"


def measure(size: int) -> Measured:
    declared = sized_environments.declared(size)
    seconds = [time.process_time()]
    planned = plan(environments.resolved(declared, "bench"))
    seconds.append(time.process_time())
    found = matrix(Judge(World(planned)))
    seconds.append(time.process_time())
    findings.of_plan(planned)
    seconds.append(time.process_time())
    BlastRadii(Judge(World(planned))).widest_first()
    seconds.append(time.process_time())
    return Measured(
        size=size,
        routes=len(declared["routes"]),
        cells=len(found.cells),
        seconds=tuple(end - begin for begin, end in pairwise(seconds)),
        memory=resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    )


def _line(*columns: str) -> str:
    return "".join(f"{column:>13}" for column in columns)


if __name__ == "__main__":
    main(sys.argv[1:])
