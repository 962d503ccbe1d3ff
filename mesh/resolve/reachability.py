"""Routes, into the pairs of networks that they cross and that nothing connects."""

from collections.abc import Iterator

from mesh.declaration.calls import Call
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Problem
from mesh.resolve import callers, networks


def problems(declared: Declared) -> Iterator[Problem]:
    """One for each pair of networks, at the first route that needs it."""
    crossing: dict[tuple[str, str], list[tuple[int, Call]]] = {}
    for position, route in declared.routes:
        for pair in _crossed(declared, route):
            if networks.are_apart(declared, *pair):
                crossing.setdefault((min(pair), max(pair)), []).append((position, route))
    for (one, other), routes in crossing.items():
        position, route = routes[0]
        more = f" (and {len(routes) - 1} more)" if len(routes) > 1 else ""
        yield Problem(
            ("routes", position),
            f"{route.caller} to {route.callee}{more} needs the networks {one} and {other} peered with each other, "
            "and they are not; peering is not transitive",
            f"Add {other} to networks.{one}.peers",
        )


def _crossed(declared: Declared, route: Call) -> Iterator[tuple[str, str]]:
    """Pairs with a cluster on both sides are left out: clusters are peered with each other in any case."""
    environment = declared.environment
    callee = environment.workloads.get(route.callee)
    if callee is None:
        return
    from_clusters, from_machines = of_caller(declared, route)
    to_clusters, to_machines = _networks_of(declared, set(callee.cluster), set(callee.machines))
    if callee.managed:
        to_machines = to_machines | {callee.managed.network}
    yield from ((one, other) for one in sorted(from_machines) for other in sorted(to_clusters | to_machines))
    yield from ((one, other) for one in sorted(from_clusters) for other in sorted(to_machines))


def of_caller(declared: Declared, route: Call) -> tuple[set[str], set[str]]:
    """The networks of the clusters and of the machines that a route's calls come from."""
    if route.caller.startswith(callers.INGRESS):
        return _networks_of(declared, set(callers.ingress_clusters(declared, route.caller)), set())
    if caller := declared.environment.workloads.get(route.caller):
        return _networks_of(declared, set(caller.cluster), set(caller.machines))
    return set(), set()


def _networks_of(declared: Declared, clusters: set[str], machines: set[str]) -> tuple[set[str], set[str]]:
    environment = declared.environment
    return (
        {environment.clusters[name].network for name in clusters if name in environment.clusters},
        {environment.machines[name].network for name in machines if name in environment.machines},
    )
