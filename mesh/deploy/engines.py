"""Clusters whose engine for NetworkPolicies is not the one of the plan, as warnings of the program.

No run changes the engine of a cluster that exists (docs/adr/0026), so its NetworkPolicies may be there for nothing.
"""

from collections.abc import Mapping
from typing import Any

import pulumi

from mesh.plan import Plan


def warn(plan: Plan, registered: Mapping[str, pulumi.Resource]) -> None:
    for cluster in plan.environment.clusters:
        if cluster.network_policy:
            resource: Any = registered[f"cluster/{cluster.name}"]
            resource.network_profile.apply(
                lambda profile, resource=resource, name=cluster.name, planned=cluster.network_policy: _warn(
                    resource, name, planned, engine(profile)
                )
            )


def _warn(resource: pulumi.Resource, cluster: str, planned: str, live: str) -> None:
    if live != planned:
        pulumi.log.warn(missing(cluster, planned, live), resource)


def missing(cluster: str, planned: str, live: str) -> str:
    dataplane = " --network-dataplane cilium" if planned == "cilium" else ""
    return (
        f"cluster {cluster} has the engine {live or 'none'} for NetworkPolicies, not {planned}: those of the plan are "
        f"not enforced as it says. Switch it on with az aks update{dataplane} --network-policy {planned}, then refresh."
    )


def engine(profile: Any) -> str:
    """Of a profile as the SDK gives it, by attributes or by keys."""
    said = getattr(profile, "network_policy", None) or (
        profile.get("networkPolicy") if isinstance(profile, Mapping) else None
    )
    return str(said or "").lower()
