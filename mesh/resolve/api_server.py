"""The API server that pods call: its names inside a cluster, and the problems of declarations and routes of it."""

from collections.abc import Iterator

from mesh.declaration import spec
from mesh.declaration.calls import KUBERNETES_API
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem
from mesh.model import API_SERVER

NAMES = frozenset({"kubernetes.default", "kubernetes.default.svc", API_SERVER})
"""https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/"""
_PORT = 443


def problems(declared: Declared) -> Iterator[Problem]:
    workloads = declared.environment.workloads
    for name, workload in workloads.items():
        if is_declared_by(workload):
            yield from _declaration_problems(("workloads", name), workload)
            if name in declared.environment.traffic:
                text = "the API server is no workload of the mesh, and no sidecar steers calls to it"
                yield Problem(("traffic", name), text, "Remove it")
        elif name == KUBERNETES_API:
            yield Problem(
                ("workloads", name),
                f"routes use {KUBERNETES_API} for the API server of the caller's cluster",
                "Choose another name",
            )
    for position, route in declared.routes:
        callee, caller = workloads.get(route.callee), workloads.get(route.caller)
        if callee and caller and is_declared_by(callee):
            yield from _private_problems(declared, position, caller)
        if callee and caller and is_declared_by(callee) and caller.machines:
            yield Problem(
                ("routes", position),
                f"{route.caller} runs on machines, and only a pod has an API server of its own cluster",
                "Run the caller in pods alone, or declare the API server's public name as an external workload",
            )


def _private_problems(declared: Declared, position: int, caller: spec.Workload) -> Iterator[Problem]:
    """NetworkPolicies let out to public addresses, where an API server is that is not private."""
    for name in caller.cluster:
        cluster = declared.environment.clusters.get(name)
        if cluster and cluster.private is not None and cluster.network_policy:
            yield Problem(
                ("routes", position),
                f"the API server of cluster {name} is private, and NetworkPolicies here open public addresses only",
                f"Remove the route, or network_policy or private of cluster {name}",
            )


def is_declared_by(workload: spec.Workload) -> bool:
    return workload.external is not None and not NAMES.isdisjoint(workload.external.hosts)


def _declaration_problems(path: Path, workload: spec.Workload) -> Iterator[Problem]:
    assert workload.external is not None, "only what is external declares an API server"
    own = next(host for host in workload.external.hosts if host in NAMES)
    if len(workload.external.hosts) > 1:
        yield Problem(
            (*path, "external", "hosts"),
            f"{own} is the API server of the caller's cluster, which has no other hosts",
            "Declare the others as a workload of their own",
        )
    if workload.external.range:
        yield Problem(
            (*path, "external", "range"),
            f"{own} is the API server of the caller's cluster, whose address Azure chooses",
            "Remove range",
        )
    for name, port in sorted(workload.ports.items()):
        if port.number != _PORT:
            yield Problem((*path, "ports", name), f"an API server answers at {_PORT}, not at {port.number}",
                          f"Write {_PORT}")  # fmt: skip
