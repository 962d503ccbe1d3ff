"""Networks that others made, and ways out by a firewall of theirs: problems of what a file says of them."""

from collections.abc import Iterator, Sequence

from mesh.declaration import spec
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Problem
from mesh.model import SubnetRole
from mesh.resolve import existing


def problems(declared: Declared, name: str, network: spec.Network, used: Sequence[SubnetRole]) -> Iterator[Problem]:
    """`used` are the roles for which something in the file needs a subnet."""
    if network.existing is None:
        yield from _of_created(name, network)
    else:
        path = ("networks", name, "existing")
        yield from existing.problems(path, existing.NETWORK, network.existing)
        yield from _unnamed_subnets(name, network, used)
        yield from _not_ours(name, network)
    if network.outbound:
        yield from _of_firewall(declared, name, network, network.outbound)
    if len(users := [peer.network for peer in network.peers if peer.use_gateway]) > 1:
        yield Problem(
            ("networks", name, "peers"),
            f"it would use the gateways of {' and '.join(users)}; Azure lets a network use one",
            "Keep use_gateway at one of them",
        )


def _of_created(name: str, network: spec.Network) -> Iterator[Problem]:
    for role, subnet in _subnets(network):
        for key in ("name", "security_group"):
            if getattr(subnet, key) is not None:
                yield Problem(
                    ("networks", name, "subnets", role, key),
                    "the network is created, and its subnets with it: they are called by their role and get a security "
                    "group of their own",
                    f"Remove {key}, or add existing: {{group: …, name: …}} to the network",
                )
    if network.security_groups is not None:
        yield Problem(
            ("networks", name, "security_groups"),
            "the network is created, and its security groups with it",
            "Remove security_groups, or add existing: {group: …, name: …} to the network",
        )


def _unnamed_subnets(name: str, network: spec.Network, used: Sequence[SubnetRole]) -> Iterator[Problem]:
    declared = dict(_subnets(network))
    for role in used:
        if role not in declared:
            yield Problem(
                ("networks", name),
                f"it exists already, and nothing says which subnet of it is for {role}",
                f"Add subnets: {{{role}: {{name: …, range: …}}}}",
            )
    for role, subnet in declared.items():
        path = ("networks", name, "subnets", role)
        if subnet.name is None:
            yield Problem(path, "the network exists already, and its subnet has no name here", "Add name:")
        if subnet.security_group is not None:
            yield from existing.problems((*path, "security_group"), existing.SECURITY_GROUP, subnet.security_group)


def _not_ours(name: str, network: spec.Network) -> Iterator[Problem]:
    for key, what in (("nat", "its way to the internet is"), ("dns", "its DNS servers are")):
        if key in network.model_fields_set and getattr(network, key):
            yield Problem(
                ("networks", name, key), f"the network exists already, and {what} its owner's", f"Remove {key}"
            )
    for position, peer in enumerate(network.peers):
        if peer.use_gateway or peer.forwarded:
            yield Problem(
                ("networks", name, "peers", position),
                f"the network exists already, and so does its half of the peering with {peer.network}",
                f"Write {peer.network} alone, or name {name} in networks.{peer.network}.peers instead",
            )


def _of_firewall(declared: Declared, name: str, network: spec.Network, outbound: spec.Outbound) -> Iterator[Problem]:
    path = ("networks", name, "outbound", "firewall")
    networks = declared.environment.networks
    peers = {other for pair in declared.peerings if name in pair for other in pair}
    known = [block for other in {name, *peers} & networks.keys() for block in networks[other].space]
    if peers <= networks.keys() and not any(outbound.firewall in block for block in (*known, *network.reaches)):
        yield Problem(
            path,
            f"{outbound.firewall} is in no network that {name} is peered with, and in nothing that it reaches",
            "Declare the hub with existing: and add it to peers, or correct the address",
        )
    if "nat" in network.model_fields_set and network.nat:
        yield Problem(
            ("networks", name, "nat"),
            "outbound leads everything to the firewall, and nothing to a NAT gateway",
            "Remove nat, or outbound",
        )
    for cluster_name, cluster in sorted(declared.environment.clusters.items()):
        for gateway, ingress in sorted(cluster.ingress.items()) if cluster.network == name else ():
            if not ingress.internal:
                yield Problem(
                    ("clusters", cluster_name, "ingress", gateway),
                    f"the answers of a public gateway would leave {name} by the firewall {outbound.firewall}, which "
                    "drops them, as it has not seen the calls",
                    "Add internal: true, and let the firewall lead clients to its address",
                )


def _subnets(network: spec.Network) -> Iterator[tuple[SubnetRole, spec.Subnet]]:
    roles: tuple[SubnetRole, ...] = ("machines", "nodes", "gateways")
    for role in roles:
        if (subnet := getattr(network.subnets, role)) is not None:
            yield role, subnet
