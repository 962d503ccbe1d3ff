"""Declared networks, into the model's: spaces cut, peerings symmetric."""

from collections.abc import Iterator, Mapping
from ipaddress import IPv4Network
from typing import get_args

from mesh import addresses, model
from mesh.declaration import spec, spelling
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem
from mesh.model import SubnetRole
from mesh.resolve import existing, existing_networks, references

_SMALLEST_SUBNET = 29
"""Azure's rule; a /29 has three usable addresses."""
ROLES: tuple[SubnetRole, ...] = get_args(SubnetRole)


def resolved(declared: Declared) -> Mapping[str, model.Network]:
    return {
        name: model.Network(
            name=name,
            location=location(declared, network),
            existing=_existing(declared, network.existing),
            space=network.space,
            subnets=tuple(_subnet(declared, network, role) for role in sorted(_used(declared, name))),
            peers=tuple(
                peer for peer in sorted(declared.environment.networks) if frozenset((name, peer)) in declared.peerings
            ),
            gateways=_with(declared, name, "use_gateway"),
            forwarders=_with(declared, name, "forwarded"),
            nat=network.has_nat,
            firewall=model.Firewall(network.outbound.firewall, network.outbound.public) if network.outbound else None,
            reaches=tuple(sorted(network.reaches)),
            dns=network.dns,
        )
        for name, network in sorted(declared.environment.networks.items())
    }


def problems(declared: Declared) -> Iterator[Problem]:
    for name, network in declared.environment.networks.items():
        for position, block in enumerate(network.space):
            yield from _space_problems(_space_path(name, network, position), block, network)
        yield from existing_networks.problems(declared, name, network, sorted(_used(declared, name)))
        yield from _peer_problems(declared, name, network)
        if can_be_cut(network):
            yield from _subnet_problems(declared, name, network)
    yield from _overlaps(declared)


def _existing(declared: Declared, network: spec.Existing | None) -> model.Existing | None:
    return existing.resolved(existing.NETWORK, network, declared.subscription) if network else None


def _subnet(declared: Declared, network: spec.Network, role: SubnetRole) -> model.Subnet:
    own: spec.Subnet | None = getattr(network.subnets, role)
    name = own.name if own and own.name else role
    if network.existing is None:
        return model.Subnet(role, subnet(network, role), name, "ours")
    group = own.security_group if own else None
    taking = existing.resolved(existing.SECURITY_GROUP, group, declared.subscription) if group else None
    return model.Subnet(role, subnet(network, role), name, taking or network.security_groups or "theirs")


def _with(declared: Declared, name: str, option: str) -> tuple[str, ...]:
    """The peers to which a network is joined with an option."""
    peers = declared.environment.networks[name].peers
    return tuple(sorted(peer.network for peer in peers if getattr(peer, option)))


def location(declared: Declared, network: spec.Network) -> str:
    return network.location or declared.environment.location


def can_be_cut(network: spec.Network) -> bool:
    """Whether what depends on its space can be judged. An existing network is not cut, so it may be small."""
    smallest = addresses.SMALLEST_SPACE if network.existing is None else _SMALLEST_SUBNET
    return all(addresses.LARGEST_SPACE <= block.prefixlen <= smallest for block in network.space)


def subnet(network: spec.Network, role: SubnetRole) -> IPv4Network:
    own: spec.Subnet | None = getattr(network.subnets, role)
    if own:
        return own.range
    return addresses.subnet(network.main, role) if network.existing is None else network.main


def sound(declared: Declared, name: str) -> spec.Network | None:
    """The network of a name where what depends on its space can be judged."""
    network = declared.environment.networks.get(name)
    return network if network is not None and can_be_cut(network) else None


def are_apart(declared: Declared, one: str, other: str) -> bool:
    """Whether nothing can pass between two networks, as far as both and their peers are known."""
    networks = declared.environment.networks
    if one == other or not {one, other} <= networks.keys() or frozenset((one, other)) in declared.peerings:
        return False
    return all(peer in networks for name in (one, other) for peer in map(_name, networks[name].peers))


def _name(peer: spec.Peer) -> str:
    return peer.network


def _used(declared: Declared, name: str) -> frozenset[SubnetRole]:
    used: set[SubnetRole] = set()
    if any(cluster.network == name for cluster in declared.environment.clusters.values()):
        used |= {"nodes", "gateways"}
    if any(machine.network == name for machine in declared.environment.machines.values()):
        used |= {"machines"}
    return frozenset(used)


def _space_path(name: str, network: spec.Network, position: int) -> Path:
    path: Path = ("networks", name, "space")
    return path if len(network.space) == 1 else (*path, position)


def _space_problems(path: Path, space: IPv4Network, network: spec.Network) -> Iterator[Problem]:
    if space.prefixlen < addresses.LARGEST_SPACE:
        yield Problem(
            path, f"{space} is larger than a /{addresses.LARGEST_SPACE}", "Write a smaller one such as 10.10.0.0/16"
        )
    elif space.prefixlen > addresses.SMALLEST_SPACE and network.existing is None:
        yield Problem(
            path,
            f"{space} is too small to cut into subnets for machines, nodes and gateways, which takes a "
            f"/{addresses.SMALLEST_SPACE}",
            f"Write a larger one such as {space.supernet(new_prefix=16)}",
        )
    elif kept := addresses.forbidden(space):
        yield Problem(path, f"{space} cannot be used: {kept[0]} {kept[1]}", "Choose another, such as 10.10.0.0/16")


def _peer_problems(declared: Declared, name: str, network: spec.Network) -> Iterator[Problem]:
    for position, peer in enumerate(map(_name, network.peers)):
        path = ("networks", name, "peers", position)
        if peer == name:
            yield Problem(path, f"{name} is a peer of itself", "Remove it")
        else:
            yield from references.problems(declared, path, "networks", peer, besides=name)
    yield from references.repetitions(("networks", name, "peers"), tuple(map(_name, network.peers)), "network")


def _subnet_problems(declared: Declared, name: str, network: spec.Network) -> Iterator[Problem]:
    explicit = tuple(role for role in ROLES if getattr(network.subnets, role))
    for role in explicit:
        path, cidr = ("networks", name, "subnets", role), subnet(network, role)
        if not any(map(cidr.subnet_of, network.space)):
            space = spelling.listed(list(map(str, network.space)))
            yield Problem(path, f"{cidr} is outside the network's space {space}", "Choose a part of the space")
        elif cidr.prefixlen > _SMALLEST_SUBNET:
            yield Problem(
                path, f"{cidr} is smaller than Azure's smallest subnet, a /{_SMALLEST_SUBNET}", "Choose a larger one"
            )
    of_defaults = _used(declared, name) if network.existing is None else ()
    present = sorted({*explicit, *of_defaults}, key=ROLES.index)
    for position, role in enumerate(present):
        for other in present[:position]:
            one, two = subnet(network, role), subnet(network, other)
            if one.overlaps(two):
                guilty, kept = (role, other) if role in explicit else (other, role)
                yield Problem(
                    ("networks", name, "subnets", guilty),
                    f"{subnet(network, guilty)} overlaps the subnet for {kept}, {subnet(network, kept)}",
                    f"Choose a range apart from it, or set subnets.{kept} as well",
                )


def _overlaps(declared: Declared) -> Iterator[Problem]:
    """Each range against the one before it by address that reaches furthest."""
    ordered = sorted(
        (block, name, position)
        for name, network in declared.environment.networks.items()
        for position, block in enumerate(network.space)
    )
    reached: tuple[str, IPv4Network] | None = None
    for block, name, position in ordered:
        if reached and reached[1].overlaps(block):
            yield Problem(
                _space_path(name, declared.environment.networks[name], position),
                f"{block} overlaps {reached[1]} of {reached[0]}; each address belongs to one network",
                "Choose a range that no other network has",
            )
        if not reached or block.broadcast_address > reached[1].broadcast_address:
            reached = (name, block)
