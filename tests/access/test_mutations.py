"""The mutations themselves; what is told of them is counted by `make mutations`."""

from collections.abc import Callable

import pytest
from changed_plans import Changed
from mutation_score import ENVIRONMENTS, KINDS, STACKS, some

from mesh.files import stacks
from mesh.plan import Plan
from mesh.render import plan


@pytest.fixture(scope="module")
def plans() -> list[Plan]:
    return [plan(stacks.environment(STACKS / f"Pulumi.{name}.yaml")) for name in ENVIRONMENTS]


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_mutation_changes_a_plan_of_this_project(
    kind: Callable[[Plan], Changed], plans: list[Plan]
) -> None:
    changed = [(before, after) for before in plans for _, after in some(kind(before), 2)]

    assert changed
    assert [after for before, after in changed if after == before] == []


def test_some_are_taken_evenly_from_the_list() -> None:
    assert [*some(iter(range(10)), 4)] == [0, 3, 6, 9]
    assert [*some(iter(range(3)), 4)] == [0, 1, 2]
