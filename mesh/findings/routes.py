"""Declared routes, as what the judge finds of them: whether they work, wholly, and to every place of their callee."""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from mesh import names
from mesh.access.attempts import Attempt, Verdict, Way
from mesh.access.azure.reachability import OUTSIDE
from mesh.access.declared import Allowance, Pair, attempts
from mesh.access.judge import Judge
from mesh.access.world import World
from mesh.findings import catalogue as kinds
from mesh.findings.finding import Finding
from mesh.model import Workload

Headers = Mapping[str, set[tuple[str, str]]]
"""By host, what VirtualServices tell calls by."""


def findings(judge: Judge, declared: Mapping[Pair, Allowance]) -> Iterator[Finding]:
    for instance in (one for instances in judge.world.instances.values() for one in instances):
        if steps := judge.joining(instance):
            yield Finding(kinds.MACHINE_DOES_NOT_JOIN, instance.place, steps[-1].text)
    headers = _told_headers(judge.world)
    for allowance in declared.values():
        yield from _of_one(judge, allowance, headers)


def _with_headers(allowance: Allowance, headers: Headers) -> Iterator[Attempt]:
    """The first of the calls, with each header that some VirtualService tells from others."""
    first = next(attempts(allowance))
    if first.request:
        for header in sorted({each for host in names.hosts(allowance.callee) for each in headers.get(host, ())}):
            yield replace(first, request=replace(first.request, headers=(header,)))


def _told_headers(world: World) -> Headers:
    """By host."""
    found: dict[str, set[tuple[str, str]]] = {}
    for mesh in world.meshes.values():
        for item in mesh.of("VirtualService"):
            told = {
                (name.lower(), value)
                for route in item.manifest["spec"].get("http", ())
                for match in route.get("match", ())
                for name, asked in match.get("headers", {}).items()
                if (value := asked.get("exact") or asked.get("prefix"))
            }
            for host in item.manifest["spec"].get("hosts", ()):
                found.setdefault(host, set()).update(told)
    return found


def _of_one(judge: Judge, allowance: Allowance, headers: Headers) -> Iterator[Finding]:
    if allowance.caller not in judge.world.callers and allowance.caller not in judge.world.ingress:
        text = f"the plan has nothing that runs {allowance.caller}"
        yield Finding(kinds.ROUTE_DOES_NOT_WORK, str(allowance), text)
        return
    asked = (*attempts(allowance), *_with_headers(allowance, headers))
    verdicts = [judge.verdict(attempt) for attempt in asked]
    failing = [verdict for verdict in verdicts if any(map(_fails, verdict.ways))]
    if failing:
        stopped = [verdict for verdict in failing if not verdict.possible]
        kind = kinds.ROUTE_DOES_NOT_WORK if len(stopped) == len(verdicts) else kinds.ROUTE_WORKS_IN_PART
        yield Finding(kind, str(allowance), _failure(failing[0], len(failing), len(verdicts)))
        return
    for way in dict.fromkeys(way for verdict in verdicts for way in verdict.ways if way.outcome == "partly"):
        yield Finding(
            kinds.WAY_OF_CLIENTS_UNKNOWN, allowance.caller, f"{way.source} come by a way that is not in the plan"
        )
    called = {way.destination for verdict in verdicts for way in verdict.ways}
    missed = sorted(_places(allowance.callee) - called)
    # Where a VirtualService leads calls to another workload, they are not meant to come here.
    if missed and not any(" (" in destination for destination in called):
        text = f"no call goes to {', '.join(missed)}, only to {', '.join(sorted(called))}"
        yield Finding(kinds.PLACE_IS_NOT_CALLED, str(allowance), text)


def _fails(way: Way) -> bool:
    """Also in part, but for clients from outside: no plan has the way by which they come to it."""
    unknown = {step for step in way.steps if step.by == OUTSIDE and step.outcome == "partly"}
    return any(step.outcome != "passes" for step in way.steps if step not in unknown)


def _failure(verdict: Verdict, failing: int, asked: int) -> str:
    way = next(filter(_fails, verdict.ways))
    step = next(step for step in way.steps if step.outcome != "passes" and step.by != OUTSIDE)
    request = verdict.attempt.request
    what = f"{request.method} {request.host or ''}{request.path} " if request else ""
    more = "" if asked == 1 else f" ({failing} of {asked} kinds of call fail)"
    return f"{what}from {way.source} to {way.destination} is stopped by {step.by}: {step.text}{more}"


def _places(callee: Workload) -> set[str]:
    clusters = {f"cluster/{cluster.name}" for cluster in callee.clusters}
    return clusters | {f"machine/{machine.name}" for machine in callee.machines}
