"""Child resources that may also be written inside their parent: subnets, security rules, routes.

The children's own rows are what counts. A parent keeps the list it was last written with for its order only.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any

from mesh.lab.arm import ids
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.ids import folded
from mesh.lab.arm.network.network_rules import missing
from mesh.lab.arm.operations import stamped
from mesh.lab.arm.resource_types import Body, Changes, Resources, Write

Refusals = Callable[[Write, Body, list[Body]], Iterator[Rejection]]
"""Of a child: (its write, its parent as it will be, its siblings as they will be)."""


@dataclass(frozen=True)
class InlineChildren:
    property: str
    type_name: str
    refusals: Refusals
    completed: Callable[[Write], Body]
    kept_when_absent: bool
    """Whether a parent written without the property keeps its children; else they go."""

    def refusals_inside(self, write: Write) -> Iterator[Rejection]:
        """Of the children in a parent's body; where they are kept, of those against the parent's new properties."""
        given = self._given(write)
        if given is None:
            stored = list(write.resources.of_type(self.type_name, write.id))
            given = stored if self.kept_when_absent else []
        for child in given:
            if not child.get("name"):
                yield missing(f"{self.property}.name", write)
                return
        names = [child["name"].lower() for child in given]
        for name in sorted({name for name in names if names.count(name) > 1}):
            yield Rejection(
                "InvalidRequestFormat",
                "Cannot parse the request.",
                details=(
                    (
                        "DuplicateResourceName",
                        f"Resource {write.id} has two child resources with the name {name}.",
                    ),
                ),
            )
        for at, child in enumerate(given):
            # Each pair is looked at once, as the later against the earlier.
            yield from self.refusals(self._write(write, child), write.body, given[:at])

    def refusals_alone(self, write: Write) -> Iterator[Rejection]:
        """Of a child written by itself."""
        parent = write.resources.get(ids.parent(write.id))
        if parent is None:
            return
        siblings = [
            body
            for body in write.resources.of_type(self.type_name, parent["id"])
            if folded(body["id"]) != folded(write.id)
        ]
        yield from self.refusals(write, parent, siblings)

    def completed_inside(self, write: Write) -> dict[str, Any]:
        """What the parent keeps of them: nothing where it was written without and they stay."""
        given = self._given(write)
        if given is None and self.kept_when_absent:
            return {}
        writes = [self._write(write, child) for child in given or []]
        return {self.property: [stamped(self.completed(one), one.id, self.type_name, "Succeeded") for one in writes]}

    def consequences(self, before: Body | None, after: Body | None, resources: Resources) -> Changes:
        if after is None or self.property not in after["properties"]:
            return {}
        wanted = {child["id"]: child for child in after["properties"][self.property]}
        kept = {folded(child_id) for child_id in wanted}
        present = resources.of_type(self.type_name, after["id"])
        return {
            **{body["id"]: None for body in present if folded(body["id"]) not in kept},
            **wanted,
        }

    def shown(self, body: Body, resources: Resources) -> list[Body]:
        """The children as they are now, in the order that the parent was written with, later ones behind."""
        order = [folded(child["id"]) for child in body["properties"].get(self.property, [])]
        present = list(resources.of_type(self.type_name, body["id"]))
        return sorted(present, key=lambda child: _position(folded(child["id"]), order))

    def _given(self, write: Write) -> list[Any] | None:
        given: list[Any] | None = (write.body.get("properties") or {}).get(self.property)
        return given

    def _write(self, parent: Write, child: Body) -> Write:
        child_id = f"{parent.id}/{self.type_name.rpartition('/')[2]}/{child['name']}"
        return replace(
            parent,
            id=child_id,
            name=child["name"],
            body=child,
            before=parent.resources.get(child_id),
        )


def _position(child_id: str, order: list[str]) -> tuple[int, str]:
    return (order.index(child_id) if child_id in order else len(order), child_id)
