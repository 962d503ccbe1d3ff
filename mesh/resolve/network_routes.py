"""Routes by the network alone: both ends without a sidecar, and the callee at a private address."""

from collections.abc import Iterator

from mesh.declaration import spec
from mesh.declaration.calls import Call
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem
from mesh.resolve import workloads


def problems(declared: Declared, path: Path, route: Call) -> Iterator[Problem]:
    caller = declared.environment.workloads.get(route.caller)
    callee = declared.environment.workloads.get(route.callee)
    if caller and not (caller.machines and workloads.lacks_sidecar(caller)):
        yield Problem(
            (*path, "network"),
            f"{route.caller} {_place(caller)}; network is for a caller on machines without a sidecar",
            "Use tcp: or http: in place of network:",
        )
    if callee is None or route.caller == route.callee:
        return
    if not workloads.lacks_sidecar(callee):
        yield Problem(
            (*path, "network"),
            f"{route.callee} has a sidecar, which takes mutual TLS only",
            "Let the caller in by an internal ingress gateway, or give the caller a sidecar and use tcp: or http:",
        )
    elif not callee.machines and not _range(callee):
        yield Problem(
            (*path, "network"),
            f"{route.callee} is on the internet, which NSGs do not tell by name",
            "Write internet: true on the caller's machines, or give the callee its private range",
        )
    elif caller and callee.machines and set(caller.machines) == set(callee.machines) and len(callee.machines) == 1:
        yield Problem(path, f"{route.caller} and {route.callee} run on one machine, where no NSG is asked",
                      "Remove the route")  # fmt: skip


def _range(callee: spec.Workload) -> bool:
    return callee.managed is not None or bool(callee.external and callee.external.range)


def _place(caller: spec.Workload) -> str:
    if caller.cluster:
        return "runs in pods, which have sidecars"
    return "has a sidecar" if caller.machines else "runs outside the mesh, at no address of a machine"
