"""Mutations of NetworkPolicies, and of the engine that enforces them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from changed_plans import Changed, each_removed, each_spec, of_kind, of_token, with_object, with_properties

from mesh.plan import Plan
from mesh.plan.resources import KubernetesObject

Spec = dict[str, Any]
_DIRECTIONS = {"ingress": "from", "egress": "to"}


def a_network_policy_removed(plan: Plan) -> Changed:
    return each_removed(plan, _of_workloads(plan))


def a_network_policy_of_a_namespace_removed(plan: Plan) -> Changed:
    """The deny of everything, and what every pod needs of the platform."""
    return each_removed(plan, (policy for policy in _policies(plan) if "." in _name(policy)))


def a_network_policy_that_selects_nobody(plan: Plan) -> Changed:
    nobody = {"matchLabels": {"app": "nobody"}}
    return each_spec(plan, _of_workloads(plan), "selects nobody", lambda spec: {**spec, "podSelector": nobody})


def a_network_policy_that_selects_everybody(plan: Plan) -> Changed:
    others = (policy for policy in _of_workloads(plan) if len(_beside(plan, policy)) > 0)
    return each_spec(plan, others, "selects all", lambda spec: {**spec, "podSelector": {}})


def a_network_policy_rule_without_peers(plan: Plan) -> Changed:
    return _each_rule(plan, "without peers", lambda rule, peers: {key: rule[key] for key in rule if key != peers})


def a_network_policy_rule_without_ports(plan: Plan) -> Changed:
    return _each_rule(plan, "without ports", lambda rule, _: {key: rule[key] for key in rule if key != "ports"})


def a_network_policy_rule_for_more_ports(plan: Plan) -> Changed:
    def widened(rule: Spec, _: str) -> Spec:
        ports = [{**port, "endPort": port["port"] + 10} for port in rule["ports"]]
        return {**rule, "ports": ports}

    return _each_rule(plan, "with endPort", widened)


def a_network_policy_rule_for_any_pod(plan: Plan) -> Changed:
    def widened(rule: Spec, peers: str) -> Spec | None:
        found = [{**peer, "podSelector": {}} if "podSelector" in peer else peer for peer in rule[peers]]
        return None if found == rule[peers] else {**rule, peers: found}

    return _each_rule(plan, "for any pod of the namespace", widened)


def a_network_policy_rule_for_any_namespace(plan: Plan) -> Changed:
    def widened(rule: Spec, peers: str) -> Spec | None:
        found = [{"namespaceSelector": {}} if "namespaceSelector" in peer else peer for peer in rule[peers]]
        return None if found == rule[peers] else {**rule, peers: found}

    return _each_rule(plan, "for any namespace", widened)


def a_network_policy_block_widened(plan: Plan) -> Changed:
    def widened(rule: Spec, peers: str) -> Spec | None:
        found = [{"ipBlock": {"cidr": "0.0.0.0/0"}} if "ipBlock" in peer else peer for peer in rule[peers]]
        return None if found == rule[peers] else {**rule, peers: found}

    return _each_rule(plan, "to 0.0.0.0/0", widened)


def a_deny_by_default_for_one_direction(plan: Plan) -> Changed:
    """Outbound the policies for the platform isolate every pod too."""
    defaults = (policy for policy in _policies(plan) if _name(policy) == "default.deny")
    return each_spec(plan, defaults, "Egress only", lambda spec: {**spec, "policyTypes": ["Egress"]})


def a_network_policy_that_lets_everything_pass(plan: Plan) -> Changed:
    for policy in _of_workloads(plan):
        name = f"{policy.name}-all"
        metadata = {**policy.manifest["metadata"], "name": f"{_name(policy)}-all"}
        spec = {**policy.manifest["spec"], "egress": [{}], "ingress": [{}]}
        manifest = {**policy.manifest, "metadata": metadata, "spec": spec}
        yield f"{name} added", with_object(plan, KubernetesObject(name, policy.cluster, manifest))


def an_engine_for_network_policies_gone(plan: Plan) -> Changed:
    for cluster in of_token(plan, "containerservice:ManagedCluster"):
        profile = {**cluster.properties["networkProfile"], "networkPolicy": "none", "networkDataplane": "azure"}
        yield f"{cluster.name} without engine", with_properties(plan, cluster, networkProfile=profile)


def _each_rule(plan: Plan, what: str, change: Callable[[Spec, str], Spec | None]) -> Changed:
    for policy in _policies(plan):
        for direction, peers in _DIRECTIONS.items():
            for number, rule in enumerate(policy.manifest["spec"].get(direction, ())):
                if (changed := change(dict(rule), peers)) is not None:
                    yield from each_spec(
                        plan,
                        iter([policy]),
                        f"{direction} rule {number + 1} {what}",
                        lambda spec, at=(direction, number), to=changed: _with_rule(spec, at, to),
                    )


def _with_rule(spec: Mapping[str, Any], at: tuple[str, int], changed: Spec) -> Spec:
    direction, number = at
    rules = list(spec[direction])
    rules[number] = changed
    return {**spec, direction: rules}


def _policies(plan: Plan) -> Iterator[KubernetesObject]:
    return of_kind(plan, "NetworkPolicy")


def _of_workloads(plan: Plan) -> Iterator[KubernetesObject]:
    """Those that let something pass."""
    for policy in _policies(plan):
        spec = policy.manifest["spec"]
        if "." not in _name(policy) and (spec.get("ingress") or spec.get("egress")):
            yield policy


def _beside(plan: Plan, policy: KubernetesObject) -> list[KubernetesObject]:
    """Of other workloads of its namespace."""
    where = (policy.cluster, policy.manifest["metadata"]["namespace"])
    return [
        other
        for other in _of_workloads(plan)
        if other != policy and (other.cluster, other.manifest["metadata"]["namespace"]) == where
    ]


def _name(policy: KubernetesObject) -> str:
    name: str = policy.manifest["metadata"]["name"]
    return name


KINDS: tuple[Callable[[Plan], Changed], ...] = (
    a_network_policy_removed,
    a_network_policy_of_a_namespace_removed,
    a_network_policy_that_selects_nobody,
    a_network_policy_that_selects_everybody,
    a_network_policy_rule_without_peers,
    a_network_policy_rule_without_ports,
    a_network_policy_rule_for_more_ports,
    a_network_policy_rule_for_any_pod,
    a_network_policy_rule_for_any_namespace,
    a_network_policy_block_widened,
    a_deny_by_default_for_one_direction,
    a_network_policy_that_lets_everything_pass,
    an_engine_for_network_policies_gone,
)
