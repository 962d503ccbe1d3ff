"""Private API servers, and those who have to reach them."""

from collections.abc import Iterator

from mesh.access.attempts import Step
from mesh.access.connections import Connection, Place
from mesh.access.world import World
from mesh.declaration import spelling
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.model import Cluster

PRIVATE_API_SERVER_OUT_OF_REACH = Kind(
    code="private-api-server-out-of-reach",
    severity="error",
    what="Somebody who has to ask a private API server does not reach it.",
    why="The istiod of another cluster then knows nothing of this one, and a machine gets no token to join with.",
    example="cluster/east: the nodes of cluster west → its API server: 10.20.64.0/18 → 10.10.64.0/18:443 is denied by "
    "deny-virtual-network-out (priority 4096)",
    fix="Peer the two networks, and let port 443 out to the nodes subnet of the cluster.",
)
API_SERVER_IS_PRIVATE = Kind(
    code="api-server-is-private",
    severity="note",
    what="The API server of a cluster has a private address.",
    why="What deploys, previews and looks for drift has to run where that address is reached and its name is known.",
    example="cluster/east: pulumi and mesh drift have to run in network east, or in one that reaches it: west",
    fix="Run the pipeline on a runner of your own in one of these networks.",
)
KINDS = (PRIVATE_API_SERVER_OUT_OF_REACH, API_SERVER_IS_PRIVATE)

_PORT = 443


def findings(context: Context) -> Iterator[Finding]:
    for cluster in context.plan.environment.clusters:
        if cluster.private:
            subject = f"cluster/{cluster.name}"
            for connection in _of_cluster(context.world, cluster):
                for step in _stops(context.world, connection):
                    text = f"{connection.source.name} → its API server: {step.text}"
                    yield Finding(PRIVATE_API_SERVER_OUT_OF_REACH, subject, text)
            yield Finding(API_SERVER_IS_PRIVATE, subject, _near(cluster))


def _near(cluster: Cluster) -> str:
    peers = cluster.network.peers
    near = f", or in one that reaches it: {spelling.listed(peers)}" if peers else ""
    return f"pulumi and mesh drift have to run in network {cluster.network.name}{near}"


def needed(context: Context) -> frozenset[Connection]:
    """The connections to private API servers."""
    clusters = (cluster for cluster in context.plan.environment.clusters if cluster.private)
    return frozenset(connection for cluster in clusters for connection in _of_cluster(context.world, cluster))


def _of_cluster(world: World, cluster: Cluster) -> Iterator[Connection]:
    """To any address of the nodes subnet: which one its private endpoint gets, Azure chooses."""
    environment, places = world.plan.environment, world.places
    sources = [nodes for other in environment.clusters if other != cluster for _, nodes in places.of_pods(other.name)]
    sources += [places.of_machine(one) for one in environment.machines_with_sidecar if one.joins == cluster]
    for _, nodes in places.of_pods(cluster.name):
        there = Place(f"the API server of cluster {cluster.name}", nodes.addresses)
        yield from (Connection(source, there, _PORT, "Tcp") for source in sources)


def _stops(world: World, connection: Connection) -> list[Step]:
    steps = world.networks.passage(connection.source, connection.destination, connection.port)
    return [step for step in steps if step.outcome != "passes" and step.judged][:1]
