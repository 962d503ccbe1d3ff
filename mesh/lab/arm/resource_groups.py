"""Resource groups: names, and what managed clusters own."""

import re

from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.ids import GROUPS
from mesh.lab.arm.resource_types import Body, ResourceType, Write

_NAME = re.compile(r"[-\w._()]{1,90}")
_SECONDS_TO_DELETE = 0.1


def _validate(write: Write) -> None:
    if not _NAME.fullmatch(write.name) or write.name.endswith("."):
        raise Rejection(
            "InvalidResourceGroup",
            f"The provided resource group name '{write.name}' is invalid: it has 1 to 90 letters, digits,"
            " '-', '.', '(', ')' or '_' and does not end with '.'.",
        )


def _completed(write: Write) -> Body:
    # What a group is managed by (a node group by its cluster) outlives an update that does not repeat it.
    managed_by = write.body.get("managedBy") or (write.before or {}).get("managedBy")
    kept = {key: write.body[key] for key in ("location", "tags") if write.body.get(key) is not None}
    return {
        **kept,
        **({"managedBy": managed_by} if managed_by else {}),
        "properties": {},
    }


TYPES = (
    ResourceType(
        name=GROUPS,
        validate=_validate,
        completed=_completed,
        delete_seconds=_SECONDS_TO_DELETE,
    ),
)
