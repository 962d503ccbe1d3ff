"""Time of `mesh preview` for stack prod, against the engine's own preview: `make bench-review`, with the lab up once.

Ends with 1 where the comment takes more than a fifth longer.
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
    engine = seconds("pulumi", "preview", "--stack", "prod", "--non-interactive", "--suppress-progress")
    comment = seconds(sys.executable, "-m", "mesh", "preview", "--stack", "prod", "--base", "HEAD")
    print(f"engine's preview {engine:.1f} s, comment {comment:.1f} s: {comment / engine - 1:+.0%}")  # noqa: T201
    return comment > engine * _MOST


if __name__ == "__main__":
    assert stack.files(), "a stack file holds the lab's salt"
    sys.exit(main())
