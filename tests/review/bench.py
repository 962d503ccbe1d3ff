"""Time of `mesh preview` and `mesh drift` against the engine's own: `make bench-review`, after `make up`.

The preview is of stack prod, which needs no clusters; drift is of stack lab, which is deployed. Ends with 1 where ours
takes more than a fifth longer.
"""

import os
import subprocess
import sys
import time

from mesh.lab import environment, paths, stack

_RUNS = 3
_MOST = 1.2


def seconds(*command: str) -> float:
    """The shortest of some runs: the others waited for something else."""
    lab = paths.lab()
    around = environment.around(lab, os.environ)

    def run() -> float:
        begun = time.perf_counter()
        done = subprocess.run(command, cwd=paths.CHECKOUT, env=around, capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            sys.exit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr}{done.stdout}")
        return time.perf_counter() - begun

    return min(run() for _ in range(_RUNS))


def main() -> int:
    mesh = (sys.executable, "-m", "mesh")
    quiet = ("--non-interactive", "--suppress-progress")
    slower = [
        _compared("preview of prod", seconds("pulumi", "preview", "--stack", "prod", *quiet),
                  seconds(*mesh, "preview", "--stack", "prod", "--base", "HEAD")),
        _compared("refresh of lab", seconds("pulumi", "refresh", "--stack", "lab", "--preview-only", *quiet),
                  seconds(*mesh, "drift", "--stack", "lab")),
    ]  # fmt: skip
    return int(any(slower))


def _compared(what: str, engine: float, ours: float) -> bool:
    print(f"{what}: the engine {engine:.1f} s, ours {ours:.1f} s: {ours / engine - 1:+.0%}")  # noqa: T201
    return ours > engine * _MOST


if __name__ == "__main__":
    assert stack.files(), "a stack file holds the lab's salt"
    sys.exit(main())
