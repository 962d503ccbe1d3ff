"""Whose istiod is asked for what: where a change of an object is one of a declared call."""

from typing import Any

from mesh.model import Workload
from mesh.plan import Plan


def workload_name(caller: Any) -> str | None:
    return caller.name if isinstance(caller, Workload) else None


def readers(workload: Workload) -> set[str]:
    """The clusters whose istiods a workload's sidecars ask."""
    return {cluster.name for cluster in (*workload.clusters, *(machine.joins for machine in workload.machines))}


def called_where(plan: Plan) -> set[tuple[str, str]]:
    """Each callee with the clusters whose istiods one of its callers asks."""
    return {
        (route.callee.name, cluster)
        for route in plan.environment.routes
        for cluster in (readers(route.caller) if isinstance(route.caller, Workload) else {route.caller.cluster.name})
    }
