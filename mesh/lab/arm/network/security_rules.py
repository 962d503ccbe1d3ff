"""Security rules: what one may say, and which two cannot stand in one group.

https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview; the codes are those of users'
reports (terraform-provider-azurerm#11137, #1530, #16761, azure-cli#23499, azure-powershell#4557, #9253); those of
plural members (SecurityRuleParameterContains…) stand in several public modules' notes on failed applies.
"""

import re
from collections.abc import Iterator
from ipaddress import ip_address, ip_network
from typing import Any

from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.network import network_rules, service_tags
from mesh.lab.arm.refusals import properties
from mesh.lab.arm.resource_types import Body, Write

PRIORITIES = range(100, 4097)
_REQUIRED = ("protocol", "access", "direction", "priority")
_DESCRIPTION_MAX = 140
_APPLICATION_GROUPS_MAX = 10
_PORTS = range(65536)
_PORT_RANGE = re.compile(r"(\d{1,5})(?:-(\d{1,5}))?")
_SIDES = ("source", "destination")
_APPLICATION_GROUPS = "Microsoft.Network/applicationSecurityGroups"


def refusals(write: Write, group: Body, siblings: list[Body]) -> Iterator[Rejection]:
    yield from network_rules.name_refusals(write)
    yield from _shape_refusals(write)
    yield from _conflict_refusals(write, siblings)
    for side in _SIDES:
        yield from _port_refusals(write, side)
        yield from _address_refusals(write, side)
        yield from _application_group_refusals(write, side, group)


def _shape_refusals(write: Write) -> Iterator[Rejection]:
    given = properties(write)
    for key in _REQUIRED:
        if given.get(key) is None:  # of a rule in its group that has no properties at all
            yield network_rules.missing(key, write)
    priority = given["priority"]
    if priority not in PRIORITIES:
        yield Rejection(
            "SecurityRuleInvalidPriority",
            f"Security rule has invalid Priority. Value provided: {priority}. Allowed range"
            f" {PRIORITIES.start}-{PRIORITIES.stop - 1}.",
        )
    if len(given.get("description") or "") > _DESCRIPTION_MAX:
        yield network_rules.refused(
            f"The description of security rule {write.name} is longer than {_DESCRIPTION_MAX} characters.",
            write.id,
        )


def _conflict_refusals(write: Write, siblings: list[Body]) -> Iterator[Rejection]:
    own = _place(write.body)
    for sibling in siblings:
        if _place(sibling) == own:
            yield Rejection(
                "SecurityRuleConflict",
                f"Security rule {write.name} conflicts with rule {sibling['name']}. Rules cannot have the same"
                " Priority and"
                " Direction. To learn more, see aka.ms/nsgrules.",
            )


def _place(rule: Body) -> tuple[Any, str]:
    given = rule.get("properties") or {}
    return given.get("priority"), str(given.get("direction")).lower()


def _port_refusals(write: Write, side: str) -> Iterator[Rejection]:
    one, several = (
        properties(write).get(f"{side}PortRange"),
        properties(write).get(f"{side}PortRanges") or [],
    )
    if one in (None, "") and not several:
        yield _both_missing(f"{side}PortRange", write)
    if one not in (None, "") and several:
        yield _both_given(f"{side}PortRange", write)
    if one not in (None, "", "*") and not _is_port_range(one):
        yield _invalid_port(one)
    for port in several:
        if port == "*":
            yield Rejection(
                "SecurityRuleParameterContainsInvalidPortRanges",
                f"Security rule parameter {side}PortRanges for rule with Id {write.id} cannot specify '*'.",
            )
        elif not _is_port_range(port):
            yield _invalid_port(port)


def _address_refusals(write: Write, side: str) -> Iterator[Rejection]:
    given = properties(write)
    one, several = (
        given.get(f"{side}AddressPrefix"),
        given.get(f"{side}AddressPrefixes") or [],
    )
    groups = given.get(f"{side}ApplicationSecurityGroups") or []
    if one in (None, "") and not several and not groups:
        yield _both_missing(f"{side}AddressPrefix", write)
    if sum((one not in (None, ""), bool(several), bool(groups))) > 1:
        yield _both_given(f"{side}AddressPrefix", write)
    if one not in (None, "", "*") and not _is_address(one) and not service_tags.is_known(str(one)):
        yield _invalid_address(one)
    for address in several:
        if address == "*" or service_tags.is_known(address):
            yield Rejection(
                "SecurityRuleParameterContainsUnsupportedValue",
                f"Security rule parameter {side.capitalize()}AddressPrefix for rule with Id {write.id} cannot specify"
                " existing"
                f" VIRTUALNETWORK, INTERNET, AZURELOADBALANCER, '*' or system tags. Unsupported value used: {address}.",
            )
        elif not _is_address(address):
            yield _invalid_address(address)


def _application_group_refusals(write: Write, side: str, group: Body) -> Iterator[Rejection]:
    given = properties(write).get(f"{side}ApplicationSecurityGroups") or []
    if len(given) > _APPLICATION_GROUPS_MAX:
        yield network_rules.refused(
            f"Security rule {write.name} has more than {_APPLICATION_GROUPS_MAX} {side} application security groups."
        )
    yield from network_rules.reference_refusals(write, given, group.get("location"), _APPLICATION_GROUPS)


def _is_port_range(value: Any) -> bool:
    match = _PORT_RANGE.fullmatch(str(value))
    if not match:
        return False
    first, last = int(match[1]), int(match[2] or match[1])
    return first in _PORTS and last in _PORTS and first <= last


def _is_address(value: Any) -> bool:
    """An address, or a range without host bits (azure-powershell#4557)."""
    try:
        ip_network(value) if "/" in str(value) else ip_address(value)
    except ValueError:
        return False
    return True


def _invalid_port(value: Any) -> Rejection:
    return Rejection(
        "SecurityRuleInvalidPortRange",
        f"Security rule has invalid Port range. Value provided: {value}. Value should be an integer OR"
        " integer range with"
        " '-' delimiter. Valid range 0-65535.",
    )


def _invalid_address(value: Any) -> Rejection:
    return Rejection(
        "SecurityRuleInvalidAddressPrefix",
        f"Security rule has invalid Address prefix. Value provided: {value}",
    )


def _both_missing(parameter: str, write: Write) -> Rejection:
    return Rejection(
        "InvalidRequestFormat",
        f"Security rule {write.name} must have {parameter} or its plural.",
        target=write.id,
    )


def _both_given(parameter: str, write: Write) -> Rejection:
    return network_rules.refused(
        f"Security rule {write.name} may have only one of {parameter} and its alternatives.",
        write.id,
    )


def completed(write: Write) -> Body:
    given = {key: value for key, value in properties(write).items() if value is not None}
    plurals: Body = {f"{side}{kind}": [] for side in _SIDES for kind in ("PortRanges", "AddressPrefixes")}
    return {
        "properties": {
            **plurals,
            **given,
        }
    }
