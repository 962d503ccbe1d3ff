"""What Azure Resource Manager itself refuses in a request, whatever the type: version, location, tags, shape."""

import re
from typing import Any

from mesh.lab.arm import regions
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.ids import GROUPS
from mesh.lab.arm.resource_types import Body, ResourceType

_API_VERSION = re.compile(r"\d{4}-\d{2}-\d{2}(-(preview|alpha|beta|privatepreview))?", re.IGNORECASE)
# https://learn.microsoft.com/azure/azure-resource-manager/management/tag-resources#limitations; the codes for too many
# and for too long a value are on no record, so these get the general one.
_TAGS_MAX = 50
_TAG_NAME_MAX = 512
_TAG_VALUE_MAX = 256
_RESERVED_IN_TAG_NAMES = re.compile(r"[<>%&\\?/\x00-\x1f]")


def require_api_version(version: str | None, kind: ResourceType) -> None:
    if not version:
        raise Rejection(
            "MissingApiVersionParameter",
            "The api-version query parameter (?api-version=) is required for all requests.",
        )
    supported = ", ".join(kind.api_versions)
    if not _API_VERSION.fullmatch(version):
        raise Rejection(
            "InvalidApiVersionParameter",
            f"The api-version '{version}' is invalid. The supported versions are '{supported}'.",
        )
    if kind.api_versions and version not in kind.api_versions:
        provider, _, name = kind.name.partition("/")
        raise Rejection(
            "NoRegisteredProviderFound",
            f"No registered resource provider found for API version '{version}' for type '{name}' of namespace"
            f" '{provider}'. The supported api-versions are '{supported}'.",
        )


def require_well_formed(body: Any) -> None:
    if not isinstance(body, dict) or not isinstance(body.get("properties", {}), dict | None):
        raise Rejection(
            "InvalidRequestContent",
            "The request content was invalid and could not be deserialized: an object with an object"
            " 'properties' is expected.",
        )


def require_location(body: Body, before: Body | None, kind: ResourceType, name: str) -> None:
    if kind.location == "none":
        return
    location = body.get("location")
    if not location:
        raise Rejection("LocationRequired", "The location property is required for this definition.")
    normalized = regions.normalized(location)
    if normalized not in regions.REGIONS and not (kind.location == "global" and normalized == "global"):
        code = "LocationNotAvailableForResourceGroup" if kind.name == GROUPS else "LocationNotAvailableForResourceType"
        raise Rejection(
            code,
            f"The provided location '{location}' is not available for resource type '{kind.name}'."
            f" List of available regions for the resource type is '{','.join(regions.REGIONS)}'.",
        )
    if before is not None and regions.normalized(before["location"]) != normalized:
        _refuse_to_move(name, before["location"], location, kind)


def _refuse_to_move(name: str, present: str, wanted: str, kind: ResourceType) -> None:
    if kind.name == GROUPS:
        raise Rejection(
            "InvalidResourceGroupLocation",
            f"Invalid resource group location '{wanted}'. The Resource group already exists in location '{present}'.",
            status=409,
        )
    raise Rejection(
        "InvalidResourceLocation",
        f"The resource '{name}' already exists in location '{present}'. A resource with the same name cannot be"
        f" created in location '{wanted}'. Please select a new resource name.",
        status=409,
    )


def require_tags(tags: Any) -> None:
    if tags is None:
        return
    if not isinstance(tags, dict) or not all(isinstance(value, str) for value in tags.values()):
        raise Rejection("InvalidRequestContent", "The tags of a resource must be an object of strings.", target="tags")
    if len(tags) > _TAGS_MAX:
        raise Rejection(
            "InvalidRequestContent",
            f"Resource has {len(tags)} tags; the maximum allowed is {_TAGS_MAX}.",
            target="tags",
        )
    reserved = [name for name in tags if _RESERVED_IN_TAG_NAMES.search(name)]
    if reserved:
        raise Rejection(
            "InvalidTagNameCharacters",
            f"The tag names '{', '.join(reserved)}' have reserved characters '<,>,%,&,\\,?,/' or control characters.",
            target="tags",
        )
    for name, value in tags.items():
        if not name or len(name) > _TAG_NAME_MAX:
            raise Rejection(
                "InvalidTagName",
                f"The tag name '{name}' is empty or longer than {_TAG_NAME_MAX} characters.",
                target="tags",
            )
        if len(value) > _TAG_VALUE_MAX:
            raise Rejection(
                "InvalidRequestContent",
                f"The value of tag '{name}' is longer than {_TAG_VALUE_MAX} characters.",
                target="tags",
            )
