"""Mutations of who is let in: AuthorizationPolicies and PeerAuthentications."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from changed_plans import (
    Changed,
    Spec,
    each_of_list,
    each_removed,
    each_spec,
    of_kind,
    with_metadata,
    with_object,
    with_spec,
)

from mesh.plan import Plan
from mesh.resources import KubernetesObject

Rule = Mapping[str, Any]


def a_rule_for_every_caller(plan: Plan) -> Changed:
    everywhere = [{"source": {"ipBlocks": ["0.0.0.0/0"]}}]
    return _rules(plan, "no from", lambda rule: rule if rule.get("from") == everywhere else _without(rule, "from"))


def any_principal(plan: Plan) -> Changed:
    return _principals(plan, lambda principal: "*")


def principals_of_a_namespace(plan: Plan) -> Changed:
    """Of one in which somebody else runs too; elsewhere it is the same."""
    shared = [workload.namespace for workload in plan.environment.workloads if workload.sidecar]
    return _principals(
        plan,
        lambda principal: (
            principal.rpartition("/sa/")[0] + "/*" if shared.count(principal.split("/")[2]) > 1 else principal
        ),
    )


def a_principal_of_another_namespace(plan: Plan) -> Changed:
    return _principals(plan, lambda principal: principal.replace("/ns/", "/ns/other-"))


def a_principal_of_another_trust_domain(plan: Plan) -> Changed:
    return _principals(plan, lambda principal: "other.example/" + principal.partition("/")[2])


def a_principal_more(plan: Plan) -> Changed:
    """Of a workload that no rule of this policy lets in."""
    for policy in _governing(plan):
        rules, named = policy.manifest["spec"].get("rules", ()), _named(policy)
        strangers = [
            principal for principal in sorted(_all_principals(plan) - named) if not principal.endswith(_account(policy))
        ]
        if named and strangers:
            first = {**rules[0], "from": [*rules[0]["from"], {"source": {"principals": [strangers[0]]}}]}
            spec = {**policy.manifest["spec"], "rules": [first, *rules[1:]]}
            yield f"{policy.name}, rules[0]: {strangers[0]} too", with_spec(plan, policy, spec)


def principals_turned_round(plan: Plan) -> Changed:
    return _sources(
        plan, "all but its principals", lambda source: {"notPrincipals": source["principals"]}, "principals"
    )


def any_path(plan: Plan) -> Changed:
    return _some_paths(plan, "any path", lambda operation: {**operation, "paths": ["*"]})


def no_paths(plan: Plan) -> Changed:
    return _some_paths(plan, "no paths", lambda operation: _without(operation, "paths"))


def a_longer_path(plan: Plan) -> Changed:
    def lengthened(operation: Rule) -> Rule:
        return {**operation, "paths": ["/other" + path for path in operation["paths"]]}

    return _operations(plan, "other paths", lengthened, "paths")


def any_method(plan: Plan) -> Changed:
    return _operations(plan, "no methods", lambda operation: _without(operation, "methods"), "methods")


def a_method_more(plan: Plan) -> Changed:
    return _operations(
        plan, "PURGE too", lambda operation: {**operation, "methods": [*operation["methods"], "PURGE"]}, "methods"
    )


def any_port(plan: Plan) -> Changed:
    """At a gateway only where it opens a port of which no rule speaks yet."""

    def has_more(policy: KubernetesObject) -> bool:
        return not _is_of_gateway(policy) or not _asked_at(plan, policy) <= _spoken_of(policy)

    policies = (policy for policy in _governing(plan) if has_more(policy))
    return each_of_list(
        plan,
        policies,
        "rules",
        "no ports",
        lambda rule: _each(rule, "to", "operation", lambda operation: _without(operation, "ports"), "ports"),
    )


def a_range_of_ports(plan: Plan) -> Changed:
    """Which Istio knows none of: the rule holds for nothing."""
    return _operations(plan, "0-65535", lambda operation: {**operation, "ports": ["0-65535"]}, "ports")


def another_port(plan: Plan) -> Changed:
    def moved(operation: Rule) -> Rule:
        return {**operation, "ports": [str(int(port) + 1) for port in operation["ports"]]}

    return _operations(plan, "another port", moved, "ports")


def a_method_on_a_tcp_port(plan: Plan) -> Changed:
    return _operations(
        plan,
        "GET of TCP",
        lambda operation: operation if _is_http(operation) else {**operation, "methods": ["GET"]},
        "ports",
    )


def a_rule_removed(plan: Plan) -> Changed:
    return _rules(plan, "removed", lambda rule: None)


def rules_that_allow_everything(plan: Plan) -> Changed:
    """Unless they do so: those of a gateway that speak of nothing but all the ports it opens."""
    policies = (policy for policy in _governing(plan) if not _speaks_of_ports_only(plan, policy))
    return each_spec(plan, policies, "rules: [{}]", lambda spec: {**spec, "rules": [{}]})


def no_rules(plan: Plan) -> Changed:
    return each_spec(plan, _governing(plan), "no rules", lambda spec: _without(spec, "rules"))


def allow_turned_into_deny(plan: Plan) -> Changed:
    return each_spec(
        plan,
        _governing(plan),
        "DENY",
        lambda spec: {**spec, "action": "DENY"} if spec.get("action") == "ALLOW" and spec.get("rules") else None,
    )


def a_deny_for_everybody(plan: Plan) -> Changed:
    for policy in _with_rules(plan):
        metadata = {**policy.manifest["metadata"], "name": "nobody"}
        spec = {**policy.manifest["spec"], "action": "DENY", "rules": [{}]}
        name = policy.name.rpartition("/")[0] + "/nobody"
        manifest = {**policy.manifest, "metadata": metadata, "spec": spec}
        yield f"{name} added", with_object(plan, KubernetesObject(name, policy.cluster, manifest))


def a_policy_removed(plan: Plan) -> Changed:
    return each_removed(plan, _with_rules(plan))


def the_deny_of_everything_removed(plan: Plan) -> Changed:
    return each_removed(plan, (policy for policy in of_kind(plan, "AuthorizationPolicy") if _denies_all(policy)))


def a_selector_of_nobody(plan: Plan) -> Changed:
    return each_spec(
        plan, _with_rules(plan), "selects nobody", lambda spec: {**spec, "selector": {"matchLabels": {"app": "nobody"}}}
    )


def a_selector_removed(plan: Plan) -> Changed:
    """Where others of its namespace ask the same istiod, to whom its rules then let in as well."""

    def has_others(policy: KubernetesObject) -> bool:
        return any(
            (other.cluster, other.manifest["metadata"]["namespace"])
            == (policy.cluster, policy.manifest["metadata"]["namespace"])
            for other in _governing(plan)
            if other != policy
        )

    policies = (policy for policy in _with_rules(plan) if has_others(policy))
    return each_spec(plan, policies, "no selector", lambda spec: _without(spec, "selector"))


def a_dry_run(plan: Plan) -> Changed:
    for policy in _with_rules(plan):
        yield f"{policy.name}: dry run", with_metadata(plan, policy, annotations={"istio.io/dry-run": "true"})


def plain_text_permitted(plan: Plan) -> Changed:
    return _modes(plan, "PERMISSIVE")


def mutual_tls_disabled(plan: Plan) -> Changed:
    return _modes(plan, "DISABLE")


def peer_authentication_removed(plan: Plan) -> Changed:
    return each_removed(plan, of_kind(plan, "PeerAuthentication"))


def plain_text_at_a_port(plan: Plan) -> Changed:
    """Of a sidecar: what a gateway takes is said by its Gateway objects."""
    for policy in _with_rules(plan):
        ports = [port for operation in _operations_of(policy) for port in operation.get("ports", ())]
        if ports and "selector" in policy.manifest["spec"] and not _is_of_gateway(policy):
            spec = {
                "selector": policy.manifest["spec"]["selector"],
                "mtls": {"mode": "STRICT"},
                "portLevelMtls": {ports[0]: {"mode": "PERMISSIVE"}},
            }
            namespace = policy.manifest["metadata"]["namespace"]
            name = f"{policy.cluster}/{namespace}/PeerAuthentication/plain"
            manifest = {
                "apiVersion": "security.istio.io/v1",
                "kind": "PeerAuthentication",
                "metadata": {"name": "plain", "namespace": namespace},
                "spec": spec,
            }
            yield f"{name} added for {_of(policy)}", with_object(plan, KubernetesObject(name, policy.cluster, manifest))


KINDS: tuple[Callable[[Plan], Changed], ...] = (
    *(a_rule_for_every_caller, any_principal, principals_of_a_namespace, a_principal_of_another_namespace),
    *(a_principal_of_another_trust_domain, a_principal_more, principals_turned_round, any_path, no_paths),
    *(a_longer_path, any_method, a_method_more, any_port, a_range_of_ports, another_port, a_method_on_a_tcp_port),
    *(a_rule_removed, rules_that_allow_everything, no_rules, allow_turned_into_deny, a_deny_for_everybody),
    *(a_policy_removed, the_deny_of_everything_removed, a_selector_of_nobody, a_selector_removed, a_dry_run),
    *(plain_text_permitted, mutual_tls_disabled, peer_authentication_removed, plain_text_at_a_port),
)


def _governing(plan: Plan) -> Iterator[KubernetesObject]:
    """Those that some proxy obeys: of a gateway, or of a workload with a sidecar that asks this cluster's istiod."""
    where = {
        (workload.name, cluster.name)
        for workload in plan.environment.workloads
        if workload.sidecar
        for cluster in (*workload.clusters, *(machine.joins for machine in workload.machines))
    }
    for policy in of_kind(plan, "AuthorizationPolicy"):
        if (_is_of_gateway(policy) or (_of(policy), policy.cluster) in where) and not _denies_all(policy):
            yield policy


def _with_rules(plan: Plan) -> Iterator[KubernetesObject]:
    return (policy for policy in _governing(plan) if policy.manifest["spec"].get("rules"))


def _is_of_gateway(policy: KubernetesObject) -> bool:
    return str(policy.manifest["metadata"]["namespace"]).startswith("istio-")


def _denies_all(policy: KubernetesObject) -> bool:
    return policy.manifest["spec"] == {}


def _of(policy: KubernetesObject) -> str:
    return str(policy.manifest["metadata"]["name"])


def _account(policy: KubernetesObject) -> str:
    return f"/ns/{policy.manifest['metadata']['namespace']}/sa/{_of(policy)}"


def _without(mapping: Spec, key: str) -> Spec:
    return {other: value for other, value in mapping.items() if other != key}


def _speaks_of_ports_only(plan: Plan, policy: KubernetesObject) -> bool:
    rules = policy.manifest["spec"].get("rules", ())
    plain = [
        rule for rule in rules if set(rule) == {"to"} and all(set(to["operation"]) == {"ports"} for to in rule["to"])
    ]
    return _is_of_gateway(policy) and plain == list(rules) and _asked_at(plan, policy) <= _spoken_of(policy)


def _spoken_of(policy: KubernetesObject) -> set[str]:
    return {port for operation in _operations_of(policy) for port in operation.get("ports", ())}


def _asked_at(plan: Plan, policy: KubernetesObject) -> set[str]:
    """The ports at which a gateway asks its policies: not those that it carries on by AUTO_PASSTHROUGH."""
    selector = policy.manifest["spec"]["selector"]["matchLabels"]
    return {
        str(server["port"]["number"])
        for gateway in of_kind(plan, "Gateway")
        if gateway.cluster == policy.cluster and gateway.manifest["spec"]["selector"] == selector
        for server in gateway.manifest["spec"]["servers"]
        if server.get("tls", {}).get("mode") != "AUTO_PASSTHROUGH"
    }


def _rules(plan: Plan, what: str, change: Callable[[Rule], Rule | None]) -> Changed:
    return each_of_list(plan, _governing(plan), "rules", what, change)


def _sources(plan: Plan, what: str, change: Callable[[Rule], Rule], field: str) -> Changed:
    return _rules(plan, what, lambda rule: _each(rule, "from", "source", change, field))


def _principals(plan: Plan, change: Callable[[str], str]) -> Changed:
    def changed(source: Rule) -> Rule:
        return {**source, "principals": [change(principal) for principal in source["principals"]]}

    return _sources(plan, "other principals", changed, "principals")


def _operations(plan: Plan, what: str, change: Callable[[Rule], Rule], field: str) -> Changed:
    return _rules(plan, what, lambda rule: _each(rule, "to", "operation", change, field))


def _is_http(operation: Rule) -> bool:
    """Port 80 of an ingress gateway has no paths: it only sends clients elsewhere."""
    return "paths" in operation or operation["ports"] == ["80"]


def _some_paths(plan: Plan, what: str, change: Callable[[Rule], Rule]) -> Changed:
    """Where not every path is meant already: all of them begin with a slash."""
    return _operations(
        plan, what, lambda operation: operation if "/*" in operation["paths"] else change(operation), "paths"
    )


def _each(rule: Rule, field: str, inner: str, change: Callable[[Rule], Rule], needed: str) -> Rule:
    if field not in rule:
        return rule
    return {
        **rule,
        field: [
            {inner: change(element[inner]) if needed in element[inner] else element[inner]} for element in rule[field]
        ],
    }


def _operations_of(policy: KubernetesObject) -> Iterator[Rule]:
    return (to["operation"] for rule in policy.manifest["spec"]["rules"] for to in rule.get("to", ()))


def _named(policy: KubernetesObject) -> set[str]:
    return {
        principal
        for rule in policy.manifest["spec"].get("rules", ())
        for source in rule.get("from", ())
        for principal in source["source"].get("principals", ())
    }


def _all_principals(plan: Plan) -> set[str]:
    return {principal for policy in of_kind(plan, "AuthorizationPolicy") for principal in _named(policy)}


def _modes(plan: Plan, mode: str) -> Changed:
    return each_spec(plan, of_kind(plan, "PeerAuthentication"), mode, lambda spec: {**spec, "mtls": {"mode": mode}})
