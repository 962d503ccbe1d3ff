"""Declared clusters, into the model's: pools sorted, addresses of gateways chosen."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from itertools import combinations

from mesh import addresses, model
from mesh.declaration import spec, supported_versions
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Problem
from mesh.resolve import api_ranges, existing, existing_clusters, ingress, networks, private_clusters, references

_SYSTEM_POOL = "system"
_LARGEST_SERVICE_CIDR, _SMALLEST_SERVICE_CIDR = 12, 24
"""AKS wants it smaller than a /12; a /24 still has room for every gateway and a hundred services."""
_NODE_PREFIX = 24
"""Overlay gives each node a /24 of the pods' range."""


def resolved(declared: Declared, by_name: Mapping[str, model.Network]) -> Mapping[str, model.Cluster]:
    return {
        name: _cluster(declared, name, cluster, by_name[cluster.network])
        for name, cluster in sorted(declared.environment.clusters.items())
    }


def problems(declared: Declared) -> Iterator[Problem]:
    clusters = declared.environment.clusters
    for name, cluster in clusters.items():
        yield from references.problems(declared, ("clusters", name, "network"), "networks", cluster.network)
        yield from existing_clusters.problems(declared, name, cluster)
        yield from _pool_problems(declared, name, cluster)
        yield from private_clusters.problems(declared, name, cluster)
        yield from _range_problems(declared, name, cluster)
        yield from _room_problems(declared, name, cluster)
        yield from ingress.problems(declared, name, cluster)
        yield from api_ranges.problems(declared, name, cluster)
    yield from _unread(declared)
    yield from _shared_networks(declared)
    yield from _clusters_apart(declared)


def _cluster(declared: Declared, name: str, cluster: spec.Cluster, network: model.Network) -> model.Cluster:
    pools = {pool: _pool(pool, declared, cluster) for pool, declared in sorted(cluster.pools.items())}
    gateways = network.subnet("gateways").cidr
    return model.Cluster(
        name=name,
        network=network,
        existing=existing.resolved(existing.CLUSTER, cluster.existing, declared.subscription)
        if cluster.existing
        else None,
        kubernetes=cluster.kubernetes,
        system_pool=pools.get(_SYSTEM_POOL),
        user_pools=tuple(pool for pool in pools.values() if pool.name != _SYSTEM_POOL),
        pod_cidr=cluster.pod_cidr,
        service_cidr=cluster.service_cidr,
        dns_address=addresses.dns(cluster.service_cidr),
        east_west_address=ingress.east_west_address(cluster, gateways),
        ingress=ingress.resolved(cluster, gateways),
        api_allow_from=tuple(sorted(cluster.api_allow_from)),
        network_policy=cluster.network_policy,
        private=private_clusters.resolved(declared, cluster.private),
        reader_token=cluster.reader_token,
    )


def _pool(name: str, pool: spec.Pool, cluster: spec.Cluster) -> model.Pool:
    version = pool.kubernetes or cluster.kubernetes or ""
    return model.Pool(name, pool.size, pool.nodes.minimum, pool.nodes.most, tuple(sorted(pool.zones)), version)


def _pool_problems(declared: Declared, name: str, cluster: spec.Cluster) -> Iterator[Problem]:
    if _SYSTEM_POOL not in cluster.pools and cluster.existing is None:
        yield Problem(
            ("clusters", name, "pools"),
            "there is no pool system; AKS needs one for its own services",
            "Add system: {size: Standard_D4s_v5, nodes: 3}",
        )
    network = declared.environment.networks.get(cluster.network)
    region = networks.location(declared, network) if network else None
    for pool_name, pool in cluster.pools.items():
        path = ("clusters", name, "pools", pool_name)
        if pool.nodes.minimum > pool.nodes.most:
            yield Problem((*path, "nodes"), f"min {pool.nodes.minimum} is more than max {pool.nodes.most}", "Swap them")
        elif pool.nodes.most < 1:
            yield Problem((*path, "nodes"), "a pool has at least one node", "Write 1 or more, or remove the pool")
        elif pool_name == _SYSTEM_POOL and pool.nodes.minimum < 1:
            yield Problem(
                (*path, "nodes"), "the system pool has at least one node at all times", "Write min: 1 or more"
            )
        if pool.zones and region in supported_versions.REGIONS_WITHOUT_ZONES:
            yield Problem((*path, "zones"), f"the region {region} has no availability zones", "Remove zones")
        yield from references.repetitions((*path, "zones"), pool.zones, "zone")
        yield from _version_problems((*path, "kubernetes"), pool, cluster)


def _version_problems(path: tuple[str, ...], pool: spec.Pool, cluster: spec.Cluster) -> Iterator[Problem]:
    """AKS offers three minors at once, so none here is further behind than it lets nodes be."""
    if pool.kubernetes is None or cluster.kubernetes in (None, pool.kubernetes):
        return
    nodes, control_plane = _numbers(pool.kubernetes), _numbers(cluster.kubernetes)
    if nodes[:2] == control_plane[:2] and len(nodes) < len(control_plane):
        yield Problem(
            path,
            f"{pool.kubernetes} is the newest of its patches, and may be newer than the control plane's "
            f"{cluster.kubernetes}",
            f'Remove it, or write an exact one such as "{cluster.kubernetes}"',
        )
    elif nodes[:2] > control_plane[:2] or (len(control_plane) == len(nodes) and nodes > control_plane):
        yield Problem(
            path,
            f"its nodes would have {pool.kubernetes}, newer than the control plane's {cluster.kubernetes}",
            "Raise kubernetes of the cluster first",
        )
    elif path[-2] == _SYSTEM_POOL and control_plane[1] - nodes[1] > 1:
        yield Problem(
            path,
            f"{pool.kubernetes} is more than one minor version behind the control plane, {cluster.kubernetes}; "
            "the system pool is upgraded with its cluster, and no upgrade skips a minor version",
            "Raise it before kubernetes of the cluster",
        )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in version.split("."))


def _range_problems(declared: Declared, name: str, cluster: spec.Cluster) -> Iterator[Problem]:
    pods, services = cluster.pod_cidr, cluster.service_cidr
    yield from _outside_problems(declared, name, "pod_cidr", pods)
    yield from _outside_problems(declared, name, "service_cidr", services)
    if pods.overlaps(services):
        guilty = "service_cidr" if "service_cidr" in cluster.model_fields_set else "pod_cidr"
        yield Problem(
            ("clusters", name, guilty),
            f"pod_cidr {pods} and service_cidr {services} overlap",
            "Choose ranges apart from each other",
        )
    if pods.prefixlen > _NODE_PREFIX:
        yield Problem(
            ("clusters", name, "pod_cidr"), f"{pods} has no room for a node, which needs a /24", "Write a /16"
        )
    if not _LARGEST_SERVICE_CIDR < services.prefixlen <= _SMALLEST_SERVICE_CIDR:
        yield Problem(
            ("clusters", name, "service_cidr"),
            f"{services} is not between a /{_LARGEST_SERVICE_CIDR + 1} and a /{_SMALLEST_SERVICE_CIDR}",
            "Write a /16, such as 172.16.0.0/16",
        )


def _outside_problems(declared: Declared, name: str, key: str, cidr: IPv4Network) -> Iterator[Problem]:
    path = ("clusters", name, key)
    if kept := addresses.forbidden(cidr):
        yield Problem(path, f"{cidr} cannot be used: {kept[0]} {kept[1]}", "Choose another range")
    for network_name, network in sorted(declared.environment.networks.items()):
        if own := next(filter(cidr.overlaps, network.space), None):
            yield Problem(
                path,
                f"{cidr} overlaps the space {own} of the network {network_name}; pods could not reach that network",
                f"Set {key} to a range that no network has",
            )
        for behind in network.reaches:
            if behind.overlaps(cidr):
                yield Problem(
                    path,
                    f"{cidr} overlaps {behind}, which the network {network_name} reaches; pods could not reach it",
                    f"Set {key} to a range apart from it, or name narrower ranges in networks.{network_name}.reaches",
                )


def _room_problems(declared: Declared, name: str, cluster: spec.Cluster) -> Iterator[Problem]:
    nodes = sum(pool.nodes.most + _surge(pool.nodes.most) for pool in cluster.pools.values())
    if cluster.pod_cidr.prefixlen <= _NODE_PREFIX and nodes > 2 ** (_NODE_PREFIX - cluster.pod_cidr.prefixlen):
        yield Problem(
            ("clusters", name, "pools"),
            f"{nodes} nodes at most (with those that an upgrade adds) need {nodes} /24s of pod_cidr; "
            f"{cluster.pod_cidr} has {2 ** (_NODE_PREFIX - cluster.pod_cidr.prefixlen)}",
            "Lower the most nodes, or set a larger pod_cidr",
        )
    network = networks.sound(declared, cluster.network)
    if network and nodes > addresses.room(subnet := networks.subnet(network, "nodes")):
        yield Problem(
            ("clusters", name, "pools"),
            f"{nodes} nodes at most (with those that an upgrade adds) do not fit the nodes subnet {subnet} of "
            f"{cluster.network}, which has {addresses.room(subnet)} addresses",
            f"Lower the most nodes, or enlarge networks.{cluster.network}.space",
        )


def _surge(nodes: int) -> int:
    """The nodes that an upgrade adds to a pool: a tenth, AKS's default."""
    return -(-nodes // 10)


def _shared_networks(declared: Declared) -> Iterator[Problem]:
    owner: dict[str, str] = {}
    for name, cluster in sorted(declared.environment.clusters.items()):
        if cluster.network in owner:
            yield Problem(
                ("clusters", name, "network"),
                f"{cluster.network} is already the network of the cluster {owner[cluster.network]}; each cluster has "
                "its own, because NSG rules apply to all workloads of a subnet",
                "Declare another network and peer it",
            )
        owner.setdefault(cluster.network, name)


def _unread(declared: Declared) -> Iterator[Problem]:
    """Problems of `reader_token`: a single cluster has no reader."""
    clusters = declared.environment.clusters
    if len(clusters) == 1:
        for name, cluster in clusters.items():
            if "reader_token" in cluster.model_fields_set:
                yield Problem(("clusters", name, "reader_token"), "no other cluster reads this one", "Remove it")


def _clusters_apart(declared: Declared) -> Iterator[Problem]:
    """Every cluster's control plane watches every other cluster, and their gateways call each other."""
    for (one, first), (other, second) in combinations(sorted(declared.environment.clusters.items()), 2):
        if networks.are_apart(declared, first.network, second.network):
            yield Problem(
                ("networks", first.network, "peers"),
                f"the clusters {one} and {other} are one mesh, and their networks {first.network} and {second.network} "
                "are not peered",
                f"Add {second.network} to networks.{first.network}.peers",
            )
