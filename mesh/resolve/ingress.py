"""Declared ingress gateways, into the model's, with addresses where they are private."""

from collections import Counter
from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network

from mesh import addresses, model
from mesh.declaration import spec
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem
from mesh.declaration.spec.ingress import Ingress
from mesh.resolve import ingress_tls, networks, references

_EVERYONE = IPv4Network("0.0.0.0/0")
_NEVER_PUBLIC = tuple(
    IPv4Network(cidr)
    for cidr in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.168.0.0/16", "224.0.0.0/4", "240.0.0.0/4"),
    )
)
_WIDEST = 8
"""Anything wider is meant as everyone, and is written so."""


def resolved(cluster: spec.Cluster, gateways: IPv4Network) -> tuple[model.IngressGateway, ...]:
    return tuple(
        model.IngressGateway(
            name=name,
            hosts=tuple(sorted(gateway.hosts)),
            address=_address(name, gateway, gateways) if gateway.internal else None,
            allow_from=tuple(sorted(one for one in gateway.allow_from if isinstance(one, IPv4Network))),
            service_tags=tuple(sorted(one for one in gateway.allow_from if isinstance(one, str))),
            front_doors=tuple(sorted(gateway.front_door)),
            tls=ingress_tls.resolved(name, gateway.tls) if gateway.tls else None,
            redirect=gateway.redirect,
        )
        for name, gateway in sorted(cluster.ingress.items())
    )


def east_west_address(cluster: spec.Cluster, gateways: IPv4Network) -> IPv4Address:
    return cluster.east_west.address if cluster.east_west else addresses.east_west(gateways)


def problems(declared: Declared, cluster_name: str, cluster: spec.Cluster) -> Iterator[Problem]:
    spaces = [block for network in declared.environment.networks.values() for block in network.space]
    for name, gateway in cluster.ingress.items():
        path = ("clusters", cluster_name, "ingress", name)
        if gateway.address and not gateway.internal:
            yield Problem(
                (*path, "address"),
                "a public gateway's address is chosen by Azure",
                "Remove address, or add internal: true for a private one",
            )
        yield from references.repetitions((*path, "hosts"), gateway.hosts, "host")
        is_public = not gateway.internal
        yield from allow_problems((*path, "allow_from"), gateway.allow_from, is_public=is_public, ours=spaces)
        yield from _front_door_problems((*path, "front_door"), gateway)
    yield from _shared_hosts(cluster_name, cluster)
    yield from ingress_tls.problems(declared, cluster_name, cluster)
    network = networks.sound(declared, cluster.network)
    if network:
        yield from _address_problems(cluster_name, cluster, networks.subnet(network, "gateways"))


def allow_problems(
    path: Path, ranges: Sequence[IPv4Network | str], is_public: bool, ours: Sequence[IPv4Network] = ()
) -> Iterator[Problem]:
    """Ranges of clients: everyone is 0.0.0.0/0 and nothing else beside it, the rest can really arrive.

    `ours` are the address spaces of declared networks, which need not be private.
    """
    for position, cidr in enumerate(ranges):
        if isinstance(cidr, str):
            if not is_public:
                yield Problem(
                    (*path, position),
                    f"the service tag {cidr} has public addresses: nobody there reaches a gateway with a private one",
                    "Write the private range of the clients, or remove internal: true",
                )
        elif cidr == _EVERYONE:
            if len(set(ranges)) > 1:
                yield Problem(
                    (*path, position),
                    "0.0.0.0/0 lets everyone in, whatever else is listed",
                    "Remove it, or remove the others",
                )
        elif cidr.prefixlen < _WIDEST:
            yield Problem(
                (*path, position),
                f"{cidr} is wider than a /{_WIDEST}",
                "List the ranges meant, or 0.0.0.0/0 for everyone",
            )
        elif is_public and any(cidr.overlaps(kept) for kept in _NEVER_PUBLIC):
            yield Problem(
                (*path, position),
                f"{cidr} is not public: no client on the internet has such an address",
                "Write the public range of the clients",
            )
        elif not is_public and not any(cidr.overlaps(kept) for kept in (*_NEVER_PUBLIC, *ours)):
            yield Problem(
                (*path, position),
                f"{cidr} is public: no client there reaches a gateway with a private address",
                "Write the private range of the clients, or remove internal: true",
            )
    yield from references.repetitions(path, ranges, "range")


def _front_door_problems(path: Path, gateway: Ingress) -> Iterator[Problem]:
    if gateway.front_door and model.FRONT_DOOR not in gateway.allow_from:
        yield Problem(
            path,
            f"only requests from {model.FRONT_DOOR} carry the ID of a Front Door, and allow_from does not list it",
            f"Write allow_from: [{model.FRONT_DOOR}], or remove front_door",
        )
    yield from references.repetitions(path, gateway.front_door, "ID")


def _address(name: str, gateway: Ingress, gateways: IPv4Network) -> IPv4Address:
    return gateway.address or addresses.ingress(gateways, name)


def _shared_hosts(cluster_name: str, cluster: spec.Cluster) -> Iterator[Problem]:
    counts = Counter(host for gateway in cluster.ingress.values() for host in set(gateway.hosts))
    owner: dict[str, str] = {}
    for name, gateway in sorted(cluster.ingress.items()):
        for position, host in enumerate(gateway.hosts):
            if counts[host] > 1 and owner.setdefault(host, name) != name:
                yield Problem(
                    ("clusters", cluster_name, "ingress", name, "hosts", position),
                    f"{host} is already a host of the gateway {owner[host]}; each host leads to one gateway",
                    "Remove it from one of them",
                )


def _address_problems(cluster_name: str, cluster: spec.Cluster, gateways: IPv4Network) -> Iterator[Problem]:
    path: Path = ("clusters", cluster_name)
    internal = {name: gateway for name, gateway in sorted(cluster.ingress.items()) if gateway.internal}
    places = [("the east-west gateway", (*path, "east_west", "address"), east_west_address(cluster, gateways))]
    places += [
        (f"the gateway {name}", (*path, "ingress", name, "address"), _address(name, gateway, gateways))
        for name, gateway in internal.items()
    ]
    owner: dict[IPv4Address, str] = {}
    for title, place, address in places:
        if not addresses.is_usable(address, gateways):
            yield Problem(
                place,
                f"{address} cannot be used: gateways have their addresses in {gateways}, of which Azure reserves the "
                "first four and the last",
                f"Choose one from {addresses.first(gateways)} to {addresses.last(gateways)}",
            )
        elif owner.setdefault(address, title) != title:
            yield Problem(
                place,
                f"{title} and {owner[address]} would both have {address}",
                f"Give {title} an address of its own from {addresses.first(gateways)} to {addresses.last(gateways)}",
            )
