"""What teams declare in files of their own → the problems where it is not theirs to declare."""

from collections.abc import Iterator

from mesh.declaration.calls import Call
from mesh.declaration.declared import Declared, Origin
from mesh.declaration.problems import Path, Problem


def problems(declared: Declared) -> Iterator[Problem]:
    for path, origin in declared.origins.items():
        match path:
            case ("workloads", str(name)) if name in declared.environment.workloads:
                yield from _of_namespace(declared, (*path, "namespace"), name, origin)
            case ("traffic", str(name)) if name in declared.environment.workloads:
                yield from _of_namespace(declared, path, name, origin)
    told: set[tuple[int, str]] = set()
    for position, call in declared.routes:
        for problem in _of_route(declared, position, call):
            if (position, problem.message) not in told:
                told.add((position, problem.message))
                yield problem


def _of_namespace(declared: Declared, path: Path, workload: str, origin: Origin) -> Iterator[Problem]:
    """At most one: the workload is in a namespace that is not the team's."""
    namespace = declared.environment.workloads[workload].namespace
    owner = _team(declared, workload)
    if owner != origin.team:
        whose = f"team {owner}'s" if owner else "no team's"
        message = f"the namespace {namespace} is {whose}; this file is team {origin.team}'s"
        fix = f"Let the stack file say namespaces: {{{namespace}: {{team: {origin.team}}}}}"
        yield Problem(path, message, f"Move it to the file of team {owner}" if owner else fix)


def _of_route(declared: Declared, position: int, call: Call) -> Iterator[Problem]:
    origin = declared.origins.get(("routes", position))
    path: Path = ("routes", position)
    workloads = declared.environment.workloads
    if origin:
        owners = {name: _team(declared, name) for name in (call.caller, call.callee) if name in workloads}
        if call.callee in owners and origin.team not in owners.values():
            message = (
                f"neither {call.caller} nor {call.callee} is team {origin.team}'s, which this file is of: "
                "a team declares calls of its own workloads"
            )
            yield Problem(path, message, "Move the route to the file of one of them, or to the stack file")
            return
    callee = workloads.get(call.callee)
    if callee is None or callee.accepts != "review":
        return
    owner = declared.origins.get(("workloads", call.callee))
    if (owner.file if owner else None) != (origin.file if origin else None):
        there = owner.file if owner else "the stack file"
        message = f"{call.callee} has accepts: review: only {there}, which declares it, may say who calls it"
        yield Problem((*path, "to"), message, f"Move the route to {there}, and let its owner review it")


def _team(declared: Declared, workload: str) -> str | None:
    settings = declared.environment.namespaces.get(declared.environment.workloads[workload].namespace)
    return settings.team if settings else None
