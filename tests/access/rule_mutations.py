"""Mutations of the rules of AuthorizationPolicies: callers, methods, paths, ports."""

from collections.abc import Callable

from changed_plans import Changed, each_of_list, of_kind, with_spec
from obeyed_policies import Rule, asked_at, governing, is_of_gateway, leaving_out, name_of, spoken_of

from mesh.plan import Plan
from mesh.plan.resources import KubernetesObject


def a_rule_for_every_caller(plan: Plan) -> Changed:
    everywhere = [{"source": {"ipBlocks": ["0.0.0.0/0"]}}]
    return _rules(plan, "no from", lambda rule: rule if rule.get("from") == everywhere else leaving_out(rule, "from"))


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
    for policy in governing(plan):
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
    return _some_paths(plan, "no paths", lambda operation: leaving_out(operation, "paths"))


def a_longer_path(plan: Plan) -> Changed:
    def lengthened(operation: Rule) -> Rule:
        return {**operation, "paths": ["/other" + path for path in operation["paths"]]}

    return _operations(plan, "other paths", lengthened, "paths")


def any_method(plan: Plan) -> Changed:
    return _operations(plan, "no methods", lambda operation: leaving_out(operation, "methods"), "methods")


def a_method_more(plan: Plan) -> Changed:
    return _operations(
        plan, "PURGE too", lambda operation: {**operation, "methods": [*operation["methods"], "PURGE"]}, "methods"
    )


def any_port(plan: Plan) -> Changed:
    """At a gateway only where it opens a port of which no rule speaks yet."""

    def has_more(policy: KubernetesObject) -> bool:
        return not is_of_gateway(policy) or not asked_at(plan, policy) <= spoken_of(policy)

    policies = (policy for policy in governing(plan) if has_more(policy))
    return each_of_list(
        plan,
        policies,
        "rules",
        "no ports",
        lambda rule: _each(rule, "to", "operation", lambda operation: leaving_out(operation, "ports"), "ports"),
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


KINDS: tuple[Callable[[Plan], Changed], ...] = (
    a_rule_for_every_caller,
    any_principal,
    principals_of_a_namespace,
    a_principal_of_another_namespace,
    a_principal_of_another_trust_domain,
    a_principal_more,
    principals_turned_round,
    any_path,
    no_paths,
    a_longer_path,
    any_method,
    a_method_more,
    any_port,
    a_range_of_ports,
    another_port,
    a_method_on_a_tcp_port,
    a_rule_removed,
)


def _account(policy: KubernetesObject) -> str:
    return f"/ns/{policy.manifest['metadata']['namespace']}/sa/{name_of(policy)}"


def _rules(plan: Plan, what: str, change: Callable[[Rule], Rule | None]) -> Changed:
    return each_of_list(plan, governing(plan), "rules", what, change)


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


def _named(policy: KubernetesObject) -> set[str]:
    return {
        principal
        for rule in policy.manifest["spec"].get("rules", ())
        for source in rule.get("from", ())
        for principal in source["source"].get("principals", ())
    }


def _all_principals(plan: Plan) -> set[str]:
    return {principal for policy in of_kind(plan, "AuthorizationPolicy") for principal in _named(policy)}
