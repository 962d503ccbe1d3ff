"""Pods that nobody declared, and what they get through to."""

from collections.abc import Iterator

from mesh.access.attempts import Attempt, Request
from mesh.access.judge import Judge
from mesh.access.world import Instance
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.model import Port, Workload

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
KINDS = (STRANGER_LET_IN, ONLY_THE_NETWORK_GUARDS)

_STRANGER = "a pod that nobody declared"


def findings(context: Context) -> Iterator[Finding]:
    for workload in context.world.workloads.values():
        if workload.name not in context.observed:
            for port in workload.ports:
                yield from _of_port(context.judge, workload, port)


def _of_port(judge: Judge, callee: Workload, port: Port) -> Iterator[Finding]:
    unguarded: dict[str, None] = {}
    for pod, attempt in _strangers(judge, callee, port):
        for way in judge.ways(pod, attempt):
            if way.outcome == "stops":
                continue
            if way.steps[-1].layer == "application":
                unguarded[f"cluster {pod.proxy.cluster}"] = None
                continue
            by = "around its sidecar" if attempt.around_sidecar else "by its sidecar"
            subject = f"{pod.workload} of cluster {pod.proxy.cluster} to {callee.name}:{port.number}"
            text = f"gets through to {way.destination} {by}: {way.steps[-1].text}"
            yield Finding(STRANGER_LET_IN, subject, text)
    if unguarded:
        text = f"whatever runs on the nodes of {', '.join(unguarded)} reaches it, declared or not"
        yield Finding(ONLY_THE_NETWORK_GUARDS, f"{callee.name}:{port.number}", text)


def _strangers(judge: Judge, callee: Workload, port: Port) -> Iterator[tuple[Instance, Attempt]]:
    """In the callee's namespace, where most is known; each by its sidecar, and around it."""
    request = Request() if port.is_http else None
    for cluster in judge.world.meshes:
        for pod in judge.world.pods(_STRANGER, cluster, callee.namespace, {"app": _STRANGER}, "nobody", gateway=False):
            for around in (False, True):
                yield pod, Attempt(_STRANGER, callee.name, port.number, request, around_sidecar=around)
