"""Private ranges behind networks, and outside services in them: problems of ranges that nobody reaches."""

from collections.abc import Iterator
from ipaddress import IPv4Network

from mesh import addresses
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Problem
from mesh.resolve import reachability


def problems(declared: Declared) -> Iterator[Problem]:
    yield from _reached(declared)
    yield from _outside(declared)
    yield from _unreached(declared)


def _reached(declared: Declared) -> Iterator[Problem]:
    for name, network in declared.environment.networks.items():
        for position, block in enumerate(network.reaches):
            path = ("networks", name, "reaches", position)
            if not is_private(block):
                yield Problem(
                    path,
                    f"{block} is not private; every network reaches public addresses",
                    "Remove it, or write a range such as 192.168.0.0/16",
                )
            elif owner := _owner(declared, block):
                yield Problem(
                    path, f"{block} is inside the space of the network {owner}", "Remove it, and peer the two"
                )


def _outside(declared: Declared) -> Iterator[Problem]:
    for name, workload in declared.environment.workloads.items():
        if workload.external and (block := workload.external.range):
            path = ("workloads", name, "external", "range")
            if not is_private(block):
                yield Problem(
                    path,
                    f"{block} is not private; what has public addresses is opened by its hosts",
                    "Remove range, or write the private one, such as 192.168.10.0/24",
                )
            elif owner := _owner(declared, block):
                yield Problem(
                    path,
                    f"{block} is inside the space of the network {owner}",
                    f"Declare a machine with existing: true, or managed: {{host, network: {owner}, range}}",
                )


def _unreached(declared: Declared) -> Iterator[Problem]:
    """One for each network and outside service, at the first route that needs it."""
    environment, seen = declared.environment, set[tuple[str, str]]()
    for position, route in declared.routes:
        callee = environment.workloads.get(route.callee)
        block = callee.external.range if callee and callee.external else None
        if block is None or not is_private(block) or _owner(declared, block):
            continue
        for network in sorted(set[str]().union(*reachability.of_caller(declared, route))):
            known = environment.networks.get(network)
            if known and (network, route.callee) not in seen and not any(map(block.subnet_of, known.reaches)):
                seen.add((network, route.callee))
                yield Problem(
                    ("routes", position),
                    f"{route.caller} calls {route.callee} from the network {network}, which does not reach {block}",
                    f"Add {block}, or the range that it is a part of, to networks.{network}.reaches",
                )


def is_private(block: IPv4Network) -> bool:
    return any(map(block.subnet_of, addresses.PRIVATE))


def _owner(declared: Declared, block: IPv4Network) -> str | None:
    networks = declared.environment.networks
    return next((name for name, network in sorted(networks.items()) if any(map(block.subnet_of, network.space))), None)
