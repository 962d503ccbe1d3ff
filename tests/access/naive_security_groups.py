"""Network security groups as Azure's documentation reads, over plain dicts: rules in order, the first that fits.

A second opinion on `mesh.access.azure.security_groups`, of one address at a time, which shares no line with it.
https://learn.microsoft.com/azure/virtual-network/network-security-groups-overview
"""

from ipaddress import ip_address, ip_network
from typing import Any

FIELDS = ("direction", "priority", "name", "sourceAddressPrefix", "destinationAddressPrefix", "access")
DEFAULT_RULES = [
    {**dict(zip(FIELDS, rule, strict=True)), "protocol": "*", "sourcePortRange": "*", "destinationPortRange": "*"}
    for rule in (
        ("Inbound", 65000, "AllowVnetInBound", "VirtualNetwork", "VirtualNetwork", "Allow"),
        ("Inbound", 65001, "AllowAzureLoadBalancerInBound", "AzureLoadBalancer", "*", "Allow"),
        ("Inbound", 65500, "DenyAllInBound", "*", "*", "Deny"),
        ("Outbound", 65000, "AllowVnetOutBound", "VirtualNetwork", "VirtualNetwork", "Allow"),
        ("Outbound", 65001, "AllowInternetOutBound", "*", "Internet", "Allow"),
        ("Outbound", 65500, "DenyAllOutBound", "*", "*", "Deny"),
    )
]
NOT_ROUTED = [ip_network(each) for each in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")]
"""Azure drops what goes there from a network that has no other route to it, so they are no part of its internet.
https://learn.microsoft.com/azure/virtual-network/virtual-networks-udr-overview#default
"""
PROBES = "168.63.129.16"


def decision(rules: list[Any], direction: str, flow: Any, virtual_network: list[str]) -> tuple[str, str]:
    """The name of the rule that decides on a flow, and its access.

    `virtual_network`: the prefixes of the tag. `flow["unknown"]`: whether public addresses belong to the tags of which
    nobody knows the addresses.
    """
    for rule in sorted([*rules, *DEFAULT_RULES], key=lambda rule: rule["priority"]):
        if rule["direction"].lower() == direction.lower() and _fits(rule, flow, virtual_network):
            return rule["name"], rule["access"].capitalize()
    raise AssertionError("the last default rule fits every flow")


def _fits(rule: Any, flow: Any, virtual_network: list[str]) -> bool:
    return (
        rule["protocol"].lower() in ("*", flow["protocol"].lower())
        and any(_is_in_ports(listed, flow["source_port"]) for listed in _listed(rule, "sourcePortRange"))
        and any(_is_in_ports(listed, flow["port"]) for listed in _listed(rule, "destinationPortRange"))
        and _is_at(rule, "source", flow, virtual_network)
        and _is_at(rule, "destination", flow, virtual_network)
    )


def _is_at(rule: Any, end: str, flow: Any, virtual_network: list[str]) -> bool:
    groups = [group["id"].lower() for group in rule.get(f"{end}ApplicationSecurityGroups") or ()]
    return any(group.lower() in groups for group in flow[f"{end}_groups"]) or any(
        _is_in(prefix, flow[end], virtual_network, unknown=flow["unknown"])
        for prefix in _listed(rule, f"{end}AddressPrefix")
    )


def _listed(rule: Any, field: str) -> list[str]:
    plural = f"{field}es" if field.endswith("x") else f"{field}s"
    return [value for value in (rule.get(field), *(rule.get(plural) or ())) if value]


def _is_in_ports(listed: str, port: int) -> bool:
    if listed == "*":
        return True
    first, _, last = listed.partition("-")
    return int(first) <= port <= int(last or first)


def _is_in(prefix: str, address: str, virtual_network: list[str], *, unknown: bool = False) -> bool:
    match prefix.lower():
        case "*" | "any" | "0.0.0.0/0":
            return True
        case "virtualnetwork":
            return any(ip_address(address) in ip_network(each) for each in [*virtual_network, PROBES])
        case "azureloadbalancer":
            return address == PROBES
        case "internet":
            private = any(ip_address(address) in each for each in NOT_ROUTED)
            return not private and not _is_in("VirtualNetwork", address, virtual_network)
    if prefix[0].isalpha():
        return unknown and _is_in("Internet", address, virtual_network)
    return ip_address(address) in ip_network(prefix, strict=False)
