"""A network's space, into its subnets and the static addresses in them, such that adding one moves no other."""

import hashlib
from ipaddress import IPv4Address, IPv4Network

from mesh.model import SubnetRole

LARGEST_SPACE, SMALLEST_SPACE = 8, 24
"""Prefix lengths: from a /24 the gateways subnet is a /28, with room for eleven gateways."""

FORBIDDEN = tuple(
    (IPv4Network(cidr), reason)
    for cidr, reason in (
        ("0.0.0.0/8", "is no one's address"),
        ("127.0.0.0/8", "is loopback"),
        ("168.63.129.16/32", "is Azure's own DNS and health probe"),
        ("169.254.0.0/16", "is link-local"),
        ("172.30.0.0/16", "is used inside AKS"),
        ("172.31.0.0/16", "is used inside AKS"),
        ("192.0.2.0/24", "is used inside AKS"),
        ("224.0.0.0/4", "is multicast"),
        ("240.0.0.0/4", "is reserved, and Istio gives services addresses from 240.240.0.0/16"),
    )
)
"""https://learn.microsoft.com/azure: virtual-network/virtual-networks-faq, aks/concepts-network-cni-overview."""

PRIVATE = tuple(
    IPv4Network(cidr)
    for cidr in (
        *("10.0.0.0/8", "100.64.0.0/10", "168.63.129.16/32", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
    )
)
"""What is not the internet, and may be somebody: private networks, link-local addresses and Azure's own host."""

NOT_PUBLIC = (IPv4Network("0.0.0.0/8"), *PRIVATE, IPv4Network("127.0.0.0/8"), IPv4Network("224.0.0.0/3"))
"""What no router of the internet takes."""

_RESERVED_AT_START, _RESERVED_AT_END = 4, 1
"""Azure keeps a subnet's first four addresses and its last."""


def subnet(space: IPv4Network, role: SubnetRole) -> IPv4Network:
    """Fixed proportions: machines the first quarter, nodes the second, gateways the sixteenth at the middle."""
    quarter, sixteenth = space.prefixlen + 2, space.prefixlen + 4
    start = space.network_address
    match role:
        case "machines":
            return IPv4Network((int(start), quarter))
        case "nodes":
            return IPv4Network((int(start) + space.num_addresses // 4, quarter))
        case "gateways":
            return IPv4Network((int(start) + space.num_addresses // 2, sixteenth))


def uncut(space: IPv4Network) -> IPv4Network:
    """The last quarter, which no role takes: for what others put into a network, such as private endpoints."""
    return IPv4Network((int(space.network_address) + space.num_addresses // 4 * 3, space.prefixlen + 2))


def room(subnet: IPv4Network) -> int:
    """The number of usable addresses of a subnet."""
    return max(0, subnet.num_addresses - _RESERVED_AT_START - _RESERVED_AT_END)


def is_usable(address: IPv4Address, subnet: IPv4Network) -> bool:
    offset = int(address) - int(subnet.network_address)
    return _RESERVED_AT_START <= offset < subnet.num_addresses - _RESERVED_AT_END


def first(subnet: IPv4Network) -> IPv4Address:
    return subnet[_RESERVED_AT_START]


def last(subnet: IPv4Network) -> IPv4Address:
    return subnet[-1 - _RESERVED_AT_END]


def east_west(gateways: IPv4Network) -> IPv4Address:
    return first(gateways)


def ingress(gateways: IPv4Network, name: str) -> IPv4Address:
    """A slot by the gateway's name, after the east-west gateway's: no other gateway's coming or going moves it."""
    slots = room(gateways) - 1
    digest = hashlib.sha256(name.encode()).digest()
    return gateways[_RESERVED_AT_START + 1 + int.from_bytes(digest) % slots]


def dns(service_cidr: IPv4Network) -> IPv4Address:
    """The tenth, as AKS itself chooses; the first is the API server's."""
    return service_cidr[10]


def forbidden(cidr: IPv4Network) -> tuple[IPv4Network, str] | None:
    """The first range that Azure or Istio keeps and this one touches, and what it is."""
    return next(((kept, reason) for kept, reason in FORBIDDEN if kept.overlaps(cidr)), None)
