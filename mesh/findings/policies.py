"""What the policies of each workload give, held against its declared callers, whatever else may stop them."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import product

from mesh.access.attempts import Request
from mesh.access.declared import Allowance, Pair
from mesh.access.istio.authorization import Applied, Call, Source
from mesh.access.istio.grants import Grant
from mesh.access.istio.policies import Policy, Rule
from mesh.access.matrix import example
from mesh.access.world import INGRESS, OWN, Instance, World
from mesh.findings import catalogue as kinds
from mesh.findings.finding import Finding
from mesh.model import Workload

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "ANYTHING")
"""What is tried where a rule has every method."""
_STRANGE_PORT = 1
"""Which no workload listens at: only rules for every port have it."""


def findings(world: World, declared: Mapping[Pair, Allowance]) -> Iterator[Finding]:
    held = _Held(world, declared)
    observed = {workload.name for workload in world.plan.environment.observed}
    for workload in world.workloads.values():
        for instance in world.instances[workload.name]:
            if instance.sidecar:
                yield from _dry_runs(held.policies_of(instance), observing=workload.name in observed)
                if workload.name not in observed:
                    yield from held.of(workload, instance)
    for namespace in world.plan.environment.observing:
        yield Finding(kinds.CALLS_ARE_OBSERVED, f"namespace {namespace}", "every call to its workloads gets through")


def _dry_runs(applied: Applied, *, observing: bool) -> Iterator[Finding]:
    for policy in applied.policies:
        if policy.dry_run and not observing:
            yield Finding(kinds.POLICY_IN_DRY_RUN, policy.name, "enforces nothing")


class _Held:
    """Declared routes, and the policies that are held against them."""

    def __init__(self, world: World, declared: Mapping[Pair, Allowance]) -> None:
        self._world = world
        self._declared = declared

    def policies_of(self, instance: Instance) -> Applied:
        proxy = instance.proxy
        return self._world.policies[proxy.cluster].applying_to(proxy.namespace, proxy.labels)

    def of(self, workload: Workload, instance: Instance) -> Iterator[Finding]:
        applied = self.policies_of(instance)
        allowing = [policy for policy in applied.policies if policy.action == "ALLOW" and not policy.dry_run]
        if not allowing:
            text = f"{instance.place} lets every call in"
            yield Finding(kinds.WORKLOAD_WITHOUT_POLICY, workload.name, text)
        rules = [rule for policy in allowing for rule in policy.rules]
        yield from _of_http_at_tcp(workload, applied.policies)
        for rule in rules:
            if rule.principals is None:
                yield Finding(
                    kinds.CALLERS_NOT_NAMED, rule.by, f"lets in callers of {workload.name} without naming them"
                )
        for principal in sorted({name for rule in rules for name in rule.principals or ()}):
            yield from self._of_caller(workload, applied, principal, _named_ports(rules))

    def _of_caller(
        self, callee: Workload, applied: Applied, principal: str, named_ports: set[int]
    ) -> Iterator[Finding]:
        callers = self._callers.get(principal, ())
        by_number = {port.number: port for port in callee.ports}
        for number in sorted({*by_number, *named_ports, _STRANGE_PORT}):
            is_http = number not in by_number or by_number[number].is_http
            grants = applied.grants(Source(principal), number, tcp=not is_http)
            if not grants:
                continue
            allowances = [each for name in callers if (each := self._declared.get((name, callee.name, number)))]
            at = "any port" if number == _STRANGE_PORT else f"port {number}"
            caller = min(callers, key=_as_client) if callers else principal
            subject = f"{caller} to {callee.name}:{number}"
            by = " and ".join(sorted({grant.by for grant in grants}))
            if not callers:
                yield Finding(kinds.STRANGER_LET_IN, f"{principal} to {callee.name}", f"{by} names it, who is nobody")
            elif number not in by_number:
                named = f"{caller} to {callee.name}"
                yield Finding(kinds.WIDER_THAN_DECLARED, named, f"{by} lets it in at {at}, where nothing is declared")
            elif not allowances:
                yield Finding(kinds.UNDECLARED_OPENING, subject, f"{by} lets it in, and no route declares it")
            elif is_http and (beyond := _beyond(applied, principal, allowances, grants)):
                yield Finding(kinds.WIDER_THAN_DECLARED, str(allowances[0]), beyond)

    @cached_property
    def _callers(self) -> Mapping[str, tuple[str, ...]]:
        """By principal, how the declared routes call who it is; a gateway also by what its clients are called."""
        found: dict[str, set[str]] = {}
        for name, instances in self._world.callers.items():
            for instance in instances:
                if instance.principal:
                    names = {name, INGRESS + name.removeprefix(OWN)} if name.startswith(OWN) else {name}
                    found.setdefault(instance.principal, set()).update(names)
        return {principal: tuple(sorted(names)) for principal, names in found.items()}


def _beyond(applied: Applied, principal: str, allowances: list[Allowance], grants: tuple[Grant, ...]) -> str | None:
    """A request that gets through and is not declared; tried only where the patterns do not settle it."""
    port = allowances[0].port.number

    def declared(method: str, path: str) -> bool:
        return any(allowance.has(method, path) for allowance in allowances)

    for grant in grants:
        for method, pattern in product(grant.methods or ("",), grant.paths or ("*",)):
            if declared(method, pattern):
                continue
            for tried, path in product((method,) if method else _METHODS, paths(pattern)):
                call = Call(Source(principal), port, Request(tried, path))
                if not declared(tried, path) and applied.decide(call).outcome != "stops":
                    return f"{grant.by} lets {tried} {path} through as well"
    return None


def paths(pattern: str) -> tuple[str, ...]:
    """Some that a pattern stands for: the shortest, and a longer one."""
    if pattern in ("*", "/*"):
        return "/", "/any/thing"
    if pattern.endswith("*"):
        return pattern[:-1], f"{pattern[:-1]}any/thing"
    return (example(pattern),)


def _as_client(name: str) -> tuple[bool, int, str]:
    """What comes by a gateway is told by its clients, and by its shortest name."""
    return not name.startswith(INGRESS), len(name), name


def _named_ports(rules: list[Rule]) -> set[int]:
    return {
        int(value)
        for rule in rules
        for condition in rule.http.conditions
        if condition.key == "destination.port"
        for value in condition.values
        if value.isdigit()
    }


def _of_http_at_tcp(workload: Workload, policies: tuple[Policy, ...]) -> Iterator[Finding]:
    """Also of a rule without ports, where no port is HTTP."""
    at_tcp = {port.number for port in workload.ports if not port.is_http}
    numbers = {port.number for port in workload.ports}
    for policy in policies:
        for rule in policy.rules:
            reached = _named_ports([rule]) or numbers
            if any(condition.of_http for condition in rule.http.conditions) and reached <= at_tcp:
                ports = ", ".join(map(str, sorted(reached)))
                yield Finding(kinds.HTTP_RULE_ON_TCP_PORT, rule.by, f"port {ports} of {workload.name} is not HTTP")
