"""Rules that Microsoft.Network's types share: names, prefixes, references, and who uses what."""

import re
import uuid
from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from typing import Any

from mesh.lab.arm import ids, regions
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.resource_types import Body, Resources, Write

API_VERSIONS = (
    "2023-11-01",
    "2024-01-01",
    "2024-03-01",
    "2024-05-01",
    "2024-07-01",
    "2024-10-01",
)
"""From 2023-11-01 a PUT of a virtual network without `subnets` keeps them; older versions are not simulated."""

SECONDS = 0.2
"""How long a write takes here; Azure's take 2 to 20 times as long."""

Prefix = IPv4Network | IPv6Network

RESERVED_RANGES = tuple(
    ip_network(text)
    for text in (
        "224.0.0.0/4",
        "255.255.255.255/32",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "168.63.129.16/32",
    )
)

_CHARACTERS = re.compile(r"[a-zA-Z0-9]([-\w.]*\w)?", re.ASCII)


def name_refusals(write: Write, longest: int = 80, shortest: int = 1) -> Iterator[Rejection]:
    if not shortest <= len(write.name) <= longest or not _CHARACTERS.fullmatch(write.name):
        yield Rejection(
            "InvalidResourceName",
            f"Resource name {write.name} is invalid. The name can be up to {longest} characters long. It must"
            " begin with"
            " a word character, and it must end with a word character or with '_'. The name may contain word characters"
            " or '.', '-', '_'.",
        )


def prefix_refusals(prefix: Any, where: str) -> Iterator[Rejection]:
    """Where it is not an address range in CIDR notation; nothing may have host bits."""
    try:
        network = ip_network(prefix, strict=False)
    except ValueError:
        network = None
    if network is None or not isinstance(prefix, str) or "/" not in prefix:
        yield Rejection(
            "InvalidAddressPrefixFormat",
            f"Address prefix {prefix} of resource {where} is not formatted correctly. It should follow CIDR notation,"
            " for example 10.0.0.0/24.",
        )
    elif str(network.network_address) != str(ip_address(prefix.partition("/")[0])):
        yield Rejection(
            "InvalidCIDRNotation",
            f"The address prefix {prefix} in resource {where} has an invalid CIDR notation. For the given prefix"
            " length,"
            f" the address prefix should be {network}.",
        )


def overlap(one: Prefix, other: Prefix) -> bool:
    return one.version == other.version and one.overlaps(other)


def contains(outer: Prefix, inner: Prefix) -> bool:
    return outer.version == inner.version and inner.subnet_of(outer)  # type: ignore[arg-type]  # same version, just asked


def space(network: Body) -> tuple[Prefix, ...]:
    """The address space of a virtual network."""
    return tuple(ip_network(prefix) for prefix in network["properties"]["addressSpace"]["addressPrefixes"])


def prefixes(subnet: Body) -> tuple[str, ...]:
    properties = subnet.get("properties") or {}
    return tuple(properties.get("addressPrefixes") or filter(None, [properties.get("addressPrefix")]))


def refused(message: str, target: str | None = None) -> Rejection:
    """A documented rule whose own code is on no record: refused with the general one."""
    return Rejection("InvalidParameter", message, target=target)


def missing(what: str, write: Write) -> Rejection:
    return Rejection(
        "InvalidRequestFormat",
        "Cannot parse the request.",
        target=write.id,
        details=(("MissingJsonElement", f"Value for {what} must be provided."),),
    )


def reference_refusals(write: Write, references: list[Any], location: str | None, *types: str) -> Iterator[Rejection]:
    """Where something referred to is missing, of another type, or in another region (unless location is None)."""
    for reference in references:
        resource_id = reference.get("id") if isinstance(reference, dict) else reference
        referred = write.resources.get(resource_id) if isinstance(resource_id, str) else None
        if (
            referred is None
            or (types and referred["type"].lower() not in {type_.lower() for type_ in types})
            or (
                location
                and referred.get("location")
                and regions.normalized(referred["location"]) != regions.normalized(location)
            )
        ):
            yield invalid_reference(resource_id, write.id)


def invalid_reference(resource_id: Any, referrer: str) -> Rejection:
    return Rejection(
        "InvalidResourceReference",
        f"Resource {resource_id} referenced by resource {referrer} was not found. Please make sure that the referenced"
        " resource exists, and that both resources are in the same region.",
    )


def users(resource_id: str, resources: Resources, *types: str) -> list[str]:
    """The ids of what refers to a resource, of the types that count as using it."""
    return [body["id"] for kind in types for body in resources.referring_to(resource_id, kind)]


def same(one: str, other: str) -> bool:
    return ids.folded(one) == ids.folded(other)


def references(value: Any) -> list[Any]:
    """A reference, or a list of them, or nothing, as a list."""
    return value if isinstance(value, list) else [value] if value is not None else []


def guid(resource_id: str) -> str:
    """A resource's resourceGuid: one for its id, as long as it lives."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, ids.folded(resource_id)))
