"""IPv4 addresses and ranges."""

import re
from ipaddress import IPv4Address, IPv4Network
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema
from pydantic_core import PydanticKnownError

from mesh.declaration import spelling
from mesh.declaration.values.rule import printed, wrong


def _ipv4_network(value: Any) -> Any:
    """An IPv4 network, of which the lower bits have to be zero."""
    if isinstance(value, IPv4Network):
        return value
    if not isinstance(value, str):
        raise PydanticKnownError("string_type")
    if ":" in value:
        raise wrong(
            f"{spelling.shown(value)} is not an IPv4 range; IPv6 is not supported", "Write one such as 10.10.0.0/16"
        )
    start, slash, length = value.partition("/")
    if not slash:
        raise wrong(
            f"{spelling.shown(value)} has no prefix length",
            f"Write a range such as 10.10.0.0/16; one address is {printed(start)}/32",
        )
    if not re.fullmatch(r"[0-9]{1,2}", length) or int(length) > 32:
        raise wrong(f"{spelling.shown(value)} has no prefix length from 0 to 32", "Write one such as 10.10.0.0/16")
    network = IPv4Network((int(_ipv4_address(start)), int(length)), strict=False)
    if network.network_address != _ipv4_address(start):
        raise wrong(f"{value} has host bits set: a range begins at its first address", f"Write {network}")
    return network


Range = Annotated[
    IPv4Network,
    BeforeValidator(_ipv4_network),
    WithJsonSchema({"type": "string", "format": "cidr", "pattern": r"^[0-9.]+/[0-9]{1,2}$"}),
]


_TAG = r"[A-Za-z][A-Za-z0-9]*(\.[A-Za-z0-9]+)?"
_USUAL = (
    *("ActionGroup", "ApiManagement", "ApplicationInsightsAvailability", "AzureDevOps", "AzureFrontDoor.Backend"),
    *("AzureTrafficManager", "DataFactory", "LogicApps", "PowerBI", "PowerPlatformInfra"),
)
"""Tags of services that call others. Azure knows more of them, and refuses what is none."""
_TOO_WIDE = {
    "internet": "Write 0.0.0.0/0 for everyone",
    "virtualnetwork": "Write the ranges of the clients",
    "azureloadbalancer": "Write the ranges of the clients",
    "azurecloud": "Write the tag of the service that calls, such as AzureFrontDoor.Backend",
}
"""Service tags that are not one service's, with the fix."""


def _range_or_service_tag(value: Any) -> Any:
    """A range, or the name of a service tag, which has no digit, slash or colon in front."""
    if not isinstance(value, str) or not re.match(r"[A-Za-z]", value):
        return _ipv4_network(value)
    if fix := _TOO_WIDE.get(value.partition(".")[0].lower()):
        raise wrong(f"the service tag {spelling.shown(value)} is nearly everyone", fix)
    if not re.fullmatch(_TAG, value):
        raise wrong(
            f"{spelling.shown(value)} is neither a range nor a service tag",
            "Write a range such as 203.0.113.0/24, or a tag such as AzureFrontDoor.Backend",
        )
    known = next((tag for tag in _USUAL if tag.lower() == value.lower()), None)
    near = spelling.near(value, _USUAL)
    if known is None and near:
        raise wrong(f"{spelling.shown(value)} is no service tag of Azure's", f"Did you mean {near}?")
    return known or value


RangeOrServiceTag = Annotated[
    IPv4Network | str,
    BeforeValidator(_range_or_service_tag),
    WithJsonSchema({"type": "string", "pattern": rf"^([0-9.]+/[0-9]{{1,2}}|{_TAG})$"}),
]


def _ipv4_address(value: Any) -> IPv4Address:
    if isinstance(value, IPv4Address):
        return value
    if not isinstance(value, str):
        raise PydanticKnownError("string_type")
    try:
        return IPv4Address(value)
    except ValueError:
        raise wrong(
            f"{spelling.shown(value)} is not an IPv4 address", "Write four numbers from 0 to 255, such as 10.10.0.4"
        ) from None


Address = Annotated[
    IPv4Address,
    BeforeValidator(_ipv4_address),
    WithJsonSchema({"type": "string", "format": "ipv4", "pattern": "^[0-9.]+$"}),
]
