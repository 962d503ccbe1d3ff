"""Calls that go, or go as well, to another workload than the one that is called: strangler routes and mirrors.

The caller's sidecar sends them under the caller's name, so the other workload has to let that caller in too.
"""

from collections.abc import Iterator, Mapping, Sequence

from mesh import model, request_paths
from mesh.declaration import spec, spelling
from mesh.declaration.calls import Call
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem
from mesh.declaration.spec.traffic import Mirror, Move, Traffic
from mesh.declaration.values.http import METHODS
from mesh.resolve import ports, references, workloads


def moves(declared: Declared, traffic: Traffic, by_workload: Mapping[str, model.Workload]) -> tuple[model.Move, ...]:
    moved = (
        model.Move(
            paths=tuple(sorted(move.paths)),
            to=by_workload[move.to],
            port=by_workload[move.to].port(_http_ports(declared, move.to)[0]),
            percent=move.percent,
        )
        for move in traffic.strangler
    )
    return tuple(sorted(moved, key=lambda move: move.paths))


def mirror(declared: Declared, traffic: Traffic, by_workload: Mapping[str, model.Workload]) -> model.Mirror | None:
    declaration = traffic.mirror
    if declaration is None:
        return None
    if declaration.to in traffic.split:
        return model.Mirror(declaration.to, None, declaration.percent)
    workload = by_workload[declaration.to]
    return model.Mirror(workload, workload.port(_http_ports(declared, declaration.to)[0]), declaration.percent)


def problems(declared: Declared, path: Path, name: str, traffic: Traffic) -> Iterator[Problem]:
    if traffic.mirror:
        yield from _mirror_problems(declared, (*path, "mirror"), name, traffic, traffic.mirror)
    if traffic.strangler:
        yield from _exclusion_problems((*path, "strangler"), traffic)
    owner: dict[str, int] = {}
    for position, move in enumerate(traffic.strangler):
        place = (*path, "strangler", position)
        yield from _target_problems(declared, (*place, "to"), name, move.to)
        for number, moved in enumerate(move.paths):
            if moved in owner:
                yield Problem((*place, "paths", number), f"{moved} has moved to "
                              f"{traffic.strangler[owner[moved]].to} already", "Keep one")  # fmt: skip
            owner.setdefault(moved, position)
        yield from _move_problems(declared, place, name, move)


def _mirror_problems(
    declared: Declared, path: Path, name: str, traffic: Traffic, mirrored: Mirror
) -> Iterator[Problem]:
    to = mirrored.to
    if to in traffic.split and to in declared.environment.workloads:
        yield Problem((*path, "to"), f"{to} is a version in the split, and a workload", "Rename one of them")
    elif share := traffic.split.get(to):
        yield Problem(
            (*path, "to"),
            f"the version {to} gets {share} percent of the calls, and copies would make it handle these twice",
            f"Set {to}: 0 in the split, or remove mirror",
        )
    elif to not in traffic.split:
        yield from _target_problems(declared, (*path, "to"), name, to)
        for route, request in _requests_to(declared, name):
            for wanted in request.paths:
                yield from _missing_route(declared, path, route, request, wanted, to)


def _exclusion_problems(path: Path, traffic: Traffic) -> Iterator[Problem]:
    for key in ("split", "mirror"):
        if getattr(traffic, key):
            yield Problem(
                path,
                f"strangler and {key} exclude each other: it would be unclear where a moved path goes",
                "Keep one",
            )


def _target_problems(declared: Declared, path: Path, name: str, to: str) -> Iterator[Problem]:
    if to == name:
        yield Problem(path, f"{name} is the workload that is called", "Name another one")
        return
    yield from references.problems(declared, path, "workloads", to, besides=name)
    target = declared.environment.workloads.get(to)
    if target is None:
        return
    speaking = _http_ports(declared, to)
    if workloads.lacks_sidecar(target) or not speaking:
        yield Problem(path, f"{to} has no port that speaks http behind a sidecar", "Name a workload that has")
    elif len(speaking) > 1:
        yield Problem(
            path, f"{to} has several ports that speak http: {spelling.listed(speaking)}", "Name a workload with one"
        )
    if to in declared.environment.traffic and declared.environment.traffic[to].split:
        yield Problem(
            path,
            f"{to} is split into versions, and what goes there by this way would go to all of them alike",
            f"Remove the split of {to} until the move is over",
        )


def _move_problems(declared: Declared, path: Path, name: str, move: Move) -> Iterator[Problem]:
    if move.to not in declared.environment.workloads:
        return
    touched = False
    for route, request in _requests_to(declared, name):
        for moved in move.paths:
            wanted = sorted({both for called in request.paths if (both := _meeting(called, moved))})
            touched = touched or bool(wanted)
            for called in wanted:
                yield from _missing_route(declared, path, route, request, called, move.to)
    if not touched:
        yield Problem(
            (*path, "paths"),
            f"no route to {name} lets a call of {spelling.listed(move.paths)} through, so nothing would move",
            "Correct the paths, or remove the entry",
        )


def _missing_route(
    declared: Declared, path: Path, route: Call, request: spec.Request, wanted: str, to: str
) -> Iterator[Problem]:
    """At most one: the methods of a path that the caller may not call at the other workload."""
    if to not in declared.environment.workloads:
        return
    there = [
        (position, candidate)
        for position, candidate in declared.routes
        if candidate.caller == route.caller and candidate.callee == to and candidate.http
    ]
    granted = [
        other
        for _, candidate in there
        for other in candidate.http or ()
        if any(_meeting(wanted, covering) == wanted for covering in other.paths) and _has_hosts(other, request)
    ]
    asked = request.methods or METHODS
    missing = [method for method in asked if not any(method in (other.methods or METHODS) for other in granted)]
    if missing:
        methods = "" if len(missing) == len(METHODS) else f"methods: [{', '.join(missing)}], "
        needed = f"{{{methods}paths: [{wanted}]}}"
        yield Problem(
            path,
            f"{route.caller} calls {wanted} here, and no route lets it call that at {to}",
            f"Add {needed} to the http of {declared.position(there[0][0])}"
            if there
            else f"Add to routes: {{from: {route.caller}, to: {to}, http: [{needed}]}}",
        )


def _has_hosts(granted: spec.Request, asked: spec.Request) -> bool:
    return not granted.hosts or (asked.hosts is not None and set(asked.hosts) <= set(granted.hosts))


def _requests_to(declared: Declared, name: str) -> Iterator[tuple[Call, spec.Request]]:
    return ((route, request) for _, route in declared.routes if route.callee == name for request in route.http or ())


def _meeting(one: str, other: str) -> str | None:
    """The narrower of two patterns with a path in common, the first where neither is; None where they have none."""
    for narrow, wide in ((one, other), (other, one)):
        if request_paths.covers(wide, narrow):
            return narrow
    return one if request_paths.meet(one, other) else None


def _http_ports(declared: Declared, name: str) -> Sequence[str]:
    workload = declared.environment.workloads[name]
    return [
        port_name
        for port_name, port in sorted(workload.ports.items())
        if ports.speaks_http(ports.protocol(workload, port_name, port))
    ]
