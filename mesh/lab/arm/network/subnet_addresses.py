"""Private addresses in subnets: which are reserved, taken or free."""

from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network, ip_address, ip_network
from typing import Any

from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.network import network_rules
from mesh.lab.arm.network.network_rules import same
from mesh.lab.arm.resource_types import Body, Write

_RESERVED_AT_THE_START = 4
"""Azure keeps a subnet's network address, the three after it, and its last address."""

_HOLDERS = (
    ("Microsoft.Network/networkInterfaces", "ipConfigurations"),
    ("Microsoft.Network/loadBalancers", "frontendIPConfigurations"),
)


def static_refusals(write: Write, address: Any, in_subnet: str) -> Iterator[Rejection]:
    """The codes: learn.microsoft.com/azure/azure-resource-manager/troubleshooting/common-deployment-errors."""
    subnet = write.resources.get(in_subnet)
    if subnet is None:
        return
    try:
        wanted = ip_address(address)
    except ValueError:
        yield network_rules.refused(
            f"Static private IP address '{address}' of {write.id} is no IP address.",
            write.id,
        )
        return
    inside = [network for network in map(ip_network, network_rules.prefixes(subnet)) if wanted in network]
    if not inside:
        yield Rejection(
            "PrivateIPAddressNotInSubnet",
            f"Private static IP address {wanted} does not belong to the range of subnet prefix"
            f" {', '.join(network_rules.prefixes(subnet))}.",
        )
    elif isinstance(inside[0], IPv4Network) and wanted in _reserved(inside[0]):
        yield Rejection(
            "PrivateIPAddressInReservedRange",
            f"Private static IP address {wanted} falls within reserved IP range of subnet prefix {inside[0]}.",
        )
    for holder, held in _taken(subnet["id"], write):
        if held == str(wanted):
            yield Rejection(
                "PrivateIPAddressIsAllocated",
                f"IP configuration of {write.id} is using the private IP address {wanted} which is already allocated to"
                f" resource {holder}.",
            )


def kept(write: Write, configuration: Body) -> str | None:
    """The address that the configuration has already in the same subnet."""
    for present in (write.before or {"properties": {}})["properties"].get("ipConfigurations", []):
        if present["name"] == configuration["name"] and same(subnet_id(present), subnet_id(configuration)):
            return str(present["properties"]["privateIPAddress"])
    return None


def free(subnet: Body, write: Write, also_taken: frozenset[str] = frozenset()) -> str | None:
    taken = {address for _, address in _taken(subnet["id"], write)} | also_taken
    for network in map(ip_network, network_rules.prefixes(subnet)):
        if isinstance(network, IPv4Network):
            for number in range(int(network[_RESERVED_AT_THE_START]), int(network[-1])):
                if str(IPv4Address(number)) not in taken:
                    return str(IPv4Address(number))
    return None


def _taken(in_subnet: str, write: Write) -> Iterator[tuple[str, str]]:
    """Who has which address in a subnet, apart from the resource being written."""
    for kind, key in _HOLDERS:
        for holder in write.resources.referring_to(in_subnet, kind):
            for configuration in holder["properties"].get(key, []):
                if not same(holder["id"], write.id) and same(subnet_id(configuration), in_subnet):
                    yield (
                        configuration["id"],
                        own(configuration).get("privateIPAddress", ""),
                    )


def _reserved(network: IPv4Network) -> tuple[IPv4Address, ...]:
    return (*(network[at] for at in range(_RESERVED_AT_THE_START)), network[-1])


def own(configuration: Body) -> Body:
    return configuration.get("properties") or {}


def subnet_id(configuration: Body) -> str:
    return str((own(configuration).get("subnet") or {}).get("id") or "")
