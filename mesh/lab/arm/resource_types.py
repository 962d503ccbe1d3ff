"""What the simulator knows of one Azure resource type: its rules, the fields Azure adds, what its writes do."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

Body = dict[str, Any]


class Resources(Protocol):
    """The resources that exist, for rules that look around. Ids match whatever their casing."""

    def get(self, resource_id: str) -> Body | None: ...

    def of_type(self, type_name: str, under: str = "") -> Iterator[Body]:
        """Every resource of a type whose id lies under the given one (a subscription, a group, a parent)."""


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


@dataclass(frozen=True)
class ResourceType:
    name: str
    """As Azure writes it: Microsoft.Network/virtualNetworks/subnets."""
    validate: Callable[[Write], None]
    """Raises Rejection for what Azure refuses."""
    completed: Callable[[Write], Body] = as_sent
    """The body as Azure stores it: defaults and server fields added (id, name, type, etag, provisioningState are added for all)."""
    validate_delete: Callable[[Body, Resources], None] = nothing
    seconds: float = 0.0
    """How long a write takes; 0 answers at once, more answers 201 with Azure-AsyncOperation."""
    one_write_at_a_time_under: Callable[[str], str] | None = None
    """The id inside which no second write may start while one is in progress (a subnet's VNet)."""
    actions: dict[str, Callable[[Body, Body, Resources], Body]] = field(default_factory=dict)
    """POST actions by name: (resource, request body, resources) → response body."""
    after_write: Callable[[Body], None] = nothing
    """The effect outside the simulator (a cluster's servers start); runs before the write is reported as succeeded."""
    after_delete: Callable[[Body], None] = nothing
