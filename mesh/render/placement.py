"""Workloads, as the clusters that hold something of them: those that run them, and those that have to know their names.

A cluster is whose API server an istiod reads for its proxies: pods of its own, the machines that join it, its gateways.
"""

from mesh.model import Cluster, Environment, Ingress, Route, Workload


def runs_on(workload: Workload) -> frozenset[str]:
    """The clusters that have its pods, or that its machines join."""
    return frozenset((*(cluster.name for cluster in workload.clusters), *(it.joins.name for it in workload.machines)))


def called_from(environment: Environment, workload: Workload) -> frozenset[str]:
    """The clusters with a proxy that calls it; a tracer or an observed namespace is called from all of them."""
    tracer = environment.tracing.zipkin if environment.tracing else None
    if workload == tracer or workload in environment.observed:
        return frozenset(cluster.name for cluster in environment.clusters)
    return frozenset(cluster for route in environment.calls_to(workload) for cluster in _of_caller(route))


def sidecars_from(environment: Environment, workload: Workload) -> frozenset[str]:
    """The clusters with a sidecar that calls it by a declared route; gateways have ways of their own."""
    routes = (route for route in environment.calls_to(workload) if not isinstance(route.caller, Ingress))
    return frozenset(cluster for route in routes for cluster in _of_caller(route))


def named_on(environment: Environment, workload: Workload) -> frozenset[str]:
    """The clusters that have to hold its Service or ServiceEntry.

    An istiod reads the Services of all clusters, its own ServiceEntries alone. The name of another cluster's Service
    resolves in every sidecar (DNS capture), to that cluster's address. HTTP is led by the host and takes any; what is
    not HTTP needs one that no Service of the caller's own cluster has, as clusters may have the same service range.
    Beside a VirtualService, DestinationRule or mesh configuration that names a host, the host is there too.
    """
    if not workload.ports:
        return frozenset()
    runs, called = runs_on(workload), called_from(environment, workload)
    if workload.outside is not None:
        return called
    by_address = environment.ports_told_by_address.intersection(port.service for port in workload.ports)
    if not workload.clusters or by_address or workload.name in environment.named_in_settings:
        return runs | called
    return runs | {
        route.caller.cluster.name for route in environment.calls_to(workload) if isinstance(route.caller, Ingress)
    }


def with_sidecars(environment: Environment, cluster: Cluster) -> frozenset[str]:
    """The namespaces of a cluster in which something with a sidecar runs."""
    return frozenset(
        workload.namespace
        for workload in environment.workloads
        if workload.sidecar and cluster.name in runs_on(workload)
    )


def _of_caller(route: Route) -> frozenset[str]:
    caller = route.caller
    if isinstance(caller, Ingress):
        return frozenset({caller.cluster.name})
    return runs_on(caller) if caller.sidecar else frozenset()
