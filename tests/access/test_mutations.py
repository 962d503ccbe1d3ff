"""The mutations themselves; what is told of them is counted by `make mutations`."""

from collections.abc import Callable

import further_plans
import pytest
from changed_plans import Changed
from mutation_score import ENVIRONMENTS, FEWEST, KINDS, STACKS, some

from mesh.files import stacks
from mesh.plan import Plan
from mesh.render import plan


@pytest.fixture(scope="module")
def plans() -> list[Plan]:
    of_stacks = (plan(stacks.environment(STACKS / f"Pulumi.{name}.yaml")) for name in ENVIRONMENTS)
    return [*of_stacks, *(made for _, made in further_plans.further())]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_mutation_changes_a_plan_of_this_project(
    kind: Callable[[Plan], Changed], plans: list[Plan]
) -> None:
    instances = [(before, [after for _, after in kind(before)]) for before in plans]
    changed = [(before, after) for before, all_after in instances for after in some(iter(all_after), 2)]

    assert sum(len(all_after) for _, all_after in instances) >= FEWEST
    assert [after for before, after in changed if after == before] == []


def test_some_are_taken_evenly_from_the_list() -> None:
    assert [*some(iter(range(10)), 4)] == [0, 3, 6, 9]
    assert [*some(iter(range(3)), 4)] == [0, 1, 2]
