"""API servers whose ranges are not the declared ones with the environment's own ways out."""

from collections.abc import Iterator

from mesh import model, names
from mesh.access.azure import address_sets
from mesh.access.azure.address_sets import EVERYTHING, AddressSet
from mesh.access.exposure import api_clients
from mesh.access.places import cluster_name
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.plan.resources import Output

API_SERVER_OPEN_TO_OTHERS = Kind(
    code="api-server-open-to-others",
    severity="error",
    what="The API server of a cluster lets in addresses that api_allow_from does not have.",
    why="A token or certificate that is stolen is then of use at those addresses, too.",
    example="api-server/east: cluster/east lets in 203.0.113.0/24, which api_allow_from does not have",
    fix="Keep to the ranges of api_allow_from and the addresses of the environment's NAT gateways.",
)
API_SERVER_OUT_OF_REACH = Kind(
    code="api-server-out-of-reach",
    severity="error",
    what="The API server of a cluster shuts out a declared range, its own nodes, another cluster's istiod, or machines "
    "that join.",
    why="Nodes become NotReady, istiods lose sight of the cluster's endpoints, or administrators are locked out.",
    example="api-server/east: cluster/east shuts out the address of public-ip/nat-west",
    fix="List every range of api_allow_from, and the address of each NAT gateway by which its readers leave.",
)
KINDS = (API_SERVER_OPEN_TO_OTHERS, API_SERVER_OUT_OF_REACH)

_CLUSTER = "azure-native:containerservice:ManagedCluster"


def findings(context: Context) -> Iterator[Finding]:
    environment = context.plan.environment
    clusters = {cluster.name: cluster for cluster in environment.clusters}
    for resource in context.plan.azure:
        if resource.token != _CLUSTER:
            continue
        subject, let_in = f"api-server/{cluster_name(resource)}", api_clients(resource)
        cluster = clusters.get(cluster_name(resource))
        if cluster is None or resource.existing or not let_in:
            continue
        declared, own = address_sets.union(cluster.api_allow_from), _own(environment, cluster)
        if cluster.api_allow_from and (more := let_in - (declared | own)):
            text = f"{resource.name} lets in {more}, which api_allow_from does not have"
            yield Finding(API_SERVER_OPEN_TO_OTHERS, subject, text)
        if let_in != EVERYTHING and (missing := (declared | own) - let_in):
            yield Finding(API_SERVER_OUT_OF_REACH, subject, f"{resource.name} shuts out {missing}")


def _own(environment: model.Environment, cluster: model.Cluster) -> AddressSet:
    """The NAT gateways and firewalls by which all clusters leave, and the machines that join this one."""
    machines = (machine for machine in environment.machines_with_sidecar if machine.joins.name == cluster.name)
    networks = (*(each.network for each in environment.clusters), *(machine.network for machine in machines))
    firewalls = address_sets.union(address for one in networks if one.firewall for address in one.firewall.public)
    return firewalls | address_sets.union(
        Output(f"public-ip/{names.nat_gateway(network)}", "ipAddress") for network in networks if network.nat
    )
