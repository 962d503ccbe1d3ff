"""`make bench`: measures the program and the engine by the size of an environment, and writes docs/benchmarks.md.

Sizes of the engine end at ENGINE_MOST unless sizes are given: `up` grows with the square of the resources. The
variable of that name sets another; 0 leaves the engine out.
"""

import json
import os
import platform
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import engine_figures
import page
import typer

SIZES = (30, 100, 300, 1000, 3000)
ENGINE_MOST = 300
PAGE = Path(__file__).parents[2] / "docs/benchmarks.md"
_GIB = 1024**3
_TARGETS = (
    ("check and plan together", ("check", "plan"), 5.0),
    ("access and findings together", ("access", "findings"), 20.0),
)
_LARGEST = 3000
_MEMORY_TO_PLAN = 500


def main(arguments: list[str]) -> None:
    sizes = [int(size) for size in arguments] or list(SIZES)
    most = int(os.environ.get("ENGINE_MOST", max(sizes) if arguments else ENGINE_MOST))
    pure = []
    for size in sizes:
        pure.append(_in_own_process(size))
        typer.echo(json.dumps(pure[-1]))
    engine = []
    for size in sizes:
        if size <= most:
            with tempfile.TemporaryDirectory() as folder:
                engine.append({"workloads": size, **engine_figures.measured(size, Path(folder))})
            typer.echo(json.dumps(engine[-1]))
    text = page.text(
        pure, engine, machine=_machine(), day=f"{datetime.now(UTC):%Y-%m-%d}", most=ENGINE_MOST, remarks=_remarks(pure)
    )
    PAGE.write_text(text)
    typer.echo(f"✓ {PAGE}")


def _in_own_process(size: int) -> page.Figures:
    command = [sys.executable, str(Path(__file__).with_name("pure_figures.py")), str(size)]
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    figures: page.Figures = json.loads(done.stdout)
    return figures


def _remarks(pure: list[page.Figures]) -> list[str]:
    """The targets at the largest size, each met or not."""
    [largest] = [each for each in pure if each["workloads"] == _LARGEST] or [None]
    if largest is None:
        return []
    lines = [f"\nTargets at {_LARGEST:,} workloads and {largest['routes']:,} routes:\n"]
    for what, names, target in _TARGETS:
        seconds = sum(largest[name] for name in names)
        lines.append(f"- {what}: {seconds:.1f} s, target {target:.0f} s: {_met(seconds <= target)}.")
    memory = largest["memory to plan"]
    met = _met(memory <= _MEMORY_TO_PLAN)
    lines.append(f"- memory to the plan: {memory:,} MiB, target {_MEMORY_TO_PLAN} MiB: {met}.")
    return lines


def _met(is_met: bool) -> str:
    return "met" if is_met else "**not met**"


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / _GIB
    load = os.getloadavg()[0]
    return (
        f"{os.cpu_count()} cores ({platform.machine()}), {memory:.0f} GiB, Python {platform.python_version()}, "
        f"with a load of {load:.1f} beside"
    )


if __name__ == "__main__":
    main(sys.argv[1:])
