"""Lists and groups in routes, into the problems with their names, and the place of a name in them."""

from collections.abc import Iterator
from dataclasses import replace

from mesh.declaration.calls import GROUP, Call
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem
from mesh.resolve import references


def problems(declared: Declared) -> Iterator[Problem]:
    for name, members in declared.environment.groups.items():
        for position, member in enumerate(members):
            yield from references.problems(declared, ("groups", name, position), "workloads", member)
        yield from references.repetitions(("groups", name), members, "workload")
    for position, route in declared.written:
        for key, named in (("from", route.callers), ("to", route.callees)):
            path: Path = ("routes", position, key)
            yield from references.repetitions(path, named, "name")
            for number, name in enumerate(named):
                if name.startswith(GROUP):
                    place = (*path, number) if len(named) > 1 else path
                    yield from references.problems(declared, place, "groups", name.removeprefix(GROUP))


def placed(declared: Declared, call: Call, problem: Problem) -> Problem:
    """A problem of one end of a call, at the name in the list; of a group's member, at the group."""
    if len(problem.path) != 3 or problem.path[2] not in ("from", "to"):
        return problem
    _, position, key = problem.path
    route = dict(declared.written)[int(position)]
    named, name = (route.callers, call.caller) if key == "from" else (route.callees, call.callee)
    if len(named) == 1:
        return problem
    groups = declared.environment.groups
    number = next(
        number
        for number, written in enumerate(named)
        if written == name or (written.startswith(GROUP) and name in groups.get(written.removeprefix(GROUP), ()))
    )
    return replace(problem, path=(*problem.path, number))
