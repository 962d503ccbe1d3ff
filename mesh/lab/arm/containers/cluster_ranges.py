"""What Azure refuses of a managed cluster's service and pod ranges, and of the address of its name server."""

import re
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv4Network

from mesh.lab.arm.containers import cluster_subnets
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.resource_types import Body, Resources

# Codes: AKS's own list, see agent_pool_rules; messages from support articles where there are:
# ServiceCidrOverlapExistingSubnetsCidr, DnsServiceIpOutOfServiceCidr.
# Documented (Azure CNI overview): AKS itself uses these inside its nodes.
_TAKEN_BY_AKS = tuple(
    IPv4Network(cidr) for cidr in ("169.254.0.0/16", "172.30.0.0/16", "172.31.0.0/16", "192.0.2.0/24")
)
_LARGEST_SERVICE_RANGE = 12
_PODS_OF_A_NODE = 24

_CIDR = re.compile(r"([0-9]{1,3}\.){3}[0-9]{1,3}(/([0-9]|[1-2][0-9]|3[0-2]))?")


def refusals(network: Body, pools: list[Body], resources: Resources) -> Iterator[Rejection]:
    yield from _range_refusals(network, pools)
    yield from _name_server_refusals(network)
    yield from _overlap_refusals(network, pools, resources)


def is_cidr(text: str) -> bool:
    try:
        IPv4Network(text, strict=False)
    except ValueError:
        return False
    return bool(_CIDR.fullmatch(text)) and "/" in text


def _refusal(code: str, field: str, message: str) -> Rejection:
    return Rejection(code, message, target=f"networkProfile.{field}")


def _range_refusals(network: Body, pools: list[Body]) -> Iterator[Rejection]:
    for field in ("serviceCidr", "podCidr"):
        if field in network and not is_cidr(network[field]):
            yield _refusal("CidrStringParseError", field, f"'{network[field]}' is not a CIDR block.")
    service = IPv4Network(network["serviceCidr"], strict=False)
    if any(service.overlaps(taken) for taken in _TAKEN_BY_AKS):
        yield _refusal(
            "ServiceCidrOverlapping",
            "serviceCidr",
            f"The service CIDR {service} overlaps with a range that AKS uses itself: "
            f"{', '.join(str(taken) for taken in _TAKEN_BY_AKS)}.",
        )
    # The documentation says smaller than /12; the API server itself takes /12.
    if service.prefixlen < _LARGEST_SERVICE_RANGE:
        yield _refusal(
            "InvalidParameter",
            "serviceCidr",
            f"The service CIDR {service} must be smaller than /{_LARGEST_SERVICE_RANGE}.",
        )
    if "podCidr" not in network:
        return
    pod = IPv4Network(network["podCidr"], strict=False)
    if any(pod.overlaps(taken) for taken in _TAKEN_BY_AKS):
        yield _refusal("InvalidParameter", "podCidr", f"The pod CIDR {pod} overlaps with a range that AKS uses itself.")
    if pod.overlaps(service):
        yield _refusal(
            "PodCidrOverlapServiceCidr", "podCidr", f"The pod CIDR {pod} overlaps with service CIDR {service}."
        )
    nodes = sum(cluster_subnets.nodes_at_most(pool) for pool in pools)
    room = 2 ** (_PODS_OF_A_NODE - pod.prefixlen) if pod.prefixlen <= _PODS_OF_A_NODE else 0
    if nodes > room:
        yield _refusal(
            "InsufficientPodCidr",
            "podCidr",
            f"{nodes} nodes with a /{_PODS_OF_A_NODE} each do not fit into pod CIDR {pod}, which has room for {room}.",
        )


def _name_server_refusals(network: Body) -> Iterator[Rejection]:
    text, service = network["dnsServiceIP"], IPv4Network(network["serviceCidr"], strict=False)
    try:
        name_server = IPv4Address(text)
    except ValueError:
        yield _refusal("DnsServiceIpParseError", "dnsServiceIP", f"'{text}' is not an IP address.")
        return
    if name_server not in service:
        yield _refusal(
            "DnsServiceIpOutOfServiceCidr",
            "dnsServiceIP",
            f"The DNS service IP {text} is out of the range defined by service CIDR {service}.",
        )
    if name_server in (service.network_address, service.network_address + 1):
        yield _refusal(
            "DnsServiceIpConflicting",
            "dnsServiceIP",
            f"The DNS service IP {text} conflicts with the API server's, the first one of service CIDR {service}.",
        )
    if name_server == service.broadcast_address:
        yield _refusal(
            "DnsBroadcastAddressConflicting",
            "dnsServiceIP",
            f"The DNS service IP {text} is the broadcast address of service CIDR {service}.",
        )


def _overlap_refusals(network: Body, pools: list[Body], resources: Resources) -> Iterator[Rejection]:
    """Every subnet of the VNet counts, not only the cluster's; and at every write, an upgrade too."""
    service = IPv4Network(network["serviceCidr"], strict=False)
    pod = IPv4Network(network["podCidr"], strict=False) if "podCidr" in network else None
    joined = next((pool["vnetSubnetID"] for pool in pools if pool.get("vnetSubnetID")), None)
    for neighbour in cluster_subnets.beside(joined, resources) if joined else ():
        for cidr in neighbour.cidrs:
            if cidr.overlaps(service):
                yield Rejection(
                    "ServiceCidrOverlapExistingSubnetsCidr",
                    f"The specified service CIDR {service} is conflicted with an existing subnet CIDR {cidr}",
                    target="networkProfile.serviceCIDR",
                )
            if pod and cidr.overlaps(pod):
                yield _refusal(
                    "PodCidrOverlapExistingSubnetsCidr",
                    "podCidr",
                    f"The specified pod CIDR {pod} is conflicted with an existing subnet CIDR {cidr}",
                )
            if any(cidr.overlaps(taken) for taken in _TAKEN_BY_AKS):
                yield _refusal(
                    "SubnetCidrOverlapping",
                    "serviceCidr",
                    f"The subnet CIDR {cidr} overlaps with a range that AKS uses.",
                )
