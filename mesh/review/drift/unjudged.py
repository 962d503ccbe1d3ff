"""What nobody here can judge → said as what it may open, or break; never taken for closed.

A field is either read by the judge, known to decide about no access, or listed here in words.
"""

from collections.abc import Iterator
from fnmatch import fnmatchcase

from mesh.review.drift.changes import Change
from mesh.review.drift.differences import Difference
from mesh.review.drift.unowned import NOT_JUDGED

_HARMLESS = (
    *("*:tags", "*:tags.*", "*:location", "*:sku*", "*:zones*", "*:metadata.labels*", "*:metadata.annotations*"),
    *("*:metadata.finalizers*", "*:metadata.ownerReferences*", "*:idleTimeoutInMinutes", "*:dnsSettings*"),
    *("*:ddosSettings*", "*:enableDdosProtection", "*:version", "*:priority", "*:description"),
    *("*:publicIPAllocationMethod", "*:publicIPAddressVersion", "*:protected"),
    *("AgentPool:*ize", "AgentPool:*ount", "AgentPool:node*", "AgentPool:upgradeSettings*", "AgentPool:max*"),
    *("AgentPool:min*", "AgentPool:mode", "AgentPool:os*", "AgentPool:enableAutoScaling", "AgentPool:orchestrator*"),
    *("ManagedCluster:*ount", "ManagedCluster:*ize", "ManagedCluster:autoUpgradeProfile*"),
    *("ManagedCluster:kubernetesVersion", "ManagedCluster:autoScalerProfile*", "ManagedCluster:supportPlan"),
    *("ManagedCluster:addonProfiles.omsagent*", "ManagedCluster:azureMonitorProfile*"),
    *("ManagedCluster:maintenance*", "ManagedCluster:agentPoolProfiles*.node[LT]*"),
    *("ManagedCluster:securityProfile.defender*", "ManagedCluster:addonProfiles.azurepolicy*"),
    *("VirtualMachine:hardwareProfile*", "VirtualMachine:diagnosticsProfile*", "VirtualMachine:storageProfile*"),
    *("HorizontalPodAutoscaler:*", "PodDisruptionBudget:*", "Telemetry:*", "Release:version", "Release:status"),
    *("Deployment:spec.template.spec.containers*.resources*", "Deployment:spec.revisionHistoryLimit"),
    *("Deployment:spec.strategy*", "Deployment:spec.template.metadata.annotations*"),
    *("Service:spec.sessionAffinity*", "Service:spec.ipFamil*", "Service:spec.internalTrafficPolicy"),
    *("PublicIPAddress:*", "NatGateway:*", "Release:values.pilot.autoscale*", "Release:values.autoscaling*"),
    *("Release:values.resources*", "Release:values.pilot.resources*"),
)
"""Kind and path of what decides about no access."""

_READ_BY_THE_JUDGE = frozenset(
    {
        *("AuthorizationPolicy", "PeerAuthentication", "DestinationRule", "Gateway", "ServiceEntry", "Sidecar"),
        *("VirtualService", "WorkloadEntry", "WorkloadGroup", "Namespace"),
        *("NetworkSecurityGroup", "Subnet", "VirtualNetwork", "VirtualNetworkPeering", "RouteTable", "Route"),
        *("NetworkInterface", "NetworkPolicy"),
    }
)
_READ_FIELDS = ("Service:spec.ports*", "Service:spec.selector*", "Service:spec.loadBalancerSourceRanges*",
                "Service:spec.externalTrafficPolicy", "ConfigMap:data.mesh", "Release:values.meshConfig*",
                "Release:values.service*", "Release:values.networkGateway*")  # fmt: skip

_WORDS = (
    ("RoleBinding:subjects*", "who is named there may do all that its role allows: take the identity of a workload"),
    ("ClusterRoleBinding:subjects*", "who is named there may do all that its role allows, in the whole cluster"),
    ("Role:rules*", "whom it is bound to may do more, or other things"),
    ("ClusterRole:rules*", "whom it is bound to may do more, or other things"),
    (
        "Secret:data*",
        "whose certificates are believed, or which cluster an istiod reads, or what a gateway shows, may be another",
    ),
    ("Service:spec.externalIPs*", "every node takes what is sent to these addresses for this service"),
    ("Service:spec.type", "it is reached from outside its cluster"),
    ("Deployment:spec.template*", "what runs there runs with the identity of these pods"),
    ("ManagedCluster:apiServerAccessProfile*", "who reaches the API server"),
    ("ManagedCluster:aadProfile*", "who may sign in to the cluster"),
    ("ManagedCluster:*ocalAccounts", "who may sign in to the cluster"),
    ("RoleAssignment:*", "who is named there has other rights in Azure"),
    ("FederatedIdentityCredential:*", "whose tokens Azure takes for this identity"),
    ("VirtualMachine:identity*", "what the machine may do in Azure, and so in the mesh"),
    ("MutatingWebhookConfiguration:*", "which pods get a sidecar"),
    ("Release:values*", "what the chart makes of it"),
)
_WITHOUT_SIDECARS = "pods that start from now on may have no sidecar: then no policy of Istio holds for them"
_BESIDE_THE_JUDGE = {
    "Subnet:routeTable*": "its packets go another way than is declared, through whose hands nobody here sees",
    "Namespace:metadata.labels*istio-injection*": _WITHOUT_SIDECARS,
    "Namespace:metadata.labels*istio.io/rev*": _WITHOUT_SIDECARS,
}
"""What the judge reads, and does not follow to its end."""
_UNOWNED = {
    "Secret": "istiod reads the cluster that it names: who runs that one can answer for any host of the mesh",
    "Service": "what it selects is reached from outside the cluster; what its policies refuse stays closed",
    "AgentPool": "its nodes are in the network like all others of the cluster",
    "Subnet": "what is put there is in the network, behind no security group of the plan",
    "VirtualNetworkPeering": "all that a rule gives to VirtualNetwork is given to the other network too",
    "Route": "where packets go, and through whose hands",
}
_MISSING = {
    "ServiceAccount": "pods of this account do not start",
    "RoleBinding": "the machine gets no token any more, and leaves the mesh within a day",
    "Role": "the machine gets no token any more, and leaves the mesh within a day",
    "Secret": "what needs it does not start, or has no certificate to show",
    "Deployment": "nothing runs that does this work",
}
_MISSED_BY_NOBODY = frozenset({"Telemetry", "HorizontalPodAutoscaler", "PodDisruptionBudget"})


def openings(change: Change, *, followed: bool) -> tuple[str, ...]:
    """What a change may open that the judge does not see; empty where it sees all there is to see."""
    if change.what == "missing":
        return ()
    if not followed:
        return (f"not judged: {change.kind} of a shape that the judge cannot follow; it may open any call",)
    if change.what == "unowned":
        plain = change.kind.removesuffix(".gateway")
        if change.kind != plain or plain in NOT_JUDGED:
            return ("not judged: it can change every call of what it selects, policies and mutual TLS included",)
        words = _UNOWNED.get(change.kind)
        return (f"not judged: {words}",) if words else ()
    return tuple(dict.fromkeys(_of_fields(change)))


def breakages(change: Change) -> tuple[str, ...]:
    """What misses an object that the judge does not miss."""
    if change.what != "missing" or change.kind in _MISSED_BY_NOBODY:
        return ()
    return (_MISSING.get(change.kind, "what depends on it"),)


def _of_fields(change: Change) -> Iterator[str]:
    for difference in change.differences:
        asked = f"{change.kind}:{difference.path}"
        yield from (f"not judged: {words}" for beside, words in _BESIDE_THE_JUDGE.items() if fnmatchcase(asked, beside))
        if not _is_seen(change, difference):
            words = next((words for pattern, words in _WORDS if fnmatchcase(asked, pattern)), "it may open calls")
            yield f"not judged: {words}"


def _is_seen(change: Change, difference: Difference) -> bool:
    asked = f"{change.kind}:{difference.path}"
    return change.kind in _READ_BY_THE_JUDGE or any(
        fnmatchcase(asked, pattern.replace("[LT]", "?")) for pattern in (*_HARMLESS, *_READ_FIELDS)
    )
