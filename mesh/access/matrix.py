"""Everybody with everybody: what each caller may ask of each callee, at each of its ports.

Only whom something lets in is asked about: callers that a policy names, or that know a host which no policy guards.
All others stay closed, and nothing is worked out for them, so that the effort grows with what is open.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import product

from mesh import model, names, request_paths
from mesh.access import led_calls
from mesh.access.attempts import Attempt, Certificate, Outcome, Request, Token, Verdict
from mesh.access.exposure import Exposure, exposures
from mesh.access.gateways import Gateway
from mesh.access.instances import Instance
from mesh.access.istio import scoping, tokens
from mesh.access.istio.authorization import Applied, Source
from mesh.access.istio.grants import Grant
from mesh.access.judge import Judge
from mesh.access.world import World

_HTTPS_PORT = 443


@dataclass(frozen=True)
class Opening:
    """HTTP requests that get through: one method, or "" for all, and a pattern of paths."""

    method: str
    path: str
    host: str
    """Of an ingress gateway; else ""."""
    token: Token | None = None
    """The token of a user that it takes; None: none."""

    def __str__(self) -> str:
        return f"{self.method or '*'} {self.host}{self.path}{f' with {self.token}' if self.token else ''}"


@dataclass(frozen=True)
class Cell:
    """The open calls of a caller at a port of a callee. There is no cell if nothing is open."""

    caller: str
    callee: str
    port: model.Port
    outcome: Outcome
    """`passes`, or `partly`: not on every way, or not from everywhere."""
    openings: tuple[Opening, ...]
    """Empty where the port is not HTTP."""
    by: tuple[str, ...]
    """The rules that let it through at the end; or only the application itself."""
    by_network_alone: bool = False
    """Whether no sidecar takes part, of the caller's or of the callee's."""


@dataclass(frozen=True)
class Matrix:
    callers: tuple[str, ...]
    callees: tuple[str, ...]
    cells: tuple[Cell, ...]
    """By caller, callee and port."""
    exposures: tuple[Exposure, ...]
    """The gateways and API servers, with the clients that they let in and the certificates that they ask for."""
    identities: Mapping[str, tuple[str, ...]]
    """By caller, the principals in its certificates; none without a sidecar."""
    hosts: Mapping[str, tuple[str, ...]]
    """By callee, the names by which it is called."""


def matrix(judge: Judge) -> Matrix:
    asked = Asking(judge)
    world = judge.world
    cells = tuple(cell for workload in world.workloads.values() for cell in asked.cells_of(workload))
    calling = {cell.caller for cell in cells}
    callers = (*asked.gateways, *asked.callers, *(name for name in asked.plain if name in calling))
    return Matrix(
        callers=callers,
        callees=tuple(world.workloads),
        cells=tuple(sorted(cells, key=lambda cell: (cell.caller, cell.callee, cell.port.number))),
        exposures=exposures(world),
        identities={name: _principals(world, name) for name in callers},
        hosts={name: names.hosts(workload) for name, workload in world.workloads.items()},
    )


def _principals(world: World, caller: str) -> tuple[str, ...]:
    gateway = world.ingress.get(caller)
    instances = (gateway.instance,) if gateway else world.instances[caller]
    return tuple(sorted({instance.principal for instance in instances if instance.principal}))


def cell(judge: Judge, caller: str, callee: str, port: model.Port) -> Cell | None:
    """One of them alone; None where nothing gets through."""
    return Asking(judge).cell(caller, judge.world.workloads[callee], port)


def attempt(world: World, caller: str, callee: str, port: model.Port, opening: Opening | None) -> Attempt:
    """A call that an opening lets through: with a certificate where the caller's gateway wants one."""
    request = None
    if opening:
        path, host = example(opening.path), opening.host or None
        request = Request(opening.method or "GET", path, host, token=opening.token)
    return Attempt(caller, callee, port.number, request, certificate(world.ingress.get(caller)))


def certificate(gateway: Gateway | None) -> Certificate | None:
    """One that an ingress gateway takes, if it asks for any."""
    tls = gateway.declared.tls if gateway and gateway.declared else None
    return Certificate(tls.client_names or ("client",)) if tls and tls.mode == "mutual" else None


class Asking:
    """Chooses the callers and requests to try. Shared results are computed once."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._world = judge.world

    def cells_of(self, callee: model.Workload) -> Iterator[Cell]:
        for caller, port in product(sorted(self._candidates(callee)), callee.ports):
            if cell := self.cell(caller, callee, port):
                yield cell

    @cached_property
    def gateways(self) -> tuple[str, ...]:
        """Each ingress gateway once, by its shortest name."""
        return tuple(self._world.by_shortest_name)

    def _candidates(self, callee: model.Workload) -> set[str]:
        """The callers that may get through. All others are stopped with any request."""
        answering = {callee.name, *self._diverted.get(callee.name, ())}
        candidates = {caller for name in answering for caller in self._let_in(self._world.workloads[name])}
        return candidates - {callee.name}

    def _let_in(self, callee: model.Workload) -> Iterable[str]:
        instances = self._world.instances[callee.name]
        guarded = all(instance.guards(port.number) for instance in instances for port in callee.ports)
        if not instances or not guarded:
            hosts = names.hosts(callee)
            knowing = {caller for host in hosts for caller in self._knowing.get(host, ())}
            return {*self._wide, *self.gateways, *knowing, *self._beside(callee)}
        return self.named(callee)

    def _beside(self, callee: model.Workload) -> Iterator[str]:
        """Callers without a sidecar, on other machines. What is on the internet is a matter of `internet` alone."""
        if callee.outside is None or callee.outside.range:
            for name in self.plain:
                if set(self._world.workloads[name].machines) != set(callee.machines):
                    yield name

    def named(self, callee: model.Workload) -> Iterable[str]:
        """The callers that the callee's policies may accept by identity."""
        named: set[str] = set()
        for instance in (one for one in self._world.instances[callee.name] if one.sidecar):
            principals = self._policies_of(instance).named_principals()
            if principals is None:
                return (*self.callers, *self.gateways, *self._beside(callee))
            named |= principals
        return {caller for principal in named for caller in self._by_principal.get(principal, ())}

    def cell(self, caller: str, callee: model.Workload, port: model.Port) -> Cell | None:
        """None where nothing gets through."""
        if not port.is_http:
            verdict = self._judge.verdict(attempt(self._world, caller, callee.name, port, None))
            possible = [verdict] if verdict.possible else []
            return self._cell(caller, callee, port, (), possible) if possible else None
        verdicts: dict[Opening, Verdict] = {}
        for opening in self.openings(caller, callee, port):
            if opening.token and replace(opening, token=None) in verdicts:
                continue
            verdict = self._judge.verdict(attempt(self._world, caller, callee.name, port, opening))
            if verdict.possible:
                verdicts[opening] = verdict
        if not verdicts:
            return None
        return self._cell(caller, callee, port, tuple(verdicts), list(verdicts.values()))

    def _cell(
        self, caller: str, callee: model.Workload, port: model.Port, openings: tuple[Opening, ...], found: list[Verdict]
    ) -> Cell:
        return Cell(caller, callee.name, port, _outcome(found), openings, _by(found), caller in self.plain)

    def openings(self, caller: str, callee: model.Workload, port: model.Port) -> tuple[Opening, ...]:
        """The requests that rules distinguish; any request if no rule does."""
        gateway = self._world.ingress.get(caller)
        sources = [gateway.instance] if gateway else self._world.callers[caller]
        hosts = gateway.declared.hosts if gateway and gateway.declared else ("",)
        answering = (callee.name, *sorted(self._diverted.get(callee.name, ())))
        grants = {
            grant
            for name in answering
            for instance in self._world.instances[name]
            if instance.sidecar
            for source in sources
            for grant in self._grants(instance, source, port.number)
        }
        if gateway and led_calls.rewrites(self._world, gateway):
            grants |= set(self._policies_of(gateway.instance).grants(Source(None), _HTTPS_PORT))
        patterns = {pair for grant in grants for pair in product(grant.methods or ("",), grant.paths or ("/*",))}
        openings = [Opening(method, path, host) for host in hosts for method, path in sorted(patterns or {("", "/*")})]
        users = tuple(dict.fromkeys(self._tokens(gateway, answering)))
        return (*openings, *(replace(opening, token=token) for opening in openings for token in users))

    def _tokens(self, gateway: Gateway | None, answering: Iterable[str]) -> Iterator[Token]:
        """Those that the gateway or the callee may ask for."""
        instances = [one for name in answering for one in self._world.instances[name] if one.sidecar]
        for one in (*([gateway.instance] if gateway else []), *instances):
            proxy = one.proxy
            if issuers := self._world.tokens[proxy.cluster].issuers(proxy.namespace, proxy.labels):
                yield from tokens.examples(issuers, self._policies_of(one).policies)

    def _grants(self, callee: Instance, source: Instance, port: int) -> tuple[Grant, ...]:
        return self._policies_of(callee).grants(Source(source.principal), port)

    def _policies_of(self, instance: Instance) -> Applied:
        proxy = instance.proxy
        return self._world.policies[proxy.cluster].applying_to(proxy.namespace, proxy.labels)

    @cached_property
    def callers(self) -> tuple[str, ...]:
        return tuple(name for name, found in self._world.instances.items() if any(one.sidecar for one in found))

    @cached_property
    def plain(self) -> tuple[str, ...]:
        """The workloads on machines that have no sidecar."""
        found = self._world.instances.items()
        return tuple(name for name, instances in found if instances and not any(one.sidecar for one in instances))

    @cached_property
    def _by_principal(self) -> Mapping[str, set[str]]:
        by_principal: dict[str, set[str]] = {}
        for name in self.callers:
            for instance in self._world.instances[name]:
                if instance.principal:
                    by_principal.setdefault(instance.principal, set()).add(name)
        for name in self.gateways:
            principal = self._world.ingress[name].instance.principal
            if principal:
                by_principal.setdefault(principal, set()).add(name)
        return by_principal

    @cached_property
    def _knowing(self) -> Mapping[str, set[str]]:
        """By host, the callers whose sidecars are told of it."""
        found: dict[str, set[str]] = {}
        for name in self.callers:
            for host in self._told(name) or ():
                found.setdefault(host, set()).add(name)
        return found

    @cached_property
    def _wide(self) -> tuple[str, ...]:
        """The callers whose sidecars know more than a list of hosts, or let through what they do not know."""
        return tuple(name for name in self.callers if self._told(name) is None)

    def _told(self, caller: str) -> set[str] | None:
        """The hosts that a caller's sidecars are told of; None where those are patterns, or unknown hosts pass."""
        told: set[str] = set()
        for instance in self._world.instances[caller]:
            scope = scoping.scope(self._world.meshes[instance.proxy.cluster], instance.proxy)
            imported = {host for listener in scope.listeners for _, host in listener.imports}
            if scope.outbound == "ALLOW_ANY" or any(host.startswith("*") for host in imported):
                return None
            told |= imported
        return told

    @cached_property
    def _diverted(self) -> Mapping[str, set[str]]:
        return led_calls.diverted(self._world)


def requests(found: Iterable[Opening]) -> tuple[str, ...]:
    """In words: `GET, POST /orders, /orders/*`, those together that differ in one thing only."""
    methods: dict[tuple[str, str, Token | None], list[str]] = {}
    for opening in found:
        methods.setdefault((opening.host, opening.path, opening.token), []).append(opening.method)
    paths: dict[tuple[str, tuple[str, ...], Token | None], list[str]] = {}
    for (host, path, token), asked in methods.items():
        paths.setdefault((host, tuple(sorted(asked)), token), []).append(path)
    return tuple(
        f"{f'{host}: ' if host else ''}{', '.join(method or 'any method' for method in asked)} {', '.join(of_these)}"
        f"{f' with {token}' if token else ''}"
        for (host, asked, token), of_these in paths.items()
    )


def example(pattern: str) -> str:
    """A path that a pattern covers: more than its prefix, where it has one."""
    path = pattern.replace("{**}", "any").replace("{*}", "any").replace("*", "any") or "/"
    return f"/{path}" if request_paths.has_hole(pattern) and not path.startswith("/") else path


def _outcome(verdicts: Iterable[Verdict]) -> Outcome:
    return "passes" if all(verdict.allowed for verdict in verdicts) else "partly"


def _by(verdicts: Iterable[Verdict]) -> tuple[str, ...]:
    """The last deciding object of each way."""
    return tuple(sorted({way.steps[-1].by for verdict in verdicts for way in verdict.ways if way.outcome != "stops"}))
