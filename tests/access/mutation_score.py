"""How many changes of a plan that widen or break access are told: `make mutations`, or for all instances with --all.

Of each kind and environment some instances are taken, evenly from the list; the kinds that are missed are named.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import gateway_mutations
import mesh_mutations
import network_mutations
import policy_mutations
import rule_mutations
import typer

from mesh import stacks
from mesh.access.findings import Finding, findings
from mesh.plan import Plan, plan

Item = TypeVar("Item")

STACKS = Path(__file__).parents[2] / "stacks"
ENVIRONMENTS = ("dev", "lab", "prod")
SUBJECTS = (rule_mutations, policy_mutations, mesh_mutations, gateway_mutations, network_mutations)
KINDS = tuple(kind for subject in SUBJECTS for kind in subject.KINDS)
TAKEN = 4


def main(arguments: list[str]) -> None:
    taken = None if "--all" in arguments else TAKEN
    wanted = {argument for argument in arguments if not argument.startswith("--")}
    plans = {name: plan(stacks.environment(STACKS / f"Pulumi.{name}.yaml")) for name in ENVIRONMENTS}
    before = {name: told(sound) for name, sound in plans.items()}
    found = asked = 0
    for kind in KINDS:
        if wanted and kind.__name__ not in wanted:
            continue
        results = [
            (f"{name}: {what}", bool(told(changed) - before[name]))
            for name, sound in plans.items()
            for what, changed in some(kind(sound), taken)
        ]
        missed = [what for what, is_told in results if not is_told]
        found, asked = found + len(results) - len(missed), asked + len(results)
        typer.echo(f"{len(results) - len(missed):4} of {len(results):4}  {kind.__name__.replace('_', ' ')}")
        for what in missed:
            typer.echo(f"{'':14}missed: {what}")
    typer.echo(f"{found:4} of {asked:4}  mutations of {len(KINDS)} kinds are told")
    sys.exit(found != asked)


def told(changed: Plan) -> frozenset[Finding]:
    return frozenset(findings(changed))


def some(instances: Iterator[Item], count: int | None) -> Iterator[Item]:
    """The first and the last, and others between them."""
    listed = list(instances)
    if count is None or len(listed) <= count:
        return iter(listed)
    return (listed[number * (len(listed) - 1) // (count - 1)] for number in range(count))


if __name__ == "__main__":
    main(sys.argv[1:])
