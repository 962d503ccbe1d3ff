"""Clusters whose engine for NetworkPolicies is not the one of the plan, as warnings of the program.

No run changes the engine of a cluster that exists (docs/adr/0026), so its NetworkPolicies may be there for nothing.
"""

from functools import partial
from typing import Any

import pulumi

from mesh.deploy.managed_clusters import ManagedClusters
from mesh.plan import Plan


def warn(plan: Plan, managed: ManagedClusters) -> None:
    for cluster in plan.environment.clusters:
        if cluster.network_policy:
            found = managed[cluster.name]
            found.network_profile.apply(partial(_warn, found.resource, cluster.name, cluster.network_policy))


def _warn(resource: pulumi.Resource | None, cluster: str, planned: str, profile: Any) -> None:
    if (live := engine(profile)) != planned:
        pulumi.log.warn(missing(cluster, planned, live), resource)


def missing(cluster: str, planned: str, live: str) -> str:
    dataplane = " --network-dataplane cilium" if planned == "cilium" else ""
    return (
        f"cluster {cluster} has the engine {live or 'none'} for NetworkPolicies, not {planned}: those of the plan are "
        f"not enforced as it says. Switch it on with az aks update{dataplane} --network-policy {planned}, then refresh."
    )


def engine(profile: Any) -> str:
    """Of a cluster's network profile; empty where there is none."""
    return str((profile or {}).get("networkPolicy") or "").lower()
