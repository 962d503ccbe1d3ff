"""What Azure refuses of who may reach a managed cluster's API server."""

from collections.abc import Iterator
from ipaddress import IPv4Network, ip_network

from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.resource_types import Body

MAX_RANGES = 200
_NOBODY = "0.0.0.0/32"
# azure-cli's validator refuses all that is not global; ranges for documentation pass here, examples are made of them.
_NOT_PUBLIC = tuple(
    IPv4Network(cidr)
    for cidr in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16"),
        *("172.16.0.0/12", "192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
_TARGET = "apiServerAccessProfile.authorizedIPRanges"


def refusals(access: Body | None, network: Body) -> Iterator[Rejection]:
    """Documented (api-server-authorized-ip-ranges); codes from AKS's list where it has one."""
    ranges = (access or {}).get("authorizedIPRanges") or []
    basic = network["loadBalancerSku"].lower() == "basic"
    is_private = bool((access or {}).get("enablePrivateCluster"))
    if is_private and basic:
        yield Rejection(
            "PrivateClusterNotSupportedWithBasicLoadBalancer",
            "A private cluster needs the standard load balancer.",
            target="apiServerAccessProfile.enablePrivateCluster",
        )
    if ranges and is_private:
        yield _invalid("authorized IP ranges cannot be set on a private cluster")
    if ranges and basic:
        yield _invalid("authorized IP ranges need the standard load balancer")
    if len(ranges) > MAX_RANGES:
        yield _invalid(f"{len(ranges)} ranges are more than {MAX_RANGES}")
    if _NOBODY in ranges and len(ranges) > 1:
        yield _invalid(f"{_NOBODY}, which lets in nobody, must stand alone")
    for range_ in ranges:
        yield from _range_refusals(range_)


def _range_refusals(text: str) -> Iterator[Rejection]:
    try:
        network = ip_network(text, strict=False)
    except ValueError:
        yield Rejection("CidrStringParseError", f"'{text}' is not an IP address range.", target=_TARGET)
        return
    if not isinstance(network, IPv4Network):
        yield Rejection("UnexpectedIPVersionCIDR", f"'{text}' is not an IPv4 range.", target=_TARGET)
    elif "/" in text and str(network) != text:
        yield Rejection(
            "InvalidIPRangeCIDR", f"'{text}' does not start at its network address; {network} does.", target=_TARGET
        )
    elif text != _NOBODY and any(network.overlaps(private) for private in _NOT_PUBLIC):
        yield _invalid(f"'{text}' is not a public range")


def _invalid(why: str) -> Rejection:
    return Rejection(
        "InvalidParameter", f"The value of parameter {_TARGET} is invalid. Error details: {why}.", target=_TARGET
    )
