"""What the simulator knows of one Azure resource type: its rules, the fields Azure adds, what its writes do."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

Body = dict[str, Any]
Changes = Mapping[str, Body | None]
"""Other resources that a write changes with it: by id, the body to store, or None to remove it."""


class Resources(Protocol):
    """The resources that exist, for rules that look around. Ids match whatever their casing."""

    def get(self, resource_id: str) -> Body | None: ...

    def of_type(self, type_name: str, under: str = "") -> Iterator[Body]:
        """Every resource of a type whose id lies under the given one (a subscription, a group, a parent)."""

    def referring_to(self, resource_id: str, type_name: str = "") -> Iterator[Body]:
        """Every resource (of a type) that has this id anywhere in its body; its own children are not counted."""


@dataclass(frozen=True)
class Write:
    """A PUT, as rules see it."""

    id: str
    """As the client wrote it."""
    name: str
    body: Body
    """What the client sent: top-level envelope (location, tags, sku, identity, …) and `properties`."""
    before: Body | None
    """What is stored under that id already."""
    resources: Resources


def nothing(*_: Any) -> None:
    """A rule that never refuses."""


def as_sent(write: Write) -> Body:
    return write.body


def as_stored(body: Body, _: Resources) -> Body:
    return body


def nothing_else(_before: Body | None, _after: Body | None, _resources: Resources) -> Changes:
    return {}


@dataclass(frozen=True)
class ResourceType:
    name: str
    """As Azure writes it: Microsoft.Network/virtualNetworks/subnets."""
    validate: Callable[[Write], None]
    """Raises Rejection for what Azure refuses."""
    completed: Callable[[Write], Body] = as_sent
    """The body as Azure stores it: defaults and server fields added.

    Id, name, type, etag and provisioningState are added for all."""
    validate_delete: Callable[[Body, Resources], None] = nothing
    seconds: float = 0.0
    """How long a write takes; 0 answers at once, more answers 201 with Azure-AsyncOperation."""
    delete_seconds: float | None = None
    """How long a deletion takes; None: as long as a write."""
    one_write_at_a_time_under: Callable[[str], str] | None = None
    """The id inside which no second write may start while one is in progress (a subnet's VNet)."""
    actions: dict[str, Callable[[Body, Body, Resources], Body]] = field(default_factory=dict)
    """POST actions by name: (resource, request body, resources) → response body."""
    after_write: Callable[[Body], None] = nothing
    """The effect outside the simulator (a cluster's servers start); runs before the write is reported as succeeded.

    Raises Rejection where it fails: the operation then ends Failed with its code."""
    after_delete: Callable[[Body], None] = nothing
    location: Literal["region", "global", "none"] = "region"
    """Where it lives: in a region that the client must name, in `global` (or a region), or nowhere (most children)."""
    api_versions: tuple[str, ...] = ()
    """The versions it is served in; empty: any that is well formed."""
    replaced_when_changed: tuple[str, ...] = ()
    """Beside its path and location: the inputs of azure-native that the official plugin makes another resource for.

    Azure refuses the change of some others in place; those are left to it, as the official plugin does."""
    extension: bool = False
    """Whether it may lie on a subscription, a group or any resource (role assignments), not only in a group."""
    shown: Callable[[Body, Resources], Body] = as_stored
    """What a GET returns: the stored body with what other resources add to it (a subnet's ipConfigurations)."""
    consequences: Callable[[Body | None, Body | None, Resources], Changes] = nothing_else
    """What else a write changes: (before, after), after is None when it is deleted. Children go with their parent."""
    built_in: Callable[[str], Body | None] = nothing
    """A resource that exists without having been written, by id (a built-in role definition)."""
    busy_code: str = "AnotherOperationInProgress"
    """How a second write during an operation on the same resource is refused, with status 409."""
