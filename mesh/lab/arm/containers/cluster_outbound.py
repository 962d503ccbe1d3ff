"""What Azure refuses of a managed cluster's load balancer and NAT gateway."""

from collections.abc import Iterator

from mesh.lab.arm.containers import cluster_subnets
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.resource_types import Body


# Codes: AKS's own list, see agent_pool_rules; messages from support articles where there are:
# InvalidLoadBalancerProfileAllocatedOutboundPorts.
def refusals(network: Body, pools: list[Body]) -> Iterator[Rejection]:
    outbound, profile = network["outboundType"], network.get("loadBalancerProfile")
    basic = network["loadBalancerSku"].lower() == "basic"
    if outbound == "userDefinedRouting" and profile:
        yield _refusal(
            "InvalidUserDefinedRoutingWithLoadBalancerProfile",
            "loadBalancerProfile",
            "A load balancer profile cannot be used with outbound type userDefinedRouting.",
        )
    if outbound == "userDefinedRouting" and any(pool.get("enableNodePublicIP") for pool in pools):
        yield _refusal(
            "UDRWithNodePublicIPNotAllowed",
            "outboundType",
            "User defined routing and node public IPs exclude each other.",
        )
    if basic and outbound != "loadBalancer":
        yield _refusal(
            "UnexpectedLoadBalancerSkuForCurrentOutboundConfiguration",
            "loadBalancerSku",
            f"Outbound type {outbound} needs the standard load balancer.",
        )
    yield from _profile_refusals(profile or {}, sum(cluster_subnets.nodes_at_most(pool) for pool in pools))
    gateway = network.get("natGatewayProfile") or {}
    count = (gateway.get("managedOutboundIPProfile") or {}).get("count")
    if count is not None and not 1 <= count <= 16:
        yield _refusal(
            "InvalidNATGatewayProfileManagedOutboundIPCount", "natGatewayProfile", f"{count} is not within 1 and 16."
        )
    idle = gateway.get("idleTimeoutInMinutes")
    if idle is not None and not 4 <= idle <= 120:
        yield _refusal(
            "InvalidNATGatewayProfileIdleTimeoutInMinutes", "natGatewayProfile", f"{idle} is not within 4 and 120."
        )


def _profile_refusals(profile: Body, nodes: int) -> Iterator[Rejection]:
    field = "loadBalancerProfile"
    managed = (profile.get("managedOutboundIPs") or {}).get("count")
    if managed is not None and not 1 <= managed <= 100:
        yield _refusal("InvalidLoadBalancerProfileManagedOutboundIPCount", field, f"{managed} is not within 1 and 100.")
    idle = profile.get("idleTimeoutInMinutes")
    if idle is not None and not 4 <= idle <= 120:
        yield _refusal("InvalidLoadBalancerProfileIdleTimeoutInMinutes", field, f"{idle} is not within 4 and 120.")
    ports = profile.get("allocatedOutboundPorts") or 0
    if ports < 0:
        yield _refusal(
            "LoadBalancerProfileAllocatedOutboundPortsCannotBeNegative", field, f"{ports} ports are negative."
        )
    if ports % 8:
        yield _refusal(
            "LoadBalancerProfileAllocatedOutboundPortsMustBeMultipleOfEight",
            field,
            f"{ports} allocated outbound ports are no multiple of 8.",
        )
    available = 64000 * (managed or 1)
    if ports > 64000 or ports * nodes > available:
        yield _refusal(
            "InvalidLoadBalancerProfileAllocatedOutboundPorts",
            field,
            f"Load balancer profile allocated ports {ports} is not in an allowable range given the number of nodes and "
            f"IPs provisioned. Total node count {nodes} requires {ports * nodes} ports but only {available} ports are "
            f"available given {managed or 1} outbound public IPs. Refer to https://aka.ms/aks/slb-ports for details.",
        )


def _refusal(code: str, field: str, message: str) -> Rejection:
    return Rejection(code, message, target=f"networkProfile.{field}")
