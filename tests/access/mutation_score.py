"""How many changes of a plan that widen or break access are told: `make mutations`, or of all with ALL=1.

Of each kind and environment some instances are taken, evenly from the list; the kinds that are missed are named. It
ends with 1 where any instance is untold, and with ALL=1 where a kind has fewer than FEWEST instances: a kind that the
stacks have few of is applied to other plans as well.
"""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from itertools import repeat
from pathlib import Path
from typing import TypeVar

import exposure_mutations
import further_plans
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
from mesh.findings import Context, Finding, catalogue, of_plan
from mesh.findings.networks import security_groups
from mesh.findings.routes import broken_routes, exposed_databases, strangers, undeclared_openings
from mesh.plan import Plan
from mesh.render import plan
from mesh.review import identities
from mesh.review.reading import Reading

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
COMPARED = frozenset(exposure_mutations.COMPARED)
"""Kinds of which the plan alone cannot tell that anything changed."""
TAKEN = 4
FEWEST = 10
_SLOW = (strangers, undeclared_openings, exposed_databases, security_groups, broken_routes)
_CHECKS = sorted(catalogue.CHECKS, key=lambda check: _SLOW.index(check) if check in _SLOW else -1)
"""In the order of their time: the first finding is enough."""


def main(arguments: list[str]) -> None:
    taken = None if "--all" in arguments else TAKEN
    wanted = {argument for argument in arguments if not argument.startswith("--")}
    kinds = [kind for kind in KINDS if not wanted or kind.__name__ in wanted]
    found = asked = 0
    few = []
    with ProcessPoolExecutor() as pool:
        for kind, results in zip(kinds, pool.map(_results, kinds, repeat(taken)), strict=True):
            name = kind.__name__.replace("_", " ")
            missed = [what for what, is_told in results if not is_told]
            found, asked = found + len(results) - len(missed), asked + len(results)
            few += [name] if len(results) < FEWEST else []
            typer.echo(f"{len(results) - len(missed):5,} of {len(results):5,}  {name}")
            for what in missed:
                typer.echo(f"{'':16}missed: {what}")
    typer.echo(f"{found:5,} of {asked:5,}  mutations of {len(kinds)} kinds are told")
    if taken is None:
        typer.echo(
            f"{len(few):5,} of {len(kinds):5,}  kinds have fewer than {FEWEST} instances: {', '.join(few) or '–'}"
        )
    sys.exit(found != asked or (taken is None and bool(few)))


def _results(kind: Callable[[Plan], Changed], taken: int | None) -> list[tuple[str, bool]]:
    """Each instance, and whether it is told."""
    results = [
        (f"{name}: {what}", _is_told(kind, what, changed, name))
        for name in ENVIRONMENTS
        for what, changed in some(kind(_environments()[name][0]), taken)
    ]
    for name in _further() if len(results) < FEWEST else ():
        instances = some(kind(_environments()[name][0]), taken or FEWEST)
        results += [(f"{name}: {what}", _is_told(kind, what, changed, name)) for what, changed in instances]
    return results


def _is_told(kind: Callable[[Plan], Changed], what: str, changed: Plan, name: str) -> bool:
    """By any finding; of some kinds, by one that names what is at fault."""
    at_fault = what.partition(": ")[0]
    sound, before = _environments()[name]
    if kind in COMPARED:
        return at_fault in {change.name for change in identities.changes(Reading(sound), Reading(changed))}
    context = Context(changed)
    return any(
        finding not in before and (kind not in NAMING or at_fault in finding.subject or at_fault in finding.text)
        for check in _CHECKS
        for finding in check.findings(context)
    )


@cache
def _further() -> tuple[str, ...]:
    return tuple(name for name in _environments() if name not in ENVIRONMENTS)


@cache
def _environments() -> dict[str, tuple[Plan, frozenset[Finding]]]:
    """Their plans, with what is told of them as they are."""
    plans = {name: plan(stacks.environment(STACKS / f"Pulumi.{name}.yaml")) for name in ENVIRONMENTS}
    plans |= dict(further_plans.further())
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
