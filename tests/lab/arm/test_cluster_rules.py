"""What AKS refuses in a managed cluster, each rule kept and broken."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from arm_client import GROUP, NETWORK, Azure, RecordingServers
from cluster_ground import (
    CLUSTER,
    CLUSTERS,
    IDENTITIES,
    IDENTITY,
    LONG_NAME,
    MANAGED_IDENTITY_OPERATOR,
    NETWORK_CONTRIBUTOR,
    NODES,
    READER,
    STRANGER,
    SUBNETS,
    assign,
    cluster,
    nat_gateway,
    network,
    prepared,
    principal_of,
    route_table,
    standing_on,
    subnet,
)
from rules import ABSENT, Rule, changed, each, each_kept

N = "properties.networkProfile"
P = "properties.agentPoolProfiles.0"
ACCESS = "properties.apiServerAccessProfile"
SERVICE = {f"{N}.serviceCidr": "172.16.0.0/16", f"{N}.dnsServiceIP": "172.16.0.10"}


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return prepared(tmp_path_factory.mktemp("ground"))


@pytest.fixture
def azure(ground: Path, tmp_path: Path, servers: RecordingServers) -> Iterator[Azure]:
    with standing_on(ground, tmp_path, servers) as azure:
        yield azure


def service(cidr: str, name_server: str) -> dict[str, Any]:
    return {f"{N}.serviceCidr": cidr, f"{N}.dnsServiceIP": name_server}


RANGES = [
    Rule(
        "the service range overlaps no subnet of the virtual network",
        service("10.10.0.0/20", "10.10.0.10"),
        "ServiceCidrOverlapExistingSubnetsCidr",
        service("172.16.0.0/16", "172.16.0.10"),
    ),
    Rule(
        "the service range stays off what AKS uses itself",
        service("172.31.0.0/24", "172.31.0.10"),
        "ServiceCidrOverlapping",
        service("172.29.0.0/24", "172.29.0.10"),
    ),
    Rule(
        "the service range is no larger than the API server takes",
        service("112.0.0.0/8", "112.0.0.10"),
        "InvalidParameter",
        service("112.0.0.0/12", "112.0.0.10"),
    ),
    Rule(
        "the service range is a CIDR block",
        service("10.96.0.0", "10.96.0.10"),
        "CidrStringParseError",
        service("10.96.0.0/20", "10.96.0.10"),
    ),
    Rule(
        "the pod range is a CIDR block",
        {f"{N}.podCidr": "10.244.0.0/33"},
        "CidrStringParseError",
        {f"{N}.podCidr": "10.240.0.0/16"},
    ),
    Rule(
        "the pod range stays off what AKS uses itself",
        {f"{N}.podCidr": "169.254.0.0/16"},
        "InvalidParameter",
        {f"{N}.podCidr": "192.168.0.0/16"},
    ),
    Rule(
        "the pod range does not overlap the service range",
        {f"{N}.podCidr": "10.96.128.0/17"},
        "PodCidrOverlapServiceCidr",
        {f"{N}.podCidr": "10.97.0.0/17"},
    ),
    Rule(
        "the pod range overlaps no subnet of the virtual network",
        {f"{N}.podCidr": "10.10.0.0/16"},
        "PodCidrOverlapExistingSubnetsCidr",
        {f"{N}.podCidr": "10.11.0.0/16"},
    ),
    Rule(
        "the pod range has a /24 for each node and those of an upgrade",
        {f"{N}.podCidr": "10.244.0.0/22", f"{P}.count": 4},
        "InsufficientPodCidr",
        {f"{N}.podCidr": "10.244.0.0/22", f"{P}.count": 3},
    ),
    Rule(
        "the name server is an IPv4 address",
        {f"{N}.dnsServiceIP": "10.96.0.256"},
        "DnsServiceIpParseError",
        {f"{N}.dnsServiceIP": "10.96.0.254"},
    ),
    Rule(
        "the name server lies in the service range",
        {f"{N}.dnsServiceIP": "10.97.0.10"},
        "DnsServiceIpOutOfServiceCidr",
        {f"{N}.dnsServiceIP": "10.96.1.10"},
    ),
    Rule(
        "the name server is not the API server, the first address",
        {f"{N}.dnsServiceIP": "10.96.0.1"},
        "DnsServiceIpConflicting",
        {f"{N}.dnsServiceIP": "10.96.0.2"},
    ),
    Rule(
        "the name server is not the broadcast address",
        {f"{N}.dnsServiceIP": "10.96.255.255"},
        "DnsBroadcastAddressConflicting",
        {f"{N}.dnsServiceIP": "10.96.255.254"},
    ),
]

KUBENET = {f"{N}.networkPlugin": "kubenet", f"{N}.networkPluginMode": None}
COMBINATIONS = [
    Rule(
        "the network plugin is one that AKS has",
        {f"{N}.networkPlugin": "flannel", f"{N}.networkPluginMode": None},
        "UnknownNetworkPlugin",
        KUBENET,
    ),
    Rule(
        "the network policy is one that AKS has",
        {f"{N}.networkPolicy": "weave"},
        "NetworkPolicyNotSupported",
        {f"{N}.networkPolicy": "calico"},
    ),
    Rule(
        "the outbound type is one that AKS has",
        {f"{N}.outboundType": "proxy"},
        "UnsupportedOutboundType",
        {f"{N}.outboundType": "none"},
    ),
    Rule(
        "the load balancer is standard or basic",
        {f"{N}.loadBalancerSku": "gateway"},
        "InvalidLoadBalancerSku",
        {f"{N}.loadBalancerSku": "Standard"},
    ),
    Rule(
        "Azure's network policy is not for kubenet",
        {**KUBENET, f"{N}.networkPolicy": "azure"},
        "NetworkPolicyAzureNotSupportedForKubenet",
        {**KUBENET, f"{N}.networkPolicy": "calico"},
    ),
    Rule(
        "no network policy without a network plugin",
        {f"{N}.networkPlugin": "none", f"{N}.networkPluginMode": None, f"{N}.networkPolicy": "calico"},
        "NetworkPolicyNotSupportedForNone",
        {f"{N}.networkPlugin": "none", f"{N}.networkPluginMode": None},
    ),
    Rule(
        "Cilium's dataplane needs Azure's plugin",
        {**KUBENET, f"{N}.networkDataplane": "cilium"},
        "InvalidParameter",
        {f"{N}.networkDataplane": "cilium", f"{N}.networkPolicy": "cilium"},
    ),
    Rule(
        "Cilium's policy needs Cilium's dataplane",
        {f"{N}.networkPolicy": "cilium"},
        "NetworkPolicyNotSupported",
        {f"{N}.networkDataplane": "cilium"},
    ),
    Rule(
        "Cilium's dataplane needs Cilium's policy",
        {f"{N}.networkDataplane": "cilium", f"{N}.networkPolicy": "azure"},
        "BadRequest",
        {f"{N}.networkPolicy": "azure"},
    ),
    Rule(
        "Cilium's dataplane takes no policy that is none",
        {f"{N}.networkDataplane": "cilium", f"{N}.networkPolicy": "none"},
        "BadRequest",
        {f"{N}.networkPolicy": "none"},
    ),
    Rule(
        "overlay needs Azure's plugin",
        {f"{N}.networkPlugin": "kubenet"},
        "InvalidParameter",
        {f"{N}.networkPluginMode": None, f"{P}.maxPods": 30},
    ),
    Rule(
        "Windows pools need Azure's plugin",
        {
            **KUBENET,
            "properties.agentPoolProfiles.1": {"name": "win", "osType": "Windows", "vmSize": "Standard_D4s_v5"},
        },
        "AzureCNIOnlyForWindows",
        {
            "properties.agentPoolProfiles.1": {
                "name": "win",
                "osType": "Windows",
                "vmSize": "Standard_D4s_v5",
                "vnetSubnetID": NODES,
            }
        },
    ),
]

PROFILE = f"{N}.loadBalancerProfile"
OUTBOUND = [
    Rule(
        "a basic load balancer is the only way out of its cluster",
        {f"{N}.loadBalancerSku": "basic", f"{N}.outboundType": "none"},
        "UnexpectedLoadBalancerSkuForCurrentOutboundConfiguration",
        {f"{N}.loadBalancerSku": "basic"},
    ),
    Rule(
        "the load balancer waits 4 to 120 minutes",
        {PROFILE: {"idleTimeoutInMinutes": 3}},
        "InvalidLoadBalancerProfileIdleTimeoutInMinutes",
        {PROFILE: {"idleTimeoutInMinutes": 4}},
    ),
    Rule(
        "the load balancer has 1 to 100 addresses of its own",
        {PROFILE: {"managedOutboundIPs": {"count": 101}}},
        "InvalidLoadBalancerProfileManagedOutboundIPCount",
        {PROFILE: {"managedOutboundIPs": {"count": 100}}},
    ),
    Rule(
        "ports of a node come in eights",
        {PROFILE: {"allocatedOutboundPorts": 1025}},
        "LoadBalancerProfileAllocatedOutboundPortsMustBeMultipleOfEight",
        {PROFILE: {"allocatedOutboundPorts": 1024}},
    ),
    Rule(
        "ports of a node are not negative",
        {PROFILE: {"allocatedOutboundPorts": -8}},
        "LoadBalancerProfileAllocatedOutboundPortsCannotBeNegative",
        {PROFILE: {"allocatedOutboundPorts": 0}},
    ),
    Rule(
        "an address has 64,000 ports for all nodes and those of an upgrade",
        {PROFILE: {"allocatedOutboundPorts": 16008}},
        "InvalidLoadBalancerProfileAllocatedOutboundPorts",
        {PROFILE: {"allocatedOutboundPorts": 16000}},
    ),
    Rule(
        "a managed NAT gateway has 1 to 16 addresses",
        {f"{P}.vnetSubnetID": None, f"{N}.natGatewayProfile": {"managedOutboundIPProfile": {"count": 17}}},
        "InvalidNATGatewayProfileManagedOutboundIPCount",
        {f"{P}.vnetSubnetID": None, f"{N}.natGatewayProfile": {"managedOutboundIPProfile": {"count": 16}}},
    ),
    Rule(
        "a managed NAT gateway waits 4 to 120 minutes",
        {f"{P}.vnetSubnetID": None, f"{N}.natGatewayProfile": {"idleTimeoutInMinutes": 121}},
        "InvalidNATGatewayProfileIdleTimeoutInMinutes",
        {f"{P}.vnetSubnetID": None, f"{N}.natGatewayProfile": {"idleTimeoutInMinutes": 120}},
    ),
    Rule(
        "a managed NAT gateway is for managed networks",
        {f"{N}.outboundType": "managedNATGateway"},
        "ManagedNATGatewayWithCustomVNetNotAllowed",
        {f"{N}.outboundType": "managedNATGateway", f"{P}.vnetSubnetID": None},
    ),
    Rule(
        "routing of one's own is for networks of one's own",
        {f"{N}.outboundType": "userDefinedRouting", f"{P}.vnetSubnetID": None},
        "ExistingRouteTableNotAssociatedWithSubnet",
        {f"{N}.outboundType": "block", f"{P}.vnetSubnetID": None},
    ),
    Rule(
        "a NAT gateway of one's own is for networks of one's own",
        {f"{N}.outboundType": "userAssignedNATGateway", f"{P}.vnetSubnetID": None},
        "UserAssignedNATGatewayWithManagedVNetNotAllowed",
        {f"{N}.outboundType": "loadBalancer", f"{P}.vnetSubnetID": None},
    ),
]

CLUSTER_FIELDS = [
    Rule(
        "a cluster has a DNS prefix",
        {"properties.dnsPrefix": None},
        "InvalidParameter",
        {"properties.dnsPrefix": None, "properties.fqdnSubdomain": "shop"},
    ),
    Rule(
        "a DNS prefix ends in a letter or digit",
        {"properties.dnsPrefix": "shop-"},
        "InvalidParameter",
        {"properties.dnsPrefix": "shop-1"},
    ),
    Rule(
        "a DNS prefix has at most 54 characters",
        {"properties.dnsPrefix": "s" * 55},
        "InvalidParameter",
        {"properties.dnsPrefix": "s" * 54},
    ),
    Rule(
        "a cluster has an identity",
        {"identity": None},
        "InvalidParameter",
        {"identity": {"type": "SystemAssigned"}},
    ),
    Rule(
        "the identity of a cluster exists",
        {"identity.userAssignedIdentities": {f"{IDENTITIES}/nobody": {}}},
        "InvalidManagedIdentityResourceID",
    ),
    Rule(
        "the version is one that the region offers",
        {"properties.kubernetesVersion": "1.20"},
        "K8sVersionNotSupported",
        {"properties.kubernetesVersion": "1.35"},
    ),
    Rule(
        "an old version is for long-term support",
        {"properties.kubernetesVersion": "1.33"},
        "K8sVersionNotSupported",
        {
            "properties.kubernetesVersion": "1.33",
            "properties.supportPlan": "AKSLongTermSupport",
            "sku": {"name": "Base", "tier": "Premium"},
        },
    ),
    Rule(
        "the patch is one that the region offers",
        {"properties.kubernetesVersion": "1.34.99"},
        "K8sVersionNotSupported",
        {"properties.kubernetesVersion": "1.34.1"},
    ),
    Rule(
        "the node resource group is another one",
        {"properties.nodeResourceGroup": "shop"},
        "NodeResourceGroupSameAsResourceGroup",
        {"properties.nodeResourceGroup": "shop-nodes"},
    ),
    Rule(
        "local accounts are disabled only where Entra ID signs users in",
        {"properties.disableLocalAccounts": True},
        "BadRequest",
        {"properties.disableLocalAccounts": True, "properties.aadProfile": {"managed": True}},
    ),
    Rule(
        "Istio's add-on has at most two revisions",
        {
            "properties.serviceMeshProfile": {
                "mode": "Istio",
                "istio": {"revisions": ["asm-1-24", "asm-1-25", "asm-1-26"]},
            }
        },
        "InvalidParameter",
        {"properties.serviceMeshProfile": {"mode": "Istio", "istio": {"revisions": ["asm-1-24", "asm-1-25"]}}},
    ),
    Rule(
        "a kubelet identity of one's own needs a cluster identity of one's own",
        {
            "identity": {"type": "SystemAssigned"},
            "properties.identityProfile": {"kubeletidentity": {"resourceId": STRANGER}},
        },
        "CustomKubeletIdentityOnlySupportedOnUserAssignedMSICluster",
        {"identity": {"type": "SystemAssigned"}},
    ),
]

API_SERVER = [
    Rule(
        "ranges that may call the API server start at their network address",
        {ACCESS: {"authorizedIPRanges": ["137.117.106.90/29"]}},
        "InvalidIPRangeCIDR",
        {ACCESS: {"authorizedIPRanges": ["137.117.106.88/29"]}},
    ),
    Rule(
        "ranges that may call the API server are ranges",
        {ACCESS: {"authorizedIPRanges": ["office"]}},
        "CidrStringParseError",
        {ACCESS: {"authorizedIPRanges": []}},
    ),
    Rule(
        "ranges that may call the API server need the standard load balancer",
        {ACCESS: {"authorizedIPRanges": ["73.140.245.0/24"]}, f"{N}.loadBalancerSku": "basic"},
        "InvalidParameter",
        {ACCESS: {"authorizedIPRanges": ["73.140.245.0/24"]}, f"{N}.loadBalancerSku": "standard"},
    ),
    Rule(
        "ranges that may call the API server are public",
        {ACCESS: {"authorizedIPRanges": ["10.0.0.0/8"]}},
        "InvalidParameter",
        {ACCESS: {"authorizedIPRanges": ["73.140.245.0/24"]}},
    ),
    Rule(
        "ranges that may call the API server are IPv4",
        {ACCESS: {"authorizedIPRanges": ["2603:1020::/48"]}},
        "UnexpectedIPVersionCIDR",
        {ACCESS: {"authorizedIPRanges": ["73.140.245.7"]}},
    ),
    Rule(
        "who lets in nobody lets in nobody else",
        {ACCESS: {"authorizedIPRanges": ["0.0.0.0/32", "73.140.245.0/24"]}},
        "InvalidParameter",
        {ACCESS: {"authorizedIPRanges": ["0.0.0.0/32"]}},
    ),
    Rule(
        "at most 200 ranges may call the API server",
        {ACCESS: {"authorizedIPRanges": [f"73.140.{number}.0/24" for number in range(201)]}},
        "InvalidParameter",
        {ACCESS: {"authorizedIPRanges": [f"73.140.{number}.0/24" for number in range(200)]}},
    ),
    Rule(
        "a private cluster has no ranges that may call its API server",
        {ACCESS: {"authorizedIPRanges": ["73.140.245.0/24"], "enablePrivateCluster": True}},
        "InvalidParameter",
        {ACCESS: {"enablePrivateCluster": True}},
    ),
    Rule(
        "a private cluster needs the standard load balancer",
        {ACCESS: {"enablePrivateCluster": True}, f"{N}.loadBalancerSku": "basic"},
        "PrivateClusterNotSupportedWithBasicLoadBalancer",
        {ACCESS: {"enablePrivateCluster": True}, f"{N}.loadBalancerSku": "standard"},
    ),
]

POOLS = [
    Rule(
        "a cluster has a system pool",
        {f"{P}.mode": "User"},
        "MustDefineAtLeastOneSystemPool",
        {f"{P}.mode": "System"},
    ),
    Rule(
        "a system pool tolerates no taint that keeps its own pods off",
        {f"{P}.nodeTaints": ["only=gpu:NoSchedule"]},
        "SystemPoolHasRestrictedTaint",
        {f"{P}.nodeTaints": ["CriticalAddonsOnly=true:NoSchedule", "only=gpu:PreferNoSchedule"]},
    ),
    Rule(
        "a system pool runs Linux",
        {f"{P}.osType": "Windows", f"{P}.name": "win"},
        "SystemPoolMustBeLinux",
        {f"{P}.osType": "Linux"},
    ),
    Rule(
        "a system pool is not of spot machines",
        {f"{P}.scaleSetPriority": "Spot"},
        "SystemPoolMustBeRegular",
        {f"{P}.scaleSetPriority": "Regular"},
    ),
    Rule(
        "a system pool has machines of two cores and 4 GiB",
        {f"{P}.vmSize": "Standard_B1ms"},
        "SystemPoolSkuTooLow",
        {f"{P}.vmSize": "Standard_B2s"},
    ),
    Rule(
        "zones need the standard load balancer",
        {f"{P}.availabilityZones": ["1"], f"{N}.loadBalancerSku": "basic"},
        "SLBRequiredForAvailabilityZone",
        {f"{P}.availabilityZones": ["1"], f"{N}.loadBalancerSku": "standard"},
    ),
    Rule(
        "a system pool has a node",
        {f"{P}.count": 0},
        "InvalidParameter",
        {f"{P}.count": 1},
    ),
    Rule(
        "two pools have two names",
        {
            "properties.agentPoolProfiles.1": {
                "name": "system",
                "mode": "System",
                "vmSize": "Standard_D4s_v5",
                "vnetSubnetID": NODES,
            }
        },
        "InvalidParameter",
        {"properties.agentPoolProfiles.1": {"name": "apps", "vmSize": "Standard_D4s_v5", "vnetSubnetID": NODES}},
    ),
    Rule(
        "either all pools have a subnet or none",
        {"properties.agentPoolProfiles.1": {"name": "apps", "vmSize": "Standard_D4s_v5"}},
        "AgentPoolsWithEmptySubnetError",
        {"properties.agentPoolProfiles.1": {"name": "apps", "vmSize": "Standard_D4s_v5", "vnetSubnetID": NODES}},
    ),
    Rule(
        "a pool's subnet exists",
        {f"{P}.vnetSubnetID": f"{SUBNETS}/nowhere"},
        "SubnetNotFound",
        {f"{P}.vnetSubnetID": NODES.upper().replace("/SUBSCRIPTIONS", "/subscriptions")},
    ),
]

RULES = [*RANGES, *COMBINATIONS, *OUTBOUND, *CLUSTER_FIELDS, *API_SERVER, *POOLS]


@each_kept(RULES)
def test_aks_accepts_a_cluster_where(azure: Azure, rule: Rule) -> None:
    azure.made(CLUSTER, changed(cluster(), rule.kept), CLUSTERS)


@each(RULES)
def test_aks_refuses_a_cluster_unless(azure: Azure, rule: Rule) -> None:
    assert azure.refused(CLUSTER, changed(cluster(), rule.broken), CLUSTERS) == rule.code


@pytest.mark.parametrize("name", ["e", "east-1", "East_1", "e" * 63, "my-login"])
def test_aks_accepts_the_cluster_name(azure: Azure, name: str) -> None:
    azure.made(f"{CLUSTER.rpartition('/')[0]}/{name}", cluster(), CLUSTERS)


@pytest.mark.parametrize("name", ["-east", "east-", "e" * 64, "ea.st", "azure", "my-windows", "microsoft1", "login-1"])
def test_aks_refuses_the_cluster_name(azure: Azure, name: str) -> None:
    assert azure.refused(f"{CLUSTER.rpartition('/')[0]}/{name}", cluster(), CLUSTERS) == "InvalidParameter"


def in_subnet(subnet_id: str, **changes: Any) -> dict[str, Any]:
    return changed(cluster(), {f"{P}.vnetSubnetID": subnet_id, **changes})


def test_a_cluster_whose_identity_may_not_join_the_subnet_is_refused(azure: Azure) -> None:
    body = changed(cluster(), {"identity.userAssignedIdentities": {STRANGER: {}}})

    assert azure.refused(CLUSTER, body, CLUSTERS) == "LinkedAuthorizationFailed"


def test_a_right_to_read_the_subnet_is_not_a_right_to_join_it(azure: Azure) -> None:
    assign(azure, principal_of(azure, STRANGER), READER, NODES)
    body = changed(cluster(), {"identity.userAssignedIdentities": {STRANGER: {}}})

    assert azure.refused(CLUSTER, body, CLUSTERS) == "LinkedAuthorizationFailed"


def test_a_right_on_another_subnet_with_a_longer_name_does_not_count(azure: Azure) -> None:
    other = subnet(azure, f"{NODES}-too", "10.10.1.0/24")
    assign(azure, principal_of(azure, STRANGER), NETWORK_CONTRIBUTOR, other)
    body = changed(cluster(), {"identity.userAssignedIdentities": {STRANGER: {}}})

    assert azure.refused(CLUSTER, body, CLUSTERS) == "LinkedAuthorizationFailed"


@pytest.mark.parametrize("scope", [NODES, f"{NETWORK}/virtualNetworks/east", GROUP])
def test_network_contributor_on_the_subnet_or_above_lets_the_cluster_join(azure: Azure, scope: str) -> None:
    assign(azure, principal_of(azure, STRANGER), NETWORK_CONTRIBUTOR, scope)

    azure.made(CLUSTER, changed(cluster(), {"identity.userAssignedIdentities": {STRANGER: {}}}), CLUSTERS)


def test_a_kubelet_identity_is_given_only_by_an_identity_that_operates_it(azure: Azure) -> None:
    body = changed(cluster(), {"properties.identityProfile": {"kubeletidentity": {"resourceId": STRANGER}}})
    azure.gone(_assignment_of(azure, IDENTITY))
    assign(azure, principal_of(azure, IDENTITY), NETWORK_CONTRIBUTOR, NODES)
    assert azure.refused(CLUSTER, body, CLUSTERS) == "CustomKubeletIdentityMissingPermissionError"

    assign(azure, principal_of(azure, IDENTITY), MANAGED_IDENTITY_OPERATOR, STRANGER)
    made = azure.made(CLUSTER, body, CLUSTERS)

    kubelet = made["properties"]["identityProfile"]["kubeletidentity"]
    assert kubelet["objectId"] == principal_of(azure, STRANGER)


def _assignment_of(azure: Azure, identity: str) -> str:
    path = f"{GROUP}/providers/Microsoft.Authorization/roleAssignments"
    principal = principal_of(azure, identity)
    return next(one["id"] for one in azure.body(path)["value"] if one["properties"]["principalId"] == principal)


def test_an_existing_node_resource_group_is_refused(azure: Azure) -> None:
    azure.made(f"{GROUP}-nodes", {"location": "westeurope"})
    body = cluster(nodeResourceGroup="shop-nodes")

    assert azure.refused(CLUSTER, body, CLUSTERS) == "NodeResourceGroupAlreadyExists"


def test_the_node_resource_group_of_another_cluster_is_refused(azure: Azure) -> None:
    azure.made(f"{CLUSTER}-2", cluster(nodeResourceGroup="shop-nodes"), CLUSTERS)

    code = azure.refused(CLUSTER, cluster(nodeResourceGroup="shop-nodes"), CLUSTERS)

    assert code == "NodeResourceGroupManagedByAnotherResource"


def test_a_subnet_whose_name_makes_no_node_label_is_refused(azure: Azure) -> None:
    assert len(LONG_NAME) > 63
    subnet_id = subnet(azure, f"{SUBNETS}/{LONG_NAME}", "10.10.1.0/24")
    assert azure.refused(CLUSTER, in_subnet(subnet_id), CLUSTERS) == "InvalidParameter"

    shorter = subnet(azure, f"{SUBNETS}/{LONG_NAME[:63]}", "10.10.2.0/24")
    azure.made(CLUSTER, in_subnet(shorter), CLUSTERS)


def test_a_delegated_subnet_is_refused(azure: Azure) -> None:
    delegations = [{"name": "pg", "properties": {"serviceName": "Microsoft.DBforPostgreSQL/flexibleServers"}}]
    subnet_id = subnet(azure, f"{SUBNETS}/databases", "10.10.1.0/24", delegations=delegations)

    assert azure.refused(CLUSTER, in_subnet(subnet_id), CLUSTERS) == "SubnetIsDelegated"


def test_a_subnet_delegated_to_aks_is_accepted(azure: Azure) -> None:
    delegations = [{"name": "aks", "properties": {"serviceName": "Microsoft.ContainerService/managedClusters"}}]
    subnet_id = subnet(azure, f"{SUBNETS}/own", "10.10.1.0/24", delegations=delegations)

    azure.made(CLUSTER, in_subnet(subnet_id), CLUSTERS)


def test_a_network_in_another_region_is_refused(azure: Azure) -> None:
    far = network(azure, "far", "10.40.0.0/16", "northeurope")
    subnet_id = subnet(azure, f"{far}/subnets/nodes", "10.40.0.0/24")

    assert azure.refused(CLUSTER, in_subnet(subnet_id), CLUSTERS) == "InvalidParameter"


def test_a_network_over_what_aks_uses_itself_is_refused(azure: Azure) -> None:
    taken = network(azure, "taken", "172.30.0.0/16")
    subnet_id = subnet(azure, f"{taken}/subnets/nodes", "172.30.0.0/24")

    assert azure.refused(CLUSTER, in_subnet(subnet_id), CLUSTERS) == "SubnetCidrOverlapping"


def test_a_subnet_of_two_ranges_is_refused(azure: Azure) -> None:
    subnet_id = f"{SUBNETS}/two"
    azure.made(subnet_id, {"properties": {"addressPrefixes": ["10.10.1.0/24", "10.10.2.0/24"]}})

    assert azure.refused(CLUSTER, in_subnet(subnet_id), CLUSTERS) == "MultipleAddressPrefixesSubnetNotSupported"


def test_a_kubelet_identity_exists(azure: Azure) -> None:
    nobody = {"kubeletidentity": {"resourceId": f"{IDENTITIES}/nobody"}}

    assert azure.refused(CLUSTER, cluster(identityProfile=nobody), CLUSTERS) == "InvalidManagedIdentityResourceID"


def test_pools_in_two_networks_are_refused_and_in_two_subnets_of_one_accepted(azure: Azure) -> None:
    west = network(azure, "west", "10.20.0.0/16")
    elsewhere = subnet(azure, f"{west}/subnets/nodes", "10.20.0.0/24")
    beside = subnet(azure, f"{SUBNETS}/more", "10.10.1.0/24")
    pool = {"name": "apps", "vmSize": "Standard_D4s_v5"}

    def with_pool_in(subnet_id: str) -> dict[str, Any]:
        return changed(cluster(), {"properties.agentPoolProfiles.1": {**pool, "vnetSubnetID": subnet_id}})

    assert azure.refused(CLUSTER, with_pool_in(elsewhere), CLUSTERS) == "InvalidParameter"
    azure.made(CLUSTER, with_pool_in(beside), CLUSTERS)


def test_a_subnet_has_an_address_for_each_node_and_those_of_an_upgrade(azure: Azure) -> None:
    subnet_id = subnet(azure, f"{SUBNETS}/tiny", "10.10.1.0/29")  # 8 addresses, 5 of them Azure's

    assert azure.refused(CLUSTER, in_subnet(subnet_id), CLUSTERS) == "InsufficientSubnetSize"
    azure.made(CLUSTER, in_subnet(subnet_id, **{f"{P}.count": 2}), CLUSTERS)


def test_without_overlay_a_subnet_has_an_address_for_each_pod_too(azure: Azure) -> None:
    flat = {f"{N}.networkPluginMode": None, f"{N}.podCidr": ABSENT, f"{P}.maxPods": 100}

    assert azure.refused(CLUSTER, changed(cluster(), flat), CLUSTERS) == "InsufficientSubnetSize"
    azure.made(CLUSTER, changed(cluster(), {**flat, f"{P}.maxPods": 61}), CLUSTERS)  # (3 + 1) * 62 = 248 of 251


def test_a_subnet_that_another_cluster_fills_is_refused(azure: Azure) -> None:
    subnet_id = subnet(azure, f"{SUBNETS}/small", "10.10.1.0/28")  # 11 addresses
    azure.made(CLUSTER, in_subnet(subnet_id, **{f"{P}.count": 5}), CLUSTERS)  # 6 with the upgrade's

    assert azure.refused(f"{CLUSTER}-2", in_subnet(subnet_id, **{f"{P}.count": 5}), CLUSTERS) == "SubnetIsFull"
    azure.made(f"{CLUSTER}-3", in_subnet(subnet_id, **{f"{P}.count": 4}), CLUSTERS)


def test_a_service_range_over_a_subnet_that_the_cluster_does_not_use_is_refused(azure: Azure) -> None:
    subnet(azure, f"{SUBNETS}/unused", "10.10.128.0/24")

    code = azure.refused(CLUSTER, changed(cluster(), service("10.10.128.0/20", "10.10.128.10")), CLUSTERS)

    assert code == "ServiceCidrOverlapExistingSubnetsCidr"


def test_a_nat_gateway_of_ones_own_is_attached_and_has_an_address_before_the_cluster(azure: Azure) -> None:
    outbound = {f"{N}.outboundType": "userAssignedNATGateway"}
    assert azure.refused(CLUSTER, in_subnet(NODES, **outbound), CLUSTERS) == "SubnetNotAssociatedWithNATGateway"

    dry = subnet(azure, f"{SUBNETS}/dry", "10.10.1.0/24", natGateway=nat_gateway(azure, "dry"))
    code = azure.refused(CLUSTER, in_subnet(dry, **outbound), CLUSTERS)
    assert code == "NATGatewayNotAssociatedWithPublicIPOrIPPrefix"

    out = subnet(azure, f"{SUBNETS}/out", "10.10.2.0/24", natGateway=nat_gateway(azure, "out", "out"))
    azure.made(CLUSTER, in_subnet(out, **outbound), CLUSTERS)


APPLIANCE = {"addressPrefix": "0.0.0.0/0", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.10.9.4"}
INTERNET = {"addressPrefix": "0.0.0.0/0", "nextHopType": "Internet"}
INSIDE = {"addressPrefix": "10.0.0.0/8", "nextHopType": "VnetLocal"}


def test_routing_of_ones_own_needs_a_route_out_by_an_appliance(azure: Azure) -> None:
    outbound = {f"{N}.outboundType": "userDefinedRouting"}
    assert azure.refused(CLUSTER, in_subnet(NODES, **outbound), CLUSTERS) == "ExistingRouteTableNotAssociatedWithSubnet"

    expected = {
        "RouteTableMissingDefaultRouteError": INSIDE,
        "RouteTableInvalidNextHop": INTERNET,
    }
    for number, (code, route) in enumerate(expected.items(), 1):
        table = route_table(azure, f"table-{number}", route)
        subnet_id = subnet(azure, f"{SUBNETS}/routed-{number}", f"10.10.{number}.0/24", routeTable=table)
        assert azure.refused(CLUSTER, in_subnet(subnet_id, **outbound), CLUSTERS) == code

    table = route_table(azure, "out", APPLIANCE)
    subnet_id = subnet(azure, f"{SUBNETS}/out", "10.10.9.0/24", routeTable=table)
    azure.made(CLUSTER, in_subnet(subnet_id, **outbound), CLUSTERS)


def test_routing_of_ones_own_takes_no_load_balancer_profile_and_no_public_nodes(azure: Azure) -> None:
    table = route_table(azure, "out", APPLIANCE)
    subnet_id = subnet(azure, f"{SUBNETS}/out", "10.10.9.0/24", routeTable=table)
    body = in_subnet(subnet_id, **{f"{N}.outboundType": "userDefinedRouting"})

    balanced = changed(body, {PROFILE: {"managedOutboundIPs": {"count": 1}}})
    public = changed(body, {f"{P}.enableNodePublicIP": True})

    assert azure.refused(CLUSTER, balanced, CLUSTERS) == "InvalidUserDefinedRoutingWithLoadBalancerProfile"
    assert azure.refused(CLUSTER, public, CLUSTERS) == "UDRWithNodePublicIPNotAllowed"


def test_an_identity_of_the_system_brings_no_route_table(azure: Azure) -> None:
    table = route_table(azure, "out", APPLIANCE)
    subnet_id = subnet(azure, f"{SUBNETS}/out", "10.10.9.0/24", routeTable=table)
    body = in_subnet(subnet_id, **{f"{N}.outboundType": "userDefinedRouting", "identity": {"type": "SystemAssigned"}})

    assert azure.refused(CLUSTER, body, CLUSTERS) == "CustomRouteTableWithUnsupportedMSIType"


def test_kubenet_writes_routes_so_its_identity_must_be_allowed_to(azure: Azure) -> None:
    table = route_table(azure, "pods", INSIDE)
    subnet_id = subnet(azure, f"{SUBNETS}/pods", "10.10.9.0/24", routeTable=table)
    assign(azure, principal_of(azure, STRANGER), NETWORK_CONTRIBUTOR, subnet_id)
    body = in_subnet(subnet_id, **KUBENET, **{"identity.userAssignedIdentities": {STRANGER: {}}})

    assert azure.refused(CLUSTER, body, CLUSTERS) == "CustomRouteTableMissingPermission"
    assign(azure, principal_of(azure, STRANGER), NETWORK_CONTRIBUTOR, table["id"])
    azure.made(CLUSTER, body, CLUSTERS)
