"""A path of Azure Resource Manager, as what it addresses: a resource, a collection or an action."""

import re
from dataclasses import dataclass

from mesh.lab.arm.errors import Rejection

GROUPS = "Microsoft.Resources/resourceGroups"
SUBSCRIPTIONS = "Microsoft.Resources/subscriptions"
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


@dataclass(frozen=True)
class Address:
    id: str
    """The path without a trailing collection or action name."""
    scope: str
    """The id before the last provider: a subscription, a group, or a resource that an extension lies on."""
    type_name: str
    """Of the resource, or of the members of the collection."""
    names: tuple[str, ...]
    """Of the resource and its parents within the last provider; one less than types in a collection."""
    trailing: str | None
    """A collection's or an action's name: what has no resource name after it."""

    @property
    def name(self) -> str:
        return self.names[-1] if self.names else ""

    @property
    def provider(self) -> str:
        return self.type_name.partition("/")[0]

    @property
    def parent(self) -> str | None:
        """The id of the resource that this one is a child of."""
        return self.id.rsplit("/", 2)[0] if len(self.names) > 1 else None


def folded(resource_id: str) -> str:
    """The id as ids are compared: whatever its casing."""
    return resource_id.rstrip("/").lower()


def group_id(resource_id: str) -> str | None:
    """The id of the resource group that an id lies in, or is."""
    segments = resource_id.split("/")
    return "/".join(segments[:5]) if len(segments) > 4 and segments[3].lower() == "resourcegroups" else None


def name(resource_id: str) -> str:
    return resource_id.rstrip("/").rpartition("/")[2]


def parent(resource_id: str) -> str:
    """The id without its last type and name."""
    return resource_id.rsplit("/", 2)[0]


def address(path: str) -> Address:
    segments = [segment for segment in path.split("/") if segment]
    if not segments or segments[0].lower() != "subscriptions":
        raise Rejection("InvalidRequestUri", f"The request URI '{path}' does not name a subscription.", 400)
    if len(segments) > 1 and not _GUID.fullmatch(segments[1]):
        raise Rejection(
            "InvalidSubscriptionId",
            f"The provided subscription identifier '{segments[1]}' is malformed or invalid.",
            400,
        )
    provider_at = max((at for at, segment in enumerate(segments) if segment.lower() == "providers"), default=None)
    if provider_at is None:
        return _without_provider(segments)
    return _within_provider(segments, provider_at)


def _without_provider(segments: list[str]) -> Address:
    scope = "/" + "/".join(segments[:2])
    inside = segments[2:]
    if not inside:
        return Address(scope, scope, SUBSCRIPTIONS, tuple(segments[1:2]), None)
    if inside[0].lower() == "resourcegroups" and len(inside) <= 3:
        group = "/" + "/".join(segments[:4])
        if len(inside) == 1:
            return Address(scope, scope, GROUPS, (), inside[0])
        return Address(group, scope, GROUPS, (inside[1],), inside[2] if len(inside) == 3 else None)
    return Address(scope, scope, f"Microsoft.Resources/{inside[0]}", tuple(inside[1:2]), None)


def _within_provider(segments: list[str], at: int) -> Address:
    scope = "/" + "/".join(segments[:at])
    provider, *pairs = segments[at + 1 :] or [""]
    types, names = pairs[::2], tuple(pairs[1::2])
    trailing = types[-1] if len(types) > len(names) else None
    resource_id = "/" + "/".join(segments[: len(segments) - (trailing is not None)])
    return Address(resource_id, scope, "/".join((provider, *types)), names, trailing)
