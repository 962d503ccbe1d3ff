"""What gets all the way through, held against the declared routes; also for pods that nobody declared."""

from collections.abc import Iterator, Mapping

from mesh.access.attempts import Attempt, Request
from mesh.access.declared import Allowance, Pair
from mesh.access.judge import Judge
from mesh.access.matrix import matrix
from mesh.access.world import Instance
from mesh.findings import catalogue as kinds
from mesh.findings.finding import Finding
from mesh.model import Port, Workload

_STRANGER = "a pod that nobody declared"


def findings(judge: Judge, declared: Mapping[Pair, Allowance]) -> Iterator[Finding]:
    observed = {workload.name for workload in judge.world.plan.environment.observed}
    for cell in matrix(judge).cells:
        if (cell.caller, cell.callee, cell.port.number) not in declared and cell.callee not in observed:
            subject = f"{cell.caller} to {cell.callee}:{cell.port.number}"
            yield Finding(kinds.UNDECLARED_OPENING, subject, f"is open, by {' and '.join(cell.by)}")
    for workload in judge.world.workloads.values():
        if workload.name not in observed:
            yield from _of_strangers(judge, workload)


def _of_strangers(judge: Judge, callee: Workload) -> Iterator[Finding]:
    for port in callee.ports:
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
                yield Finding(kinds.STRANGER_LET_IN, subject, text)
        if unguarded:
            text = f"whatever runs on the nodes of {', '.join(unguarded)} reaches it, declared or not"
            yield Finding(kinds.ONLY_THE_NETWORK_GUARDS, f"{callee.name}:{port.number}", text)


def _strangers(judge: Judge, callee: Workload, port: Port) -> Iterator[tuple[Instance, Attempt]]:
    """In the callee's namespace, where most is known; each by its sidecar, and around it."""
    request = Request() if port.is_http else None
    for cluster in judge.world.meshes:
        for pod in judge.world.pods(_STRANGER, cluster, callee.namespace, {"app": _STRANGER}, "nobody", gateway=False):
            for around in (False, True):
                yield pod, Attempt(_STRANGER, callee.name, port.number, request, around_sidecar=around)
