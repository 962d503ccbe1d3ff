"""Policies that allow more than the declared callers, even if something else stops them."""

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import product

from mesh import request_paths
from mesh.access.attempts import Request
from mesh.access.declared import Allowance, Pair
from mesh.access.istio.authorization import Applied, Call, Source
from mesh.access.istio.grants import Grant
from mesh.access.matrix import example
from mesh.access.world import INGRESS, OWN, World
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.findings.policies.governed import Governed, governed, named_ports
from mesh.findings.routes.strangers import STRANGER_LET_IN
from mesh.findings.routes.undeclared_openings import UNDECLARED_OPENING
from mesh.model import Workload

WIDER_THAN_DECLARED = Kind(
    code="wider-than-declared",
    severity="error",
    what="A policy gives a declared caller more than its routes declare: other methods, paths or ports.",
    why="A route that says GET /orders/* is read as a promise that nothing else gets through.",
    example="storefront to orders:8080: west/shop/AuthorizationPolicy/orders: rule 1 lets DELETE /orders through as "
    "well",
    fix="Narrow the rule, or declare the calls.",
)
KINDS = (WIDER_THAN_DECLARED,)

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "ANYTHING")
"""Methods to try if a rule allows every method."""
_STRANGE_PORT = 1
"""Which no workload listens at: only rules for every port have it."""


def findings(context: Context) -> Iterator[Finding]:
    held = _Held(context.world, context.declared)
    for policies in governed(context):
        if not policies.observed:
            yield from held.of(policies)


class _Held:
    """Declared routes, and the policies that are held against them."""

    def __init__(self, world: World, declared: Mapping[Pair, Allowance]) -> None:
        self._world = world
        self._declared = declared

    def of(self, policies: Governed) -> Iterator[Finding]:
        rules = [rule for policy in policies.allowing for rule in policy.rules]
        for principal in sorted({name for rule in rules for name in rule.principals or ()}):
            yield from self._of_caller(policies.workload, policies.applied, principal, named_ports(rules))

    def _of_caller(self, callee: Workload, applied: Applied, principal: str, ports: set[int]) -> Iterator[Finding]:
        callers = self._callers.get(principal, ())
        by_number = {port.number: port for port in callee.ports}
        for number in sorted({*by_number, *ports, _STRANGE_PORT}):
            is_http = number not in by_number or by_number[number].is_http
            grants = applied.grants(Source(principal), number, tcp=not is_http)
            if not grants:
                continue
            allowances = [
                allowance for name in callers if (allowance := self._declared.get((name, callee.name, number)))
            ]
            at = "any port" if number == _STRANGE_PORT else f"port {number}"
            caller = min(callers, key=_as_client) if callers else principal
            subject = f"{caller} to {callee.name}:{number}"
            by = " and ".join(sorted({grant.by for grant in grants}))
            if not callers:
                yield Finding(STRANGER_LET_IN, f"{principal} to {callee.name}", f"{by} names it, who is nobody")
            elif number not in by_number:
                named = f"{caller} to {callee.name}"
                yield Finding(WIDER_THAN_DECLARED, named, f"{by} lets it in at {at}, where nothing is declared")
            elif not allowances:
                yield Finding(UNDECLARED_OPENING, subject, f"{by} lets it in, and no route declares it")
            elif is_http and (beyond := _beyond(applied, principal, allowances, grants)):
                yield Finding(WIDER_THAN_DECLARED, str(allowances[0]), beyond)

    @cached_property
    def _callers(self) -> Mapping[str, tuple[str, ...]]:
        """By principal, how the declared routes call who it is; a gateway also by what its clients are called."""
        by_principal: dict[str, set[str]] = {}
        for name, instances in self._world.callers.items():
            for instance in instances:
                if instance.principal:
                    names = {name, INGRESS + name.removeprefix(OWN)} if name.startswith(OWN) else {name}
                    by_principal.setdefault(instance.principal, set()).update(names)
        return {principal: tuple(sorted(names)) for principal, names in by_principal.items()}


def _beyond(applied: Applied, principal: str, allowances: list[Allowance], grants: tuple[Grant, ...]) -> str | None:
    """A request that gets through and is not declared; tried only where the patterns do not settle it."""
    port = allowances[0].port.number

    def declared(method: str, path: str) -> bool:
        return any(allowance.has_arriving(method, path) for allowance in allowances)

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
    if pattern.endswith("*") and not request_paths.has_hole(pattern):
        return pattern[:-1], f"{pattern[:-1]}any/thing"
    return (example(pattern),)


def _as_client(name: str) -> tuple[bool, int, str]:
    """A call through a gateway is named by its clients, with their shortest name."""
    return not name.startswith(INGRESS), len(name), name
