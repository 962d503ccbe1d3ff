"""What gets through, held against the declared routes: callers that none names, requests that none declares."""

from collections.abc import Iterator, Mapping
from itertools import product

from mesh.access.attempts import Attempt, Request
from mesh.access.findings import catalogue
from mesh.access.findings.catalogue import Finding
from mesh.access.findings.declared import Allowance, Pair
from mesh.access.istio.authorization import Applied, Source
from mesh.access.judge import Judge
from mesh.access.matrix import Cell, example, matrix
from mesh.access.world import Instance, World

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "ANYTHING")
"""What is tried where a rule has every method."""


def findings(judge: Judge, declared: Mapping[Pair, Allowance]) -> Iterator[Finding]:
    observed = {workload.name for workload in judge.world.plan.environment.observed}
    for cell in matrix(judge).cells:
        if (cell.caller, cell.callee, cell.port.number) not in declared and cell.callee not in observed:
            yield Finding(catalogue.UNDECLARED_OPENING, _name(cell), f"is open, by {' and '.join(cell.by)}")
    for allowance in declared.values():
        if allowance.requests and allowance.callee.name not in observed:
            yield from _wider(judge, allowance)


def _name(cell: Cell) -> str:
    return f"{cell.caller} to {cell.callee}:{cell.port.number}"


def _wider(judge: Judge, allowance: Allowance) -> Iterator[Finding]:
    """What rules give beyond what is declared; asked of the judge only where the patterns do not settle it."""
    caller, callee, port = allowance.pair
    for by, method, path in sorted(set(_beyond(judge.world, allowance))):
        attempt = Attempt(caller, callee, port, Request(method, path))
        if caller in judge.world.callers and judge.verdict(attempt).possible:
            yield Finding(catalogue.WIDER_THAN_DECLARED, str(allowance), f"{by} lets {method} {path} through as well")
            return


def _beyond(world: World, allowance: Allowance) -> Iterator[tuple[str, str, str]]:
    """Rules with a request each that they let through, and that is not declared."""
    sources = _callers(world, allowance)
    for callee, source in product(world.instances[allowance.callee.name], sources):
        if not callee.sidecar:
            continue
        for grant in _policies(world, callee).grants(Source(source.principal), allowance.port.number):
            for method, pattern in product(grant.methods or ("",), grant.paths or ("*",)):
                if not allowance.has(method, pattern):
                    for tried, path in product((method,) if method else _METHODS, paths(pattern)):
                        if not allowance.has(tried, path):
                            yield grant.by, tried, path


def paths(pattern: str) -> Iterator[str]:
    """Some that a pattern stands for."""
    if pattern in ("*", "/*"):
        yield from ("/", "/any/thing")
    elif pattern.endswith("*"):
        yield from (pattern[:-1], f"{pattern[:-1]}any/thing")
    else:
        yield example(pattern)


def _callers(world: World, allowance: Allowance) -> tuple[Instance, ...]:
    gateway = world.ingress.get(allowance.caller)
    return (gateway.instance,) if gateway else world.callers.get(allowance.caller, ())


def _policies(world: World, instance: Instance) -> Applied:
    proxy = instance.proxy
    return world.policies[proxy.cluster].applying_to(proxy.namespace, proxy.labels)
