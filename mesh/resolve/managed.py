"""Managed services: their private address is not known beforehand, only its range."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from mesh import addresses, model
from mesh.declaration import spec, spelling
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem
from mesh.resolve import networks


def resolved(
    host: str, network: model.Network, range_: IPv4Network | None, zone: spec.Zone | None = None
) -> model.Outside:
    resolved_zone = model.PrivateZone(zone.group, zone.name) if zone else None
    return model.Outside("managed", (host,), network, range_ or addresses.uncut(network.space[0]), resolved_zone)


def problems(declared: Declared, path: Path, network: str | None, range_: IPv4Network | None) -> Iterator[Problem]:
    declared_network = networks.sound(declared, network) if network else None
    if declared_network and declared_network.existing and range_ is None:
        yield Problem(
            path[:-1],
            f"{network} exists already, and nothing says where in it the private address is",
            "Add range: with the subnet of its private endpoint",
        )
    if declared_network and range_ and not any(map(range_.subnet_of, declared_network.space)):
        yield Problem(
            path,
            f"{range_} is outside {spelling.listed(list(map(str, declared_network.space)))}, the space of {network}",
            "Name the part of it where the address is, or remove range",
        )
