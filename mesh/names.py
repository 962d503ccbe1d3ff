"""Every name and identity that is given to Pulumi, Azure, Kubernetes and Istio, with its limit.

Pulumi's names are the resources' identities in the state: they depend on nothing but the declared name, so that
reordering a stack file or changing a setting replaces nothing.
"""

import uuid

from mesh.model import (
    Canary,
    Cluster,
    IngressGateway,
    Istio,
    Machine,
    Network,
    SubnetRole,
    Workload,
)

PROJECT = "hybrid-mesh"

NAME_MAX = 40
"""Workloads: a machine's own entry is called `<workload>-<network>-<address>-network-<network>`, among other things."""
RESOURCE_NAME_MAX = 25
"""Networks, clusters, machines and gateways: a security rule is called `machine-A-to-machine-B-65535-out`, in 80."""
SERVICE_NAME_MAX = 63
ACCOUNT_NAME_MAX = 63
"""Kubernetes takes 253; with the longest trust domain a certificate holds what these leave room for."""
ENVIRONMENT_MAX = 36
"""The group of a cluster's nodes is called `hybrid-mesh-<environment>-<cluster>-nodes`, in 80."""

SYSTEM_NAMESPACE = "istio-system"
INGRESS_NAMESPACE = "istio-ingress"
RESERVED_NAMESPACES = frozenset(
    {
        SYSTEM_NAMESPACE,
        INGRESS_NAMESPACE,
        "default",
        "kube-system",
        "kube-public",
        "kube-node-lease",
        "gatekeeper-system",
    }
)
CLUSTER_DOMAIN = "svc.cluster.local"
WHILE_OBSERVING = "everyone.while-observing"
"""A policy beside those called by workloads, whose names have no dot."""
DENY_BY_DEFAULT, PLATFORM = "default.deny", "platform"
"""NetworkPolicies of a whole namespace, beside those of workloads; what follows PLATFORM has a dot before it."""
ISTIOD = "istiod"
EAST_WEST_GATEWAY = "istio-eastwestgateway"
EAST_WEST_SELECTOR = {"istio": "eastwestgateway"}
"""Istio's gateway chart labels its pods `istio: <release without the prefix istio->`."""
AUTHORITY_SECRET = "cacerts"  # noqa: S105 its name, not what it holds
READER_ACCOUNT = "istio-reader-service-account"
"""The service account that chart base makes for the istiods of other clusters."""


def resource_group(environment: str) -> str:
    return f"{PROJECT}-{environment}"


def node_resource_group(environment: str, cluster: Cluster) -> str:
    """The group in which AKS keeps a cluster's nodes and load balancers. At most 80 characters."""
    return f"{resource_group(environment)}-{cluster.name}-nodes"


def dns_prefix(environment: str, cluster: Cluster) -> str:
    """At most 54 characters, letters, digits and hyphens."""
    return f"{environment}-{cluster.name}"[:54].rstrip("-")


def authority_file(cluster: str, file: str) -> str:
    """The path of a CA file of a cluster, in the secrets of the environment."""
    return f"authority/{cluster}/{file}"


def istio_revision(version: str) -> str:
    """Istio's revision name of a version: dots become hyphens."""
    return version.replace(".", "-")


def canary_istiod(canary: Canary) -> str:
    """Its Helm release; and its Service, which Istio's chart names so."""
    return f"{ISTIOD}-{istio_revision(canary.version)}"


def istiod_host(istio: Istio, machine: Machine) -> str:
    """The address of the istiod that a machine connects to."""
    runs = istio.on(machine)
    return service_of_istiod(canary_istiod(runs) if isinstance(runs, Canary) else ISTIOD)


def service_of_istiod(istiod: str) -> str:
    return f"{istiod}.{SYSTEM_NAMESPACE}.svc"


def reader_token(cluster: Cluster) -> str:
    """The secret with the token by which the other clusters read this one, the first named as istioctl names it."""
    name = f"{READER_ACCOUNT}-istio-remote-secret-token"
    return name if cluster.reader_token == 1 else f"{name}-{cluster.reader_token}"


def remote_secret(cluster: Cluster) -> str:
    """The secret by which istiod knows another cluster."""
    return f"istio-remote-secret-{cluster.name}"


def guid(*parts: str) -> str:
    """A stable GUID for what Azure names by one, such as a role assignment."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, "/".join((PROJECT, *parts))))


def security_group(network: Network, role: SubnetRole) -> str:
    return f"{network.name}-{role}"


def nat_gateway(network: Network) -> str:
    """Also the name of its public IP."""
    return f"{network.name}-nat"


def route_table(network: Network) -> str:
    return f"{network.name}-by-firewall"


def peering(network: Network, remote: str) -> str:
    return f"{network.name}-to-{remote}"


def zone_link(environment: str, network: Network) -> str:
    """In a zone that others have, and may link to networks of other environments. At most 80 characters."""
    return f"{PROJECT}-{environment}-{network.name}"


def cluster_identity(cluster: Cluster) -> str:
    return f"cluster-{cluster.name}"


def machine_identity(machine: Machine) -> str:
    return f"machine-{machine.name}"


def ingress_public_ip(cluster: Cluster, gateway: IngressGateway) -> str:
    return f"{cluster.name}-ingress-{gateway.name}"


def ingress_gateway(gateway: IngressGateway) -> str:
    """Its Helm release, Deployment, Service and service account."""
    return f"ingress-{gateway.name}"


def ingress_identity(cluster: Cluster, gateway: IngressGateway) -> str:
    """The identity with which a gateway reads a vault. Declared names cannot contain `_`, so these cannot collide."""
    return f"ingress-{cluster.name}_{gateway.name}"


def secret_of_key_vault(gateway: str) -> str:
    """The secret that the CSI driver writes for a gateway. Certificates from files have no dot in their names."""
    return f"{gateway}.key-vault"


def authority_of_secret(secret: str) -> str:
    """The secret in which Istio looks for the authority of the clients first."""
    return f"{secret}-cacert"


def ingress_redirect(gateway: IngressGateway) -> str:
    """The Gateway at port 80. Its prefix keeps it apart from ingress gateways."""
    return f"redirect-{gateway.name}"


def ingress_selector(gateway: IngressGateway) -> dict[str, str]:
    return {"istio": ingress_gateway(gateway)}


def istio_network_of_pods(cluster: Cluster) -> str:
    """Overlay pods cannot be reached from outside, so each cluster is a network of its own to Istio."""
    return f"cluster-{cluster.name}"


def istio_network_of_machines(network: Network) -> str:
    """Machines are reached at their own addresses; kept apart from the pods of a cluster in the same VNet."""
    return f"network-{network.name}"


def service_account(workload: Workload) -> str:
    return workload.account


def token_role(workload: Workload) -> str:
    """The right to create tokens of a workload's account."""
    return f"{workload.name}-token"


def selector(workload: Workload) -> dict[str, str]:
    """The labels of what runs a workload: its pods, its machines."""
    return dict(workload.labels)


def host(workload: Workload) -> str:
    """The name under which a workload of the mesh is called, wherever it runs; the first where it has several."""
    return hosts(workload)[0]


def hosts(workload: Workload) -> tuple[str, ...]:
    """The names under which a workload is called, inside the mesh or outside."""
    if workload.outside:
        return workload.outside.hosts
    return tuple(f"{service}.{workload.namespace}.{CLUSTER_DOMAIN}" for service in workload.services)


def workload_group(workload: Workload, network: Network) -> str:
    """Istio names a machine's own entry `<group>-<address>-<istio network>`."""
    return f"{workload.name}-{network.name}"


def workload_entry(workload: Workload, machine: Machine) -> str:
    return f"{workload.name}-{machine.name}"
