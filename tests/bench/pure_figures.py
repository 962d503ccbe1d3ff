"""What the program takes for an environment, without the engine: processor time, and the peak of its memory in MiB.

Run as a process of its own for each size, so that the peak is its own.
"""

import json
import resource
import sys
import tempfile
import time
from pathlib import Path

import engine_figures
import sized_environments

from mesh import findings
from mesh.access.judge import Judge
from mesh.access.matrix import matrix
from mesh.access.world import World
from mesh.files import stacks
from mesh.render import plan


def measured(size: int) -> dict:
    declared = sized_environments.declared(size)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "Pulumi.bench.yaml"
        file.write_text(engine_figures.stack_file(declared))
        before = _memory()
        start = time.process_time()
        environment = stacks.environment(file)
        checked = time.process_time()
    planned = plan(environment)
    ready = time.process_time()
    memory_to_plan = _memory()
    cells = matrix(Judge(World(planned))).cells
    judged = time.process_time()
    judgement = findings.of_plan(planned)
    done = time.process_time()
    assert all(finding.severity != "error" for finding in judgement)
    return {
        "workloads": size,
        "routes": len(declared["routes"]),
        "check": round(checked - start, 2),
        "plan": round(ready - checked, 2),
        "access": round(judged - ready, 2),
        "cells": len(cells),
        "findings": round(done - judged, 2),
        "memory before": before,
        "memory to plan": memory_to_plan,
        "memory": _memory(),
        "objects": len(planned.objects),
        "releases": len(planned.releases),
        **engine_figures.in_azure(planned),
    }


def _memory() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


if __name__ == "__main__":
    sys.stdout.write(json.dumps(measured(int(sys.argv[1]))))
