"""Hosts of what runs outside the mesh, into the problems of those that lead inside it."""

from collections.abc import Iterator

from mesh import names
from mesh.declaration import spec
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem
from mesh.resolve import api_server, callers

_OUTSIDE_NAME = "Write its public name"


def problems(declared: Declared) -> Iterator[Problem]:
    for name, workload in declared.environment.workloads.items():
        for path, host in _hosts(name, workload):
            yield from _host_problems(declared, path, host)
    if (tracing := declared.environment.tracing) and tracing.zipkin.host:
        yield from _host_problems(declared, ("tracing", "zipkin", "host"), tracing.zipkin.host)


def _hosts(name: str, workload: spec.Workload) -> Iterator[tuple[Path, str]]:
    path = ("workloads", name)
    if workload.external:
        for position, host in enumerate(workload.external.hosts):
            if host in api_server.NAMES:
                continue
            yield (*path, "external", "hosts", position), host
    if workload.managed:
        yield (*path, "managed", "host"), workload.managed.host
    if workload.function:
        yield (*path, "function", "host"), workload.function.host


def _host_problems(declared: Declared, path: Path, host: str) -> Iterator[Problem]:
    if inside := _inside(declared, host):
        service = host.partition(".")[0]
        known = service in declared.environment.workloads
        yield Problem(
            path,
            f"{host} is {inside}, but this workload runs outside the mesh",
            f"Route to {service} instead, or write its public name" if known else _OUTSIDE_NAME,
        )
    elif gateway := _gateway(declared, host):
        callees = sorted({route.callee for _, route in declared.routes if _comes_by(declared, route.caller, gateway)})
        meant = " or ".join(callees) if callees else "the workload behind it"
        yield Problem(
            path,
            f"{host} is a host of ingress/{gateway[1]} of cluster {gateway[0]}, and so leads inside the mesh",
            f"Route to {meant} instead, or remove the host from the gateway",
        )


def _inside(declared: Declared, host: str) -> str | None:
    """The host to which pods resolve a name inside their cluster, by DNS search domains; None if there is none.

    https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
    """
    if host.endswith((".svc", ".cluster.local")):
        return "a name inside the cluster"
    service, _, namespace = host.partition(".")
    if namespace in names.RESERVED_NAMESPACES:
        return f"what Kubernetes calls a Service of its namespace {namespace}"
    workload = declared.environment.workloads.get(service)
    if workload and workload.namespace == namespace:
        return f"what Kubernetes calls the workload {service} of namespace {namespace}"
    return None


def _gateway(declared: Declared, host: str) -> tuple[str, str] | None:
    """The cluster and the ingress gateway that serve a host."""
    return next(
        (
            (cluster_name, name)
            for cluster_name, cluster in sorted(declared.environment.clusters.items())
            for name, gateway in sorted(cluster.ingress.items())
            if host in gateway.hosts
        ),
        None,
    )


def _comes_by(declared: Declared, caller: str, gateway: tuple[str, str]) -> bool:
    cluster, name = gateway
    return (
        caller.startswith(callers.INGRESS)
        and caller.rpartition("/")[2] == name
        and cluster in callers.ingress_clusters(declared, caller)
    )
