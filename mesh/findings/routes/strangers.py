"""Pods that nobody declared, and what they get through to."""

from collections.abc import Iterator
from dataclasses import replace

from mesh.access.attempts import Attempt, Request
from mesh.access.instances import Instance
from mesh.access.world import DEFAULT_NAMESPACE, POD
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.model import Port, Workload

_STRANGER = "a pod that nobody declared"

STRANGER_LET_IN = Kind(
    code="stranger-let-in",
    severity="error",
    what="Somebody whom the environment does not know gets through to a workload with a sidecar.",
    why="Anybody who manages to run a pod in a cluster, or to take such a name, can make these calls.",
    example="a pod that nobody declared of cluster east to orders:8080: gets through to cluster/east by its sidecar: "
    "east/shop/AuthorizationPolicy/orders: rule 1",
    fix="Name callers by their exact principals, and keep mutual TLS strict.",
)
ONLY_THE_NETWORK_GUARDS = Kind(
    code="only-the-network-guards",
    severity="note",
    what="A callee without a sidecar can be reached by anything that runs on the nodes of a cluster that calls it.",
    why="Pods leave with the address of their node, so no security group tells the declared caller from another pod.",
    example="orders-db:5432: whatever runs on the nodes of cluster east reaches it, declared or not",
    fix="Have the application ask who calls, by passwords or certificates; or give it a sidecar.",
)
PODS_OUTSIDE_THE_MESH = Kind(
    code="pods-outside-the-mesh",
    severity="note",
    what="A namespace that the environment does not make has no NetworkPolicy, and its pods reach callees without a "
    "sidecar.",
    why="NetworkPolicies hold in their own namespace only: a pod in kube-system or default passes by all of them.",
    example="cluster/east: a pod of such a namespace reaches orders-db:5432",
    fix="Deny everything by default in such namespaces too, and let few people make pods there.",
)
KINDS = (STRANGER_LET_IN, ONLY_THE_NETWORK_GUARDS, PODS_OUTSIDE_THE_MESH)


def findings(context: Context) -> Iterator[Finding]:
    outside: dict[str, list[str]] = {}
    for workload in context.world.workloads.values():
        if workload.name not in context.observed:
            for port in workload.ports:
                yield from _of_port(context, workload, port)
                for cluster in _reached_from(
                    context.world.callers[f"{POD}{DEFAULT_NAMESPACE}"], context, workload, port
                ):
                    outside.setdefault(cluster, []).append(f"{workload.name}:{port.number}")
    for cluster, callees in sorted(outside.items()):
        if cluster in context.world.network_policies:
            text = f"a pod of such a namespace reaches {' and '.join(callees)}"
            yield Finding(PODS_OUTSIDE_THE_MESH, f"cluster/{cluster}", text)


def _of_port(context: Context, callee: Workload, port: Port) -> Iterator[Finding]:
    unguarded: dict[str, None] = {}
    for pod, attempt in _strangers(context, callee, port):
        for way in context.judge.ways(pod, attempt):
            if way.outcome == "stops":
                continue
            if way.steps[-1].layer == "application":
                unguarded[_where(context, pod)] = None
                continue
            by = "around its sidecar" if attempt.around_sidecar else "by its sidecar"
            subject = f"{_STRANGER} of cluster {pod.proxy.cluster} to {callee.name}:{port.number}"
            text = f"gets through to {way.destination} {by}: {way.steps[-1].text}"
            yield Finding(STRANGER_LET_IN, subject, text)
    if unguarded:
        text = f"whatever runs {', '.join(unguarded)} reaches it, declared or not"
        yield Finding(ONLY_THE_NETWORK_GUARDS, f"{callee.name}:{port.number}", text)


def _where(context: Context, pod: Instance) -> str:
    cluster = pod.proxy.cluster
    if cluster in context.world.network_policies:
        return f"in the namespace {pod.proxy.namespace} of cluster {cluster}"
    return f"on the nodes of cluster {cluster}"


def _strangers(context: Context, callee: Workload, port: Port) -> Iterator[tuple[Instance, Attempt]]:
    """In the callee's namespace, where most is known, by its sidecar and around it; where NetworkPolicies tell
    namespaces apart, around it in every other too."""
    request, world = Request() if port.is_http else None, context.world
    attempt = Attempt(_STRANGER, callee.name, port.number, request)
    around = replace(attempt, around_sidecar=True)
    for pod in world.callers[f"{POD}{callee.namespace}"]:
        yield from ((pod, attempt), (pod, around))
    if all(instance.sidecar for instance in world.instances[callee.name]) and callee.outside is None:
        return
    observing = world.plan.environment.observing
    for namespace in world.plan.environment.namespaces:
        if namespace != callee.namespace and namespace not in observing:
            for pod in world.callers[f"{POD}{namespace}"]:
                if pod.proxy.cluster in world.network_policies:
                    yield pod, around


def _reached_from(pods: tuple[Instance, ...], context: Context, callee: Workload, port: Port) -> Iterator[str]:
    """The clusters from which pods reach a callee that asks for no certificate."""
    attempt = Attempt(_STRANGER, callee.name, port.number, Request() if port.is_http else None, around_sidecar=True)
    for pod in pods:
        if any(way.outcome != "stops" for way in context.judge.ways(pod, attempt)):
            yield pod.proxy.cluster
