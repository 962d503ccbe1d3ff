"""The caller that a route names, into the workload or the ingress gateway of the model."""

from collections.abc import Iterator, Mapping

from mesh import model
from mesh.declaration import spec, spelling
from mesh.declaration.calls import Call
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem
from mesh.resolve import references, workloads

INGRESS = "ingress/"


def resolved(
    declared: Declared,
    caller: str,
    by_cluster: Mapping[str, model.Cluster],
    by_workload: Mapping[str, model.Workload],
) -> model.Workload | model.Ingress:
    if not caller.startswith(INGRESS):
        return by_workload[caller]
    cluster = by_cluster[ingress_clusters(declared, caller)[0]]
    gateway = caller.rpartition("/")[2]
    return model.Ingress(cluster, next(candidate for candidate in cluster.ingress if candidate.name == gateway))


def problems(declared: Declared, path: Path, route: Call) -> Iterator[Problem]:
    if route.caller.startswith(INGRESS):
        yield from _ingress_problems(declared, (*path, "from"), route.caller)
        if plain := "tcp" if route.tcp else "network" if route.network else None:
            yield Problem(
                (*path, plain),
                f"an ingress gateway accepts HTTP requests, not {plain}",
                "Use http: with the paths to let in",
            )
        return
    yield from references.problems(declared, (*path, "from"), "workloads", route.caller, besides=route.callee)
    caller = declared.environment.workloads.get(route.caller)
    if caller is None:
        return
    if route.caller == route.callee:
        yield Problem((*path, "to"), f"{route.caller} calls itself; it may always call itself", "Remove the route")
    callee = declared.environment.workloads.get(route.callee)
    reason = None if route.network else _silence(caller, callee)
    if reason:
        yield Problem(
            (*path, "from"),
            f"{route.caller} cannot call: it is {reason[0]}",
            reason[1],
        )


def ingress_clusters(declared: Declared, caller: str) -> tuple[str, ...]:
    """The clusters with the ingress gateway that a caller names."""
    *cluster, gateway = caller.removeprefix(INGRESS).split("/")
    return tuple(
        name
        for name, candidate in sorted(declared.environment.clusters.items())
        if gateway in candidate.ingress and (not cluster or cluster[0] == name)
    )


def full_name(declared: Declared, caller: str) -> str:
    """ingress/CLUSTER/NAME also where only ingress/NAME is written."""
    clusters = ingress_clusters(declared, caller) if caller.startswith(INGRESS) else ()
    return f"{INGRESS}{clusters[0]}/{caller.rpartition('/')[2]}" if len(clusters) == 1 else caller


def _silence(caller: spec.Workload, callee: spec.Workload | None) -> tuple[str, str] | None:
    """Why a workload is in no position to call, and what to do."""
    if caller.machines and not caller.sidecar and callee and callee.machines and not callee.sidecar:
        return (
            "without a sidecar, so it has no identity that a callee could check",
            "Write network: in place of tcp:, as the callee has no sidecar either; NSGs alone then hold others back",
        )
    if caller.kind != "service":
        return f"a {caller.kind} database, which only answers", "Route from the workload that uses it"
    if not workloads.is_in_mesh(caller) and workloads.hosts(caller):
        return (
            "outside the mesh, so it has no identity that a callee could check",
            "Let it in by an ingress gateway: from: ingress/NAME",
        )
    if not caller.sidecar:
        return (
            "without a sidecar, so it has no identity that a callee could check",
            "Remove sidecar: false from it, or let it in by an ingress gateway",
        )
    return None


def _ingress_problems(declared: Declared, path: Path, caller: str) -> Iterator[Problem]:
    *cluster, gateway = caller.removeprefix(INGRESS).split("/")
    if any(place[0] == "clusters" for place in declared.broken):
        return
    clusters = declared.environment.clusters
    if cluster and cluster[0] not in clusters:
        yield from references.problems(declared, path, "clusters", cluster[0])
        return
    having = ingress_clusters(declared, caller)
    if not having:
        known = {name for candidate in clusters.values() for name in candidate.ingress}
        yield references.unknown(path, "ingress gateway", gateway, known, "Declare it under a cluster's ingress")
    elif len(having) > 1:
        yield Problem(
            path,
            f"the clusters {spelling.listed(having)} both have a gateway {gateway}"
            if len(having) == 2
            else f"{len(having)} clusters have a gateway {gateway}",
            f"Write one route for each: {' and '.join(f'ingress/{name}/{gateway}' for name in having)}",
        )
