"""Which changed inputs make another resource, and which are no change at all."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from mesh import azure_ids
from mesh.lab.arm import catalogue, regions
from mesh.lab.arm.schema import shapes
from mesh.lab.providers.differences import Difference, differences, without_ignored


def changes(
    token: str, old: Mapping[str, Any], new: Mapping[str, Any], ignored: Iterable[str]
) -> list[tuple[Difference, bool]]:
    """What differs between old and new inputs and is not ignored, each with whether it asks for a replacement."""
    return [
        (difference, _replaces(token, difference))
        for difference in without_ignored(differences(old, new), ignored)
        if not _is_spelling(token, difference, old, new)
    ]


def _replaces(token: str, difference: Difference) -> bool:
    path = re.sub(r"\[\d+\]", "", difference.property_path)
    create_only = (
        *azure_ids.ADDRESSES[token].parameters,
        "location",
        *catalogue.replaced_when_changed(shapes.type_name(token)),
    )
    return any(path == property_path or path.startswith(f"{property_path}.") for property_path in create_only)


def _is_spelling(token: str, difference: Difference, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    """Azure compares names and locations whatever their casing, locations whatever their blanks."""
    name = str(difference.path[0])
    before, after = old.get(name), new.get(name)
    if len(difference.path) > 1 or not (isinstance(before, str) and isinstance(after, str)):
        return False
    if name == "location":
        return regions.normalized(before) == regions.normalized(after)
    return name in azure_ids.ADDRESSES[token].parameters and before.lower() == after.lower()
