"""The declared routes, as what may be open: by who calls whom at which port, and by the requests."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import product

from mesh import model, request_paths
from mesh.access.attempts import Attempt, Certificate, Request, Token
from mesh.access.world import INGRESS, OWN, World

Pair = tuple[str, str, int]
"""Caller, callee and port."""
_METHODS = ("DELETE", "GET", "POST")
"""Methods that stand for all methods. A rule that is not for all methods lacks at least one of these."""


@dataclass(frozen=True)
class Allowance:
    """All that the routes of a pair declare."""

    caller: str
    callee: model.Workload
    port: model.Port
    requests: tuple[model.Request, ...]
    """Empty where the port is not HTTP."""
    gateway: model.Ingress | None
    """Where the caller is, or comes by, an ingress gateway."""

    @property
    def pair(self) -> Pair:
        return self.caller, self.callee.name, self.port.number

    def __str__(self) -> str:
        return f"{self.caller} to {self.callee.name}:{self.port.number}"

    def has(self, method: str, path: str, host: str = "") -> bool:
        """Whether a request is declared; "" stands for all methods, and a pattern for all that it covers."""
        return not self.requests or any(
            (not request.methods or method in request.methods)
            and (not host or not request.hosts or host in request.hosts)
            and _has_path(request, path)
            for request in self.requests
        )

    def has_arriving(self, method: str, path: str) -> bool:
        """Whether a request is declared as the callee gets it, whose path a gateway may have rewritten."""
        return not self.requests or any(
            (not request.methods or method in request.methods)
            and any(request_paths.covers(pattern, path) for pattern in request.arriving)
            for request in self.requests
        )

    def methods_at(self, host: str, path: str) -> frozenset[str] | None:
        """The methods declared for a path at a host of a gateway; None: all of them."""
        requests = [request for request in self.requests if host in request.hosts and _has_path(request, path)]
        if any(not request.methods for request in requests):
            return None
        return frozenset(method for request in requests for method in request.methods)


def _has_path(request: model.Request, path: str) -> bool:
    return any(request_paths.covers(pattern, path) for pattern in request.paths)


def allowances(world: World) -> Mapping[Pair, Allowance]:
    """By caller, as the judge calls it: a client of a gateway by its shortest name, the gateway itself for spans."""
    by_pair: dict[Pair, Allowance] = {}
    for caller, route in _callers(world):
        pair = (caller, route.callee.name, route.port.number)
        before = by_pair[pair].requests if pair in by_pair else ()
        gateway = route.caller if isinstance(route.caller, model.Ingress) else None
        by_pair[pair] = Allowance(caller, route.callee, route.port, (*before, *route.requests), gateway)
    return dict(sorted(by_pair.items()))


def taken_for(declared: Mapping[Pair, Allowance], workloads: Mapping[str, model.Workload], pair: Pair) -> str | None:
    """Of a caller without a sidecar, the declared caller from which no security group can tell it; None: there is none.

    It runs on the same machines, or in the subnet of a scale set, which is open as a whole.
    """
    caller, *called = pair
    machines = workloads[caller].machines
    for other, *its in declared:
        if its == called and other != caller and (found := workloads.get(other)):
            subnets = {machine.network for machine in found.machines if machine.address is None}
            if all(machine in found.machines or machine.network in subnets for machine in machines):
                return other
    return None


def _callers(world: World) -> Iterator[tuple[str, model.Route]]:
    environment = world.plan.environment
    for route in environment.routes:
        yield client(world, route.caller) if isinstance(route.caller, model.Ingress) else route.caller.name, route
    for route in environment.tracing.routes if environment.tracing else ():
        if isinstance(route.caller, model.Ingress):
            yield OWN + client(world, route.caller).removeprefix(INGRESS), route
        else:
            yield route.caller.name, route


def client(world: World, ingress: model.Ingress) -> str:
    """The judge's name for the clients of a gateway."""
    short = f"{INGRESS}{ingress.gateway.name}"
    gateway = world.ingress.get(short)
    if gateway and gateway.release.cluster == ingress.cluster.name:
        return short
    return f"{INGRESS}{ingress.cluster.name}/{ingress.gateway.name}"


def attempts(allowance: Allowance) -> Iterator[Attempt]:
    """Attempts that stand for all declared calls of a pair."""
    caller, callee, port = allowance.pair
    tls = allowance.gateway.gateway.tls if allowance.gateway and caller.startswith(INGRESS) else None
    shown = (
        [Certificate((name,)) for name in tls.client_names or ("client",)] if tls and tls.mode == "mutual" else [None]
    )
    if not allowance.requests:
        yield Attempt(caller, callee, port)
    for request in allowance.requests:
        for host in request.hosts or (None,):
            for path in (path for pattern in request.paths for path in request_paths.examples(pattern)):
                for method in request.methods or _METHODS:
                    for certificate in shown:
                        for token in _tokens(request):
                            asked = Request(method, path, host, token=token)
                            yield Attempt(caller, callee, port, asked, certificate)


def _tokens(request: model.Request) -> Iterator[Token | None]:
    """One for each audience and each value of each claim."""
    if request.jwt is None:
        yield None
        return
    names, values = [name for name, _ in request.claims], [listed for _, listed in request.claims]
    for audience in request.jwt.audiences:
        for claimed in product(*values):
            yield Token(request.jwt.issuer, (audience,), tuple(zip(names, claimed, strict=True)))
