"""Whose istiod is asked for what: where a change of an object is one of a declared call."""

from typing import Any

from mesh.model import Network, Workload
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


def crossed(plan: Plan) -> set[frozenset[str]]:
    """The pairs of networks between which declared calls go, or machines join: no others need to be peered."""
    ends = [
        (near, far)
        for route in plan.environment.routes
        if isinstance(route.caller, Workload)
        for near in _networks(route.caller)
        for far in _networks(route.callee)
    ]
    joining = [(machine.network, machine.joins.network) for machine in plan.environment.machines]
    return {frozenset((near.name, far.name)) for near, far in (*ends, *joining)}


def _networks(workload: Workload) -> list[Network]:
    managed = [workload.outside.network] if workload.outside and workload.outside.network else []
    in_clusters = [cluster.network for cluster in workload.clusters]
    return [*in_clusters, *(machine.network for machine in workload.machines), *managed]
