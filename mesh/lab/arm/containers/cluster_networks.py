"""What Azure refuses in a managed cluster's network profile, and what it fills in."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from mesh.lab.arm import ids
from mesh.lab.arm.containers import cluster_outbound, cluster_ranges
from mesh.lab.arm.defaults import filled
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.resource_types import Body, Resources

DEFAULT_POD_CIDR = "10.244.0.0/16"
DEFAULT_SERVICE_CIDR = "10.0.0.0/16"

_VALUES = {
    "networkPlugin": (("azure", "kubenet", "none"), "UnknownNetworkPlugin"),
    "networkPolicy": (("none", "calico", "azure", "cilium"), "NetworkPolicyNotSupported"),
    "loadBalancerSku": (("standard", "basic"), "InvalidLoadBalancerSku"),
    "outboundType": (
        ("loadBalancer", "managedNATGateway", "userAssignedNATGateway", "userDefinedRouting", "none", "block"),
        "UnsupportedOutboundType",
    ),
}
"""Refused with codes of their own; mesh/lab/arm/schema leaves them to this rule."""
_CREATE_ONLY = ("serviceCidr", "dnsServiceIP", "podCidr", "loadBalancerSku")


def completed(network: Body, cluster_id: str, node_group_id: str) -> Body:
    plugin = network.get("networkPlugin") or "kubenet"
    defaults: Body = {
        "networkPlugin": plugin,
        # Cilium's data plane brings its own policies, unless another is said.
        "networkPolicy": "cilium" if str(network.get("networkDataplane") or "").lower() == "cilium" else "none",
        "networkDataplane": "azure",
        "loadBalancerSku": "standard",
        "serviceCidr": DEFAULT_SERVICE_CIDR,
        "dnsServiceIP": _tenth(network.get("serviceCidr") or DEFAULT_SERVICE_CIDR),
        "outboundType": "loadBalancer",
        "ipFamilies": ["IPv4"],
    }
    if plugin == "kubenet" or network.get("networkPluginMode") == "overlay":
        defaults["podCidr"] = DEFAULT_POD_CIDR
    if network.get("outboundType", "loadBalancer") == "loadBalancer":
        address = f"{node_group_id}/providers/Microsoft.Network/publicIPAddresses/{ids.name(cluster_id)}-outbound"
        defaults["loadBalancerProfile"] = {
            "managedOutboundIPs": {"count": 1},
            "effectiveOutboundIPs": [{"id": address}],
            "backendPoolType": "nodeIPConfiguration",
        }
    result = filled(network, defaults)
    result["serviceCidrs"] = [result["serviceCidr"]]
    if "podCidr" in result:
        result["podCidrs"] = [result["podCidr"]]
    return result


def refusals(network: Body, pools: list[Body], resources: Resources) -> Iterator[Rejection]:
    """Of a profile that is complete."""
    for name, (allowed, code) in _VALUES.items():
        if network.get(name) is not None and str(network[name]).lower() not in {value.lower() for value in allowed}:
            yield _refusal(code, name, f"'{network[name]}' is not one of {', '.join(allowed)}.")
    yield from _combination_refusals(network, pools)
    yield from cluster_ranges.refusals(network, pools, resources)
    yield from cluster_outbound.refusals(network, pools)


def change_refusals(network: Body, before: Body) -> Iterator[Rejection]:
    for name in _CREATE_ONLY:
        if before.get(name) is not None and network.get(name) != before[name]:
            yield Rejection(
                "PropertyChangeNotAllowed",
                f"Changing property 'networkProfile.{name}' is not allowed.",
                target=f"networkProfile.{name}",
            )
    # Documented: an engine is switched on and off in place, but Cilium's data plane is never left again.
    if before.get("networkDataplane") == "cilium" and network.get("networkDataplane") != "cilium":
        yield Rejection(
            "PropertyChangeNotAllowed",
            "Changing property 'networkProfile.networkDataplane' from cilium is not allowed.",
            target="networkProfile.networkDataplane",
        )
    # Documented: to overlay from kubenet or from flat Azure CNI, and no other way.
    plugins = (before.get("networkPlugin"), network.get("networkPlugin"))
    is_overlay = network.get("networkPluginMode") == "overlay"
    was_overlay = before.get("networkPluginMode") == "overlay"
    if (plugins[0] != plugins[1] and not (plugins == ("kubenet", "azure") and is_overlay)) or (
        was_overlay and not is_overlay
    ):
        yield Rejection(
            "PropertyChangeNotAllowed",
            "Changing property 'networkProfile.networkPlugin' is not allowed.",
            target="networkProfile.networkPlugin",
        )


def _refusal(code: str, field: str, message: str) -> Rejection:
    return Rejection(code, message, target=f"networkProfile.{field}")


def _tenth(cidr: str) -> str:
    """Where AKS puts CoreDNS if it is not told."""
    return str(IPv4Network(cidr, strict=False).network_address + 10) if cluster_ranges.is_cidr(cidr) else ""


def _combination_refusals(network: Body, pools: list[Body]) -> Iterator[Rejection]:
    plugin, policy = network["networkPlugin"], network["networkPolicy"]
    dataplane, mode = network["networkDataplane"], network.get("networkPluginMode")
    windows = any(pool.get("osType") == "Windows" for pool in pools)
    if plugin == "kubenet" and policy == "azure":
        yield _refusal(
            "NetworkPolicyAzureNotSupportedForKubenet",
            "networkPolicy",
            "Network policy azure is not supported for network plugin kubenet.",
        )
    if plugin == "none" and policy != "none":
        yield _refusal(
            "NetworkPolicyNotSupportedForNone",
            "networkPolicy",
            "No network policy is allowed for network plugin none.",
        )
    # Documented (Azure CNI Powered by Cilium, Azure CNI Overlay); no published code of their own.
    if dataplane == "cilium" and plugin != "azure":
        yield _refusal("InvalidParameter", "networkDataplane", "Network dataplane cilium needs network plugin azure.")
    # Azure/AKS-Construction#535 and AdminTurnedDevOps/DevOps-The-Hard-Way-Azure#1 have both answers.
    if dataplane == "cilium" and policy != "cilium":
        yield _refusal("BadRequest", "networkPolicy", "Cilium dataplane requires network policy cilium.")
    if policy == "cilium" and dataplane != "cilium":
        yield _refusal(
            "NetworkPolicyNotSupported", "networkPolicy", "Network Policy cilium requires NetworkDataplane cilium"
        )
    if dataplane == "cilium" and windows:
        yield _refusal("InvalidParameter", "networkDataplane", "Network dataplane cilium has no Windows agent pools.")
    if mode == "overlay" and plugin != "azure":
        yield _refusal("InvalidParameter", "networkPluginMode", "Overlay mode needs network plugin azure.")
    if plugin == "kubenet" and windows:
        yield _refusal("AzureCNIOnlyForWindows", "networkPlugin", "Windows agent pools need network plugin azure.")
