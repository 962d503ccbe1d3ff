"""What judging everybody costs, by the size of the environment: `make bench-access`, or with sizes of your own.

Each size in a process of its own, so that its peak of memory is its own.
"""

import resource
import subprocess
import sys
import time

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
HEADINGS = ("workloads", "routes", "plan", "matrix", "cells", "findings", "blast radius", "memory")


def main(arguments: list[str]) -> None:
    match arguments:
        case ["--one", size]:
            typer.echo(_line(*_measured(int(size))))
        case sizes:
            typer.echo(_line(*HEADINGS))
            for size in sizes or map(str, SIZES):
                subprocess.run([sys.executable, __file__, "--one", size], check=True)


def _measured(size: int) -> tuple[str, ...]:
    declared = sized_environments.declared(size)
    start = time.perf_counter()
    planned = plan(environments.resolved(declared, "bench"))
    ready = time.perf_counter()
    found = matrix(Judge(World(planned)))
    judged = time.perf_counter()
    findings.of_plan(planned)
    done = time.perf_counter()
    BlastRadii(Judge(World(planned))).widest_first()
    owned = time.perf_counter()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    to_plan, to_matrix, to_findings, to_radii = (
        f"{end - begin:.1f} s" for begin, end in ((start, ready), (ready, judged), (judged, done), (done, owned))
    )
    routes, cells = len(declared["routes"]), len(found.cells)
    return f"{size:,}", f"{routes:,}", to_plan, to_matrix, f"{cells:,}", to_findings, to_radii, f"{peak:,} MiB"


def _line(*columns: str) -> str:
    return "".join(f"{column:>14}" for column in columns)


if __name__ == "__main__":
    main(sys.argv[1:])
