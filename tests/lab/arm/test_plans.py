"""What the stack files in the checkout become is accepted by the simulated Azure, and accepted again unchanged."""

from pathlib import Path

import plans_in_azure
import pytest
from arm_client import Azure

from mesh.files import stacks

CHECKOUT = Path(__file__).resolve().parents[3]
FILES = [
    *(CHECKOUT / "stacks" / f"Pulumi.{stack}.yaml" for stack in ("lab", "dev", "prod")),
    CHECKOUT / "tests" / "cases" / "machines" / "scale-set" / "stack.yaml",
]


@pytest.mark.parametrize("file", FILES, ids=["lab", "dev", "prod", "scale-set"])
def test_azure_accepts_all_that_a_stack_becomes(empty_azure: Azure, file: Path) -> None:
    plans_in_azure.create(empty_azure, stacks.environment(file), twice=True)
    assert empty_azure.application.store.in_progress() == []
