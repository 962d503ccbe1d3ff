"""Rules, written as the refusals they lead to, as the validation of a resource type."""

from collections.abc import Callable, Iterator
from typing import Any

from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.resource_types import Write

Refusals = Callable[[Write], Iterator[Rejection]]


def validation(*rules: Refusals) -> Callable[[Write], None]:
    """Raises the first refusal; what follows a refusal is not evaluated, so later rules may rely on earlier ones."""

    def validate(write: Write) -> None:
        for refusals in rules:
            for refusal in refusals(write):
                raise refusal

    return validate


def properties(write: Write) -> dict[str, Any]:
    return write.body.get("properties") or {}


def properties_before(write: Write) -> dict[str, Any]:
    return (write.before or {}).get("properties") or {}
