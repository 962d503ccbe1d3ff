"""Which AuthorizationPolicies some proxy obeys, and what they speak of: a change of another changes nothing."""

from collections.abc import Iterator, Mapping
from typing import Any

from changed_plans import Spec, of_kind

from mesh.plan import Plan
from mesh.plan.resources import KubernetesObject

Rule = Mapping[str, Any]


def governing(plan: Plan) -> Iterator[KubernetesObject]:
    """Those that some proxy obeys: of a gateway, or of a workload with a sidecar that asks this cluster's istiod."""
    where = {
        (workload.name, cluster.name)
        for workload in plan.environment.workloads
        if workload.sidecar
        for cluster in (*workload.clusters, *(machine.joins for machine in workload.machines))
    }
    for policy in of_kind(plan, "AuthorizationPolicy"):
        if (is_of_gateway(policy) or (name_of(policy), policy.cluster) in where) and not denies_all(policy):
            yield policy


def with_rules(plan: Plan) -> Iterator[KubernetesObject]:
    return (policy for policy in governing(plan) if policy.manifest["spec"].get("rules"))


def is_of_gateway(policy: KubernetesObject) -> bool:
    return str(policy.manifest["metadata"]["namespace"]).startswith("istio-")


def denies_all(policy: KubernetesObject) -> bool:
    return policy.manifest["spec"] == {}


def name_of(policy: KubernetesObject) -> str:
    return str(policy.manifest["metadata"]["name"])


def leaving_out(mapping: Spec, key: str) -> Spec:
    return {other: value for other, value in mapping.items() if other != key}


def asked_at(plan: Plan, policy: KubernetesObject) -> set[str]:
    """The ports at which a gateway asks its policies: not those that it carries on by AUTO_PASSTHROUGH."""
    selector = policy.manifest["spec"]["selector"]["matchLabels"]
    return {
        str(server["port"]["number"])
        for gateway in of_kind(plan, "Gateway")
        if gateway.cluster == policy.cluster and gateway.manifest["spec"]["selector"] == selector
        for server in gateway.manifest["spec"]["servers"]
        if server.get("tls", {}).get("mode") != "AUTO_PASSTHROUGH"
    }


def operations_of(policy: KubernetesObject) -> Iterator[Rule]:
    return (to["operation"] for rule in policy.manifest["spec"]["rules"] for to in rule.get("to", ()))


def spoken_of(policy: KubernetesObject) -> set[str]:
    return {port for operation in operations_of(policy) for port in operation.get("ports", ())}
