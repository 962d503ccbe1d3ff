"""Which findings there are: each kind with its code, how grave it is, why it matters, and the way out.

Errors are what differs from the declared routes, and what opens more than they need; warnings and notes are what is
weaker than it need be.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "note"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "note")
"""The gravest first."""


@dataclass(frozen=True)
class Kind:
    code: str
    """Stable: stack files accept findings by it."""
    severity: Severity
    what: str
    why: str
    way_out: str


ROUTE_DOES_NOT_WORK = Kind(
    "route-does-not-work",
    "error",
    "A declared route is stopped on every way.",
    "The caller is promised this route, and every one of its calls would fail.",
    "mesh explain follows the call step by step; mend what stops it.",
)
ROUTE_WORKS_IN_PART = Kind(
    "route-works-in-part",
    "error",
    "A declared route is stopped on some of its ways, from some addresses, or for some of its requests.",
    "Some of the calls would fail, and which ones depends on where they happen to come from and go to.",
    "mesh explain shows every way; mend what stops the ones that fail.",
)
PLACE_IS_NOT_CALLED = Kind(
    "place-is-not-called",
    "error",
    "A declared route never leads to one of the places where its callee runs.",
    "What runs there takes no part of the load, and does not step in when the other places fail.",
    "Let the caller's istiod know the place: by its remote secret, its entries or its gateway.",
)
MACHINE_DOES_NOT_JOIN = Kind(
    "machine-does-not-join",
    "error",
    "A machine with a sidecar does not reach its istiod, or is not let register itself there.",
    "Its sidecar gets no configuration and no certificate: it neither calls nor answers.",
    "Open port 15012 from the machine to the east-west gateway of its cluster, and keep its WorkloadGroup.",
)
WAY_OF_CLIENTS_UNKNOWN = Kind(
    "way-of-clients-unknown",
    "note",
    "A gateway is for clients with private addresses that no network of the plan has.",
    "They need a VPN, an ExpressRoute or a peering that others keep, and nothing here can tell whether it is there.",
    "See to it that their network routes to the gateway's address, and back.",
)
REDIRECT_DOES_NOT_WORK = Kind(
    "redirect-does-not-work",
    "error",
    "A gateway is declared to send clients of plain http on to https, and they do not get that far.",
    "Whoever types the name without https gets no answer.",
    "Let port 80 reach the gateway, in its release, its Gateway and the security group of the nodes.",
)
PLATFORM_IS_CUT_OFF = Kind(
    "platform-is-cut-off",
    "error",
    "A security group stops what AKS itself needs between the nodes and pods of a cluster, or for its load balancers.",
    "Nodes become NotReady, or load balancers take them out, and everything on them is gone.",
    "Allow what the cluster needs: node to node, node to pod, pod to pod, and probes of AzureLoadBalancer.",
)

UNDECLARED_OPENING = Kind(
    "undeclared-opening",
    "error",
    "A workload or gateway can call a workload at a port, and no route declares it.",
    "Who may call whom is what the routes say; whatever else is open is open to an intruder too.",
    "Close what lets it through, or declare a route.",
)
WIDER_THAN_DECLARED = Kind(
    "wider-than-declared",
    "error",
    "A policy gives a declared caller more than its routes declare: other methods, paths or ports.",
    "A route that says GET /orders/* is read as a promise that nothing else gets through.",
    "Narrow the rule, or declare the calls.",
)
CALLS_LED_ELSEWHERE = Kind(
    "calls-led-elsewhere",
    "error",
    "A VirtualService leads calls of a workload to another, and no move is declared.",
    "Callers then speak with a workload that they did not mean, by a way that the routes do not show.",
    "Lead them to the workload that is called, or declare the move in traffic, under strangler.",
)
STRANGER_LET_IN = Kind(
    "stranger-let-in",
    "error",
    "Somebody gets through to a workload with a sidecar whom the environment does not know.",
    "Whoever manages to run a pod in a cluster, or to take such a name, can make these calls.",
    "Name callers by their exact principals, and keep mutual TLS strict.",
)
CALLERS_NOT_NAMED = Kind(
    "callers-not-named",
    "error",
    "A rule lets callers in without naming their principals exactly: a wildcard, a namespace, addresses, or nobody.",
    "It lets in whoever fits today and tomorrow, also what nobody has thought of.",
    "Name the principals of the declared callers.",
)
WORKLOAD_WITHOUT_POLICY = Kind(
    "workload-without-policy",
    "error",
    "No ALLOW policy holds for a workload with a sidecar.",
    "Without one, Istio lets every call in.",
    "Have a policy select it, and keep the one that denies everything by default.",
)
POLICY_FOR_A_NAMESPACE = Kind(
    "policy-for-a-namespace",
    "error",
    "A policy lets callers in to everything in its namespace.",
    "Callers are declared of one workload; whatever else runs there, today or later, is open to them too.",
    "Have the policy select the workload.",
)
NO_DENY_BY_DEFAULT = Kind(
    "no-deny-by-default",
    "error",
    "Nothing denies calls in a cluster to what no policy selects.",
    "Whatever is deployed there without a policy of its own can be called by everybody.",
    "Keep an ALLOW policy without rules and without a selector in the root namespace.",
)
POLICY_IN_DRY_RUN = Kind(
    "policy-in-dry-run",
    "error",
    "A policy is in dry run in a namespace that is not declared to observe.",
    "A dry run reports what it would do and enforces nothing.",
    "Remove the annotation istio.io/dry-run, or declare the namespace with enforcement: observe.",
)
CALLS_ARE_OBSERVED = Kind(
    "calls-are-observed",
    "warning",
    "A namespace is declared with enforcement: observe.",
    "Every call to its workloads gets through, declared or not, and is only reported.",
    "Declare the routes that the reports name, then set enforcement: enforce.",
)
PLAINTEXT_ACCEPTED = Kind(
    "plaintext-accepted",
    "error",
    "Sidecars accept calls without mutual TLS.",
    "Such a caller has no identity, what it sends can be read on the way, and addresses are all that is known of it.",
    "Set the mode STRICT, for the whole mesh in the root namespace.",
)
PLAINTEXT_SENT = Kind(
    "plaintext-sent",
    "warning",
    "Callers are told to speak with a workload that has a sidecar without Istio's mutual TLS.",
    "Where it takes only mutual TLS the calls fail, and elsewhere they are readable and nobody's.",
    "Remove trafficPolicy.tls from the DestinationRule.",
)
HTTP_RULE_ON_TCP_PORT = Kind(
    "http-rule-on-tcp-port",
    "error",
    "A rule asks for methods, paths, hosts or headers at a port that is not HTTP to the proxy.",
    "There an ALLOW rule matches nothing, and a DENY rule matches every request.",
    "Remove the HTTP fields of the rule, or declare the port's protocol as http, http2 or grpc.",
)
PATHS_NOT_NORMALIZED = Kind(
    "paths-not-normalized",
    "error",
    "Policies compare paths that the proxies have not brought to one form.",
    "With /a/%2e%2e/b or /a//b a caller gets past a rule for /a/*, and the application reads another path.",
    "Set meshConfig.pathNormalization.normalization to DECODE_AND_MERGE_SLASHES.",
)
UNKNOWN_HOSTS_PASS = Kind(
    "unknown-hosts-pass",
    "error",
    "Sidecars let calls pass to hosts that they do not know.",
    "Every workload can then reach whatever the network lets it reach, without any route.",
    "Set outboundTrafficPolicy.mode to REGISTRY_ONLY.",
)
SIDECAR_WIDER_THAN_ROUTES = Kind(
    "sidecar-wider-than-routes",
    "warning",
    "A sidecar is told of hosts that its workload has no route to.",
    "Nothing else may hold the caller back where the callee has no sidecar; and proxies grow with what they know.",
    "List only the hosts of the workload's routes in its Sidecar.",
)
ENTRY_KNOWN_TOO_WIDELY = Kind(
    "entry-known-too-widely",
    "note",
    "What is outside the mesh is exported to namespaces that have no route to it.",
    "Only the Sidecars of those namespaces then keep their workloads from it.",
    "List the namespaces of the callers in exportTo.",
)
ONLY_THE_NETWORK_GUARDS = Kind(
    "only-the-network-guards",
    "note",
    "What has no sidecar can be reached by whatever runs on the nodes of a cluster that calls it.",
    "Pods leave with the address of their node, so no security group tells the declared caller from another pod.",
    "Have the application ask who calls, by passwords or certificates; or give it a sidecar.",
)

CLIENT_CERTIFICATE_NOT_ASKED = Kind(
    "client-certificate-not-asked",
    "error",
    "A gateway is declared with mutual TLS and lets clients in without a certificate.",
    "Whoever can reach the gateway can then make the declared calls.",
    "Set the mode MUTUAL at the Gateway's server.",
)
CLIENT_NAME_NOT_ASKED = Kind(
    "client-name-not-asked",
    "error",
    "A gateway is declared for clients with certain names and lets in others of the same authority.",
    "Every holder of a certificate of that authority can then make the declared calls.",
    "List the names in subjectAltNames of the Gateway's server.",
)
GATEWAY_OPEN_TO_OTHERS = Kind(
    "gateway-open-to-others",
    "error",
    "A gateway's load balancer or its policy lets in addresses outside the ranges that it is declared for.",
    "Each is there so that one mistake in the others lets nobody in.",
    "Repeat allow_from in loadBalancerSourceRanges and in the policy's ipBlocks.",
)
GATEWAY_WIDER_THAN_DECLARED = Kind(
    "gateway-wider-than-declared",
    "error",
    "A gateway serves hosts, or leads requests on, that no route declares.",
    "It then depends on the callee's policy alone that nothing undeclared gets through.",
    "Narrow the Gateway's hosts, the VirtualService or the gateway's policy to the declared routes.",
)
HOST_WITHOUT_ROUTE = Kind(
    "host-without-route",
    "warning",
    "A host of a gateway leads nowhere.",
    "Clients who call it get no answer, and its DNS entry and certificate are kept up for nothing.",
    "Declare a route for it, or remove the host from the gateway.",
)
CROSSING_WIDER_THAN_DECLARED = Kind(
    "crossing-wider-than-declared",
    "error",
    "An east-west gateway carries calls from other networks to a workload that has no caller there.",
    "It then depends on the callee's policy alone that nobody in the other networks reaches it.",
    "List only the hosts in its Gateway that are called from other networks.",
)

SECURITY_GROUP_WIDER_THAN_NEEDED = Kind(
    "security-group-wider-than-needed",
    "error",
    "A security group allows packets that no declared route and nothing of the platform needs.",
    "The network is what still holds where there is no sidecar, or a caller goes around its own.",
    "Narrow the rule, or remove it.",
)
SUBNET_WITHOUT_SECURITY_GROUP = Kind(
    "subnet-without-security-group",
    "error",
    "No security group stands at a subnet.",
    "Everything in its network and all peered networks reaches every port in it.",
    "Attach a security group that denies VirtualNetwork.",
)
HALF_A_PEERING = Kind(
    "half-a-peering",
    "error",
    "Only one of two networks has its half of their peering.",
    "One half connects nothing: it stays in the state Initiated.",
    "Add the other half, or remove this one.",
)
PEERING_WITHOUT_ACCESS = Kind(
    "peering-without-access",
    "warning",
    "A peering does not allow access to the remote network.",
    "Its packets then fall to the rules for the internet, or are dropped.",
    "Set allowVirtualNetworkAccess to true.",
)
UNUSED_PEERING = Kind(
    "unused-peering",
    "note",
    "No declared route, and no machine that joins a cluster, uses a peering.",
    "It widens what VirtualNetwork means in both networks, for nobody.",
    "Remove the peering, unless others use it.",
)
PACKETS_DROPPED_BY_ROUTE = Kind(
    "packets-dropped-by-route",
    "warning",
    "A user's route drops packets of a subnet to a network that it is peered with.",
    "Peerings are made to be used; a route that drops their packets is mostly a mistake.",
    "Remove the route, or the peering.",
)

SINGLE_MACHINE = Kind(
    "single-machine",
    "warning",
    "A workload that others call runs on one machine only.",
    "When the machine is patched or fails, every call to it fails.",
    "Run it on a second machine, in another zone, or in a cluster too.",
)
SINGLE_NODE = Kind(
    "single-node",
    "warning",
    "A pool of nodes may shrink to one node.",
    "When that node is upgraded or fails, everything on the pool stops.",
    "Let the pool have two nodes at least, three for the system pool.",
)
SINGLE_ZONE = Kind(
    "single-zone",
    "note",
    "The nodes of a pool are not spread over availability zones.",
    "When a datacenter of the region fails, the whole pool may fail with it.",
    "List zones for the pool, where the region has them.",
)
SINGLE_CLUSTER = Kind(
    "single-cluster",
    "note",
    "A workload that others call runs in one cluster only.",
    "While that cluster is upgraded or down, every call to it fails.",
    "Run it in a second cluster, if it must not fail with the first.",
)
SINGLE_GATEWAY = Kind(
    "single-gateway",
    "note",
    "Clients from outside reach a workload by one gateway only.",
    "When the cluster of that gateway is down, they reach it no more.",
    "Declare a gateway on a second cluster, and have DNS or a front door choose.",
)

CERTIFICATE_UNUSABLE = Kind(
    "certificate-unusable",
    "error",
    "A certificate of a gateway, or what goes with it, cannot be used.",
    "Istiod and Envoy say so in their logs only, and to a client by a handshake that fails.",
    "Put files there that belong together, are for the gateway's hosts, and are valid now.",
)
CERTIFICATE_EXPIRES = Kind(
    "certificate-expires",
    "warning",
    "A certificate expires soon.",
    "From that moment every handshake with it fails.",
    "Renew it.",
)
ACCEPTANCE_OF_NOTHING = Kind(
    "acceptance-of-nothing",
    "warning",
    "The stack file accepts a finding that there is none of.",
    "It would accept the next one that fits, and nobody would look.",
    "Remove it from accept.",
)
ACCEPTANCE_EXPIRED = Kind(
    "acceptance-expired",
    "warning",
    "What the stack file accepts was accepted until a day that has passed.",
    "The finding counts again.",
    "Mend what is found, or set another day with a reason that still holds.",
)

KINDS: tuple[Kind, ...] = tuple(value for value in list(globals().values()) if isinstance(value, Kind))
"""In the order in which they stand here."""
ACCEPTABLE: Mapping[str, Kind] = {
    kind.code: kind
    for kind in KINDS
    if kind not in (CERTIFICATE_UNUSABLE, CERTIFICATE_EXPIRES, ACCEPTANCE_OF_NOTHING, ACCEPTANCE_EXPIRED)
}
"""By code, what a stack file can accept: what its plan is judged by, not what stands in files that come and go."""
