"""Figures, as docs/benchmarks.md: tables, and plots that GitHub draws."""

from collections.abc import Sequence
from typing import Any

import engine_figures

Figures = dict[str, Any]
_MOST_OVER_BARE = 1.10

_HEAD = """\
# Benchmarks

`make bench` makes this page. It is not a test: it takes the machine for a while. `SIZES="30 100"` chooses sizes; the
engine is measured up to {most} workloads unless they are named.

Measured on {machine}, {day}. Each size is the same environment each time (tests/access/sized_environments.py): three
clusters, one network of machines, three routes a workload, a quarter of the workloads on two clusters, a tenth
machines, databases, functions and services outside.
{remarks}
"""

_PURE = """
## The program alone

Seconds are processor time of one process, which says the same beside other work. `check` reads and resolves the stack
file, `access` judges everybody against everybody, `findings` all checks. Memory is the peak of a process that does one
after the other; after `plan` alone in the column before.

{table}

{plot}
"""

_PLANNED = """
## What an environment becomes

{table}

The target is 5 resources a workload: **not met**. Each cluster on which a workload has pods has four objects of it
(policy, Sidecar, account, Service), and a quarter of the workloads here are on two clusters.
"""

_ENGINE = """
## The engine

The real Pulumi engine on its directory backend, with a provider that does nothing: what is left is the engine's time
and the program's. `bare` is a Pulumi program that registers the same resources from a ready-made list, in the same run;
it keeps the stack traces that the SDK sends, which ours leaves out
([decision](adr/0028-an-environment-stays-one-stack-with-a-smaller-state.md)).
In brackets is the processor time of engine, program and plugins together, which says the same beside other work; ours
over bare is made of it. Its target is 1.10: {met}.

The engine writes its whole state twice for each operation, so that `up` grows with the square of the resources:
1,000 workloads in 15 minutes are **not met** by estimate, see the decision. Terraform is not measured beside it.

{table}

{ratios}

{plot}
"""

_NO_ENGINE = """
## The engine

Not measured in this run. **Not shown** by this page, therefore: ours over bare at most 1.10, linear previews, and `up`
of 1,000 workloads in 15 minutes, which by estimate is not met
([decision](adr/0028-an-environment-stays-one-stack-with-a-smaller-state.md)). Terraform is not measured beside it.
"""


def text(
    pure: Sequence[Figures], engine: Sequence[Figures], *, machine: str, day: str, most: int, remarks: Sequence[str]
) -> str:
    said = "".join(f"\n{line}" for line in remarks)
    parts = [_HEAD.format(most=most, machine=machine, day=day, remarks=said)]
    timed = ("check", "plan", "access", "findings")
    rows = [
        [f"{each['workloads']:,}", f"{each['routes']:,}", *(f"{each[name]:.2f} s" for name in timed),
         f"{each['memory to plan']:,} MiB", f"{each['memory']:,} MiB"]
        for each in pure
    ]  # fmt: skip
    heads = ["workloads", "routes", *timed, "memory to plan", "memory"]
    plot = _plot("seconds of the program alone", pure, {name: [each[name] for each in pure] for name in timed})
    parts.append(_PURE.format(table=_table(heads, rows), plot=plot))
    parts.append(_PLANNED.format(table=_planned(pure, engine)))
    parts.append(_engine(engine) if engine else _NO_ENGINE)
    return "".join(parts)


def _planned(pure: Sequence[Figures], engine: Sequence[Figures]) -> str:
    states = {each["workloads"]: each["state"] for each in engine}
    rows = []
    for each in pure:
        size, resources = each["workloads"], each["objects"] + each["releases"] + each["azure"]
        state = f"{states[size] / size:,.0f}" if size in states else "not measured"
        rows.append(
            [
                f"{size:,}",
                f"{resources:,}",
                f"{resources / size:.2f}",
                f"{each['azure']:,}",
                f"{each['rules']:,}",
                state,
            ]
        )
    heads = ["workloads", "resources", "a workload", "in Azure", "NSG rules", "bytes of state a workload"]
    return _table(heads, rows)


def _engine(engine: Sequence[Figures]) -> str:
    rows = [
        [f"{each['workloads']:,}", f"{each['resources']:,}", program,
         *(_said(each[program][step]) if step in each[program] else "" for step in engine_figures.STEPS)]
        for each in engine
        for program in ("ours", "bare")
    ]  # fmt: skip
    table = _table(["workloads", "resources", "program", *engine_figures.STEPS], rows)
    ratios = "\n".join(
        f"- {each['workloads']:,} workloads: ours over bare {_over_bare(each, 'first preview')} in the first preview, "
        f"{_over_bare(each, 'up')} in up, {_over_bare(each, 'unchanged preview')} in an unchanged preview."
        for each in engine
    )
    lines = {step: [each["ours"][step].seconds for each in engine] for step in ("up", "unchanged preview", "destroy")}
    missed = [
        f"{step} of {each['workloads']:,}"
        for each in engine
        for step in ("first preview", "up", "unchanged preview")
        if over_bare(each, step) > _MOST_OVER_BARE
    ]
    met = f"**not met** in {', '.join(missed)} workloads" if missed else "met"
    return _ENGINE.format(met=met, table=table, ratios=ratios, plot=_plot("seconds of the engine", engine, lines))


def _said(taken: engine_figures.Taken) -> str:
    return f"{taken.seconds:.1f} s ({taken.processor:.1f})"


def _over_bare(figures: Figures, step: str) -> str:
    return f"{over_bare(figures, step):.2f}"


def over_bare(figures: Figures, step: str) -> float:
    """By processor time."""
    ratio: float = figures["ours"][step].processor / figures["bare"][step].processor
    return ratio


def _table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [heads, ["---:"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plot(title: str, figures: Sequence[Figures], lines: dict[str, list[float]]) -> str:
    sizes = ", ".join(f'"{each["workloads"]:,}"' for each in figures)
    drawn = "\n".join(f"    line [{', '.join(f'{value:.2f}' for value in values)}]" for values in lines.values())
    return (
        f'```mermaid\nxychart-beta\n    title "{title}"\n    x-axis "workloads" [{sizes}]\n'
        f'    y-axis "seconds"\n{drawn}\n```\n\nLines, in this order: {", ".join(lines)}.'
    )
