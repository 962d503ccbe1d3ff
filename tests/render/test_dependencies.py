"""Every dependency of every resource of a plan is in the plan, in the stacks and in the sound cases."""

from pathlib import Path

import pytest

from mesh.files import stacks
from mesh.render import plan

ROOT = Path(__file__).parents[2]
FILES = {
    **{path.name: path for path in sorted((ROOT / "stacks").glob("Pulumi.*.yaml"))},
    **{path.parent.name: path.with_name("stack.yaml") for path in sorted(ROOT.glob("tests/cases/*/*/plan.yaml"))},
}


@pytest.mark.parametrize("file", FILES)
def test_every_dependency_is_in_the_plan(file: str) -> None:
    whole = plan(stacks.environment(FILES[file]))
    parts = (*whole.azure, *whole.releases, *whole.objects)
    names = {part.name for part in parts}

    assert len(names) == len(parts) > 0
    assert [f"{part.name}: {name}" for part in parts for name in part.depends_on if name not in names] == []
