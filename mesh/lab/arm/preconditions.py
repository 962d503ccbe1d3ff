"""What must hold before a request is carried out: its type, its group and its parent exist, its version matches."""

from collections.abc import Mapping

from mesh.lab.arm import ids
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.ids import GROUPS, Address
from mesh.lab.arm.resource_types import Body, ResourceType
from mesh.lab.arm.store import Store


def kind(types: Mapping[str, ResourceType], address: Address) -> ResourceType:
    """The type of what a path addresses; of its last resource where an action or a collection trails."""
    name = address.type_name
    if address.trailing is not None and address.names and name.lower() not in types:
        name = name.rpartition("/")[0] if name != GROUPS else name
    found = types.get(name.lower())
    if found is None or (found.name != GROUPS and not found.extension and not _lies_in_group(address)):
        raise _unknown_type(types, address)
    return found


def require(store: Store, kind: ResourceType, address: Address, writing: bool = False) -> None:
    if kind.name == GROUPS:
        return
    group = ids.group_id(address.id)
    if group:
        require_group(store, group, writing)
    if address.parent and store.get(address.parent) is None:
        raise Rejection(
            "ParentResourceNotFound",
            "Can not perform requested operation on nested resource."
            f" Parent resource '{ids.name(address.parent)}' not found.",
            status=404,
        )


def require_group(store: Store, group_id: str, writing: bool = False) -> None:
    group = store.get(group_id)
    if group is None:
        raise Rejection(
            "ResourceGroupNotFound", f"Resource group '{ids.name(group_id)}' could not be found.", status=404
        )
    if writing and group["properties"]["provisioningState"] == "Deleting":
        raise Rejection(
            "ResourceGroupBeingDeleted",
            f"The resource group '{group['name']}' is in deprovisioning state and cannot perform this operation.",
            status=409,
        )


def require_match(wanted: str | None, before: Body | None) -> None:
    if wanted and (before is None or wanted not in ("*", before.get("etag"))):
        raise Rejection(
            "PreconditionFailed",
            f"The etag '{wanted}' in the If-Match header is not the present one.",
            status=412,
        )


def not_found(kind: ResourceType, address: Address) -> Rejection:
    if kind.name == GROUPS:
        return Rejection("ResourceGroupNotFound", f"Resource group '{address.name}' could not be found.", status=404)
    group = ids.group_id(address.id)
    under = f" under resource group '{ids.name(group)}'" if group else ""
    return Rejection(
        "ResourceNotFound",
        f"The Resource '{kind.name}/{'/'.join(address.names)}'{under} was not found. For more details please go to"
        " https://aka.ms/ARMResourceNotFoundFix",
        status=404,
    )


def _unknown_type(types: Mapping[str, ResourceType], address: Address) -> Rejection:
    known = {name.partition("/")[0] for name in types}
    if address.provider.lower() not in known:
        return Rejection(
            "InvalidResourceNamespace", f"The resource namespace '{address.provider}' is invalid.", status=404
        )
    return Rejection(
        "InvalidResourceType",
        f"The resource type '{address.type_name.partition('/')[2]}' could not be found in the namespace"
        f" '{address.provider}'.",
        status=404,
    )


def _lies_in_group(address: Address) -> bool:
    # A collection may be asked for over the whole subscription.
    return ids.group_id(address.id) is not None or not address.names
