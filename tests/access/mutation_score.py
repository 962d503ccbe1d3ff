"""How many changes of a plan that widen or break access are told: `make mutations`, or of all with ALL=1.

Of each kind and environment some instances are taken, evenly from the list; the kinds that are missed are named.
"""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import repeat
from pathlib import Path
from typing import TypeVar

import exposure_mutations
import gateway_mutations
import mesh_mutations
import network_mutations
import network_policy_mutations
import policy_mutations
import rule_mutations
import side_door_mutations
import typer
from changed_plans import Changed

from mesh.files import stacks
from mesh.findings import Finding, of_plan
from mesh.plan import Plan
from mesh.render import plan

Item = TypeVar("Item")

STACKS = Path(__file__).parents[2] / "stacks"
ENVIRONMENTS = ("dev", "lab", "prod")
SUBJECTS = (
    rule_mutations,
    policy_mutations,
    mesh_mutations,
    gateway_mutations,
    network_mutations,
    network_policy_mutations,
    side_door_mutations,
    exposure_mutations,
)
NAMING = frozenset({*side_door_mutations.KINDS, *exposure_mutations.KINDS})
"""Kinds whose findings have to name what is at fault."""
KINDS = tuple(kind for subject in SUBJECTS for kind in subject.KINDS)
TAKEN = 4


def main(arguments: list[str]) -> None:
    taken = None if "--all" in arguments else TAKEN
    wanted = {argument for argument in arguments if not argument.startswith("--")}
    kinds = [kind for kind in KINDS if not wanted or kind.__name__ in wanted]
    found = asked = 0
    with ProcessPoolExecutor() as pool:
        for kind, results in zip(kinds, pool.map(_results, kinds, repeat(taken)), strict=True):
            missed = [what for what, is_told in results if not is_told]
            found, asked = found + len(results) - len(missed), asked + len(results)
            typer.echo(f"{len(results) - len(missed):5,} of {len(results):5,}  {kind.__name__.replace('_', ' ')}")
            for what in missed:
                typer.echo(f"{'':16}missed: {what}")
    typer.echo(f"{found:5,} of {asked:5,}  mutations of {len(kinds)} kinds are told")
    sys.exit(found != asked)


def _results(kind: Callable[[Plan], Changed], taken: int | None) -> list[tuple[str, bool]]:
    """Each instance, and whether it is told."""
    return [
        (f"{name}: {what}", _is_told(kind, what, told(changed) - before))
        for name, (sound, before) in _environments().items()
        for what, changed in some(kind(sound), taken)
    ]


def _is_told(kind: Callable[[Plan], Changed], what: str, findings: frozenset[Finding]) -> bool:
    """By any finding; of some kinds, by one that names what is at fault."""
    if kind not in NAMING:
        return bool(findings)
    at_fault = what.partition(": ")[0]
    return any(at_fault in finding.subject or at_fault in finding.text for finding in findings)


@cache
def _environments() -> dict[str, tuple[Plan, frozenset[Finding]]]:
    """Their plans, with what is told of them as they are."""
    plans = {name: plan(stacks.environment(STACKS / f"Pulumi.{name}.yaml")) for name in ENVIRONMENTS}
    return {name: (sound, told(sound)) for name, sound in plans.items()}


def told(changed: Plan) -> frozenset[Finding]:
    return frozenset(of_plan(changed))


def some(instances: Iterator[Item], count: int | None) -> Iterator[Item]:
    """The first and the last, and others between them."""
    listed = list(instances)
    if count is None or len(listed) <= count:
        return iter(listed)
    return (listed[number * (len(listed) - 1) // (count - 1)] for number in range(count))


if __name__ == "__main__":
    main(sys.argv[1:])
