"""What a stack file approves of access that widens."""

from collections.abc import Iterable, Iterator
from datetime import date

from mesh import model
from mesh.declaration import spec
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Problem
from mesh.resolve import references

_OTHERS = frozenset({"clients", "internet", "zipkin"})
"""Ends of a call that no section of the file declares."""


def resolved(approved: Iterable[spec.Approval]) -> tuple[model.Approval, ...]:
    return tuple(model.Approval(each.call, each.reason, date.fromisoformat(each.until)) for each in approved)


def problems(declared: Declared) -> Iterator[Problem]:
    """A name that nothing has would approve nothing, and nobody would see why."""
    approved = declared.environment.approve
    for position, each in enumerate(approved):
        caller, _, callee = each.call.partition(" to ")
        for name in (caller, callee.partition(":")[0]):
            if name not in _OTHERS and not any(special in name for special in "*/"):
                yield from references.problems(declared, ("approve", position, "call"), "workloads", name)
    calls = [each.call for each in approved]
    for position, call in enumerate(calls):
        if call in calls[:position]:
            message = f"{call} is approved already, by approve[{calls.index(call)}]"
            yield Problem(("approve", position, "call"), message, "Keep one of the two")
