"""Workloads, gateways and clients → cards of a picture."""

from collections.abc import Iterator

from mesh import names
from mesh.declaration.spelling import listed
from mesh.graph import areas
from mesh.graph.groups import Group
from mesh.graph.scenes import Card, Look
from mesh.model import Cluster, Environment, IngressGateway, Kind, OutsideKind, Port, Protocol, Workload

_PROTOCOLS: dict[Protocol, str] = {"http": "HTTP", "http2": "HTTP/2", "grpc": "gRPC", "tcp": "TCP", "tls": "TLS"}
_KINDS: dict[Kind, str] = {"postgres": "PostgreSQL", "mysql": "MySQL", "redis": "Redis", "mongo": "MongoDB"}
_OUTSIDE: dict[OutsideKind, str] = {"managed": "database", "function": "function", "external": "service"}
_EVERYONE = "0.0.0.0/0"
ANYBODY = "/anybody"
"""On the internet, who has been let in by mistake."""


def counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"


def ingress_id(cluster: Cluster, gateway: IngressGateway) -> str:
    """Gateways of two clusters may have one name."""
    return f"ingress/{cluster.name}/{gateway.name}"


def client_id(cluster: Cluster, gateway: IngressGateway) -> str:
    return f"client/{cluster.name}/{gateway.name}"


def east_west_id(cluster: str) -> str:
    return f"east-west/{cluster}"


def anybody() -> Card:
    about = "anybody on the internet, where no gateway is declared to let them in"
    return Card(ANYBODY, areas.CLIENTS, "internet", "anybody", ("on the internet",), about, sidecar=False)


def of_cluster(cluster: Cluster) -> Iterator[Card]:
    area = areas.cluster_id(cluster)
    for gateway in cluster.ingress:
        yield _client(cluster, gateway)
        yield _gateway(cluster, gateway)
    address = str(cluster.east_west_address)
    about = f"east-west gateway of {cluster.name}: other networks reach its pods at {address}, by mutual TLS only"
    yield Card(east_west_id(cluster.name), area, "east-west", "east-west", (address,), about)


def of_group(group: Group, environment: Environment) -> Iterator[Card]:
    home, *others = areas.areas_of(group, environment)
    yield Card(
        group.id,
        home,
        _look(group),
        group.name,
        tuple(_lines(group, home, environment)),
        _about(group),
        "" if group.sidecar or not group.machines else "no sidecar",
        group.sidecar,
    )
    for area in others:
        about = f"{group.name} runs here too. Its arrows are drawn at its first card."
        yield Card(f"{group.id} in {area}", area, "copy", group.name, (), about, sidecar=group.sidecar)


def _look(group: Group) -> Look:
    workload = group.workloads[0]
    if workload.outside and workload.outside.kind != "managed":
        return workload.outside.kind
    return "workload" if workload.kind == "service" else "database"


def _lines(group: Group, home: str, environment: Environment) -> Iterator[str]:
    first = group.workloads[0]
    if group.folded:
        yield counted(len(group.workloads), _noun(group))
        if len(group.namespaces) > 1:
            yield f"of {len(group.namespaces)} namespaces"
    else:
        namespace = "" if home.endswith(f"/{group.namespace}") else f"{group.namespace} · "
        yield namespace + ", ".join(_port(first, port) for port in first.ports)
    if first.outside and first.outside.kind == "managed":
        yield "managed by Azure" if first.kind != "service" else "not in the mesh"
    places = [cluster.name for cluster in group.clusters]
    places += [counted(len(group.machines), "machine")] if group.machines else []
    if len(places) > 1 or len({machine.network for machine in group.machines}) > 1:
        alike = len({(workload.clusters, bool(workload.machines)) for workload in group.workloads}) == 1
        everywhere = f"{'in' if group.clusters else 'on'} {' + '.join(places)}"
        yield everywhere if alike else f"some also in {' + '.join(places[1:])}"
    if environment.tracing and environment.tracing.zipkin in group.workloads:
        yield "takes everybody's spans"


def _noun(group: Group) -> str:
    workload = group.workloads[0]
    if workload.outside is None or (workload.outside.kind == "managed" and workload.kind == "service"):
        return "workload"
    return _OUTSIDE[workload.outside.kind]


def _port(workload: Workload, port: Port) -> str:
    return f"{_KINDS.get(workload.kind, _PROTOCOLS[port.protocol])} {port.number}"


def _about(group: Group) -> str:
    places = [f"cluster {cluster.name}" for cluster in group.clusters]
    places += [f"machine {machine.name}" for machine in group.machines]
    hosts = [host for workload in group.workloads if workload.outside for host in names.hosts(workload)]
    workloads = listed(workload.name for workload in group.workloads)
    namespaces = f"namespace{'' if len(group.namespaces) == 1 else 's'} {listed(group.namespaces)}"
    return f"{workloads} in {namespaces}: {', '.join(places or hosts)}"


def _client(cluster: Cluster, gateway: IngressGateway) -> Card:
    ranges = tuple(map(str, gateway.clients))
    look: Look = "internet" if gateway.address is None else "private"
    title = "the internet" if gateway.address is None else "private clients"
    lines, warning = ((), "everyone may come") if _EVERYONE in ranges else (ranges, "")
    about = f"may come to ingress/{gateway.name}: {listed(ranges)}"
    return Card(
        client_id(cluster, gateway), areas.CLIENTS, look, title, _shortened(lines), about, warning, sidecar=False
    )


def _gateway(cluster: Cluster, gateway: IngressGateway) -> Card:
    return Card(
        ingress_id(cluster, gateway),
        areas.cluster_id(cluster),
        "gateway",
        f"ingress/{gateway.name}",
        (*_shortened(gateway.hosts), *_demands(gateway)),
        f"ingress gateway {gateway.name} for {listed(gateway.hosts)}; {'; '.join(_demands(gateway)) or 'closed'}",
    )


def _demands(gateway: IngressGateway) -> tuple[str, ...]:
    """What the gateway requires of a client."""
    match gateway.tls:
        case None:
            demands = ["no TLS, no routes"]
        case tls if tls.mode == "simple":
            demands = ["TLS, no client certificate"]
        case tls if tls.client_names:
            demands = ["mutual TLS, only", *_shortened(tls.client_names)]
        case _:
            demands = ["mutual TLS"]
    return (*demands, "port 80 redirects") if gateway.redirect else tuple(demands)


def _shortened(lines: tuple[str, ...]) -> tuple[str, ...]:
    most = 3
    return lines if len(lines) <= most else (*lines[: most - 1], f"and {len(lines) - most + 1} more")
