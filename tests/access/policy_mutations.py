"""Mutations of whole AuthorizationPolicies, and of PeerAuthentications."""

from collections.abc import Callable

from changed_plans import Changed, each_removed, each_spec, of_kind, with_metadata, with_object
from obeyed_policies import (
    asked_at,
    denies_all,
    governing,
    is_of_gateway,
    leaving_out,
    name_of,
    operations_of,
    spoken_of,
    with_rules,
)

from mesh.plan import Plan
from mesh.plan.resources import KubernetesObject


def rules_that_allow_everything(plan: Plan) -> Changed:
    """Unless they do so: those of a gateway that speak of nothing but all the ports it opens."""
    policies = (policy for policy in governing(plan) if not _speaks_of_ports_only(plan, policy))
    return each_spec(plan, policies, "rules: [{}]", lambda spec: {**spec, "rules": [{}]})


def no_rules(plan: Plan) -> Changed:
    return each_spec(plan, governing(plan), "no rules", lambda spec: leaving_out(spec, "rules"))


def allow_turned_into_deny(plan: Plan) -> Changed:
    return each_spec(
        plan,
        governing(plan),
        "DENY",
        lambda spec: {**spec, "action": "DENY"} if spec.get("action") == "ALLOW" and spec.get("rules") else None,
    )


def a_deny_for_everybody(plan: Plan) -> Changed:
    for policy in with_rules(plan):
        metadata = {**policy.manifest["metadata"], "name": "nobody"}
        spec = {**policy.manifest["spec"], "action": "DENY", "rules": [{}]}
        name = policy.name.rpartition("/")[0] + "/nobody"
        manifest = {**policy.manifest, "metadata": metadata, "spec": spec}
        yield f"{name} added", with_object(plan, KubernetesObject(name, policy.cluster, manifest))


def a_policy_removed(plan: Plan) -> Changed:
    return each_removed(plan, with_rules(plan))


def the_deny_of_everything_removed(plan: Plan) -> Changed:
    return each_removed(plan, (policy for policy in of_kind(plan, "AuthorizationPolicy") if denies_all(policy)))


def a_selector_of_nobody(plan: Plan) -> Changed:
    return each_spec(
        plan, with_rules(plan), "selects nobody", lambda spec: {**spec, "selector": {"matchLabels": {"app": "nobody"}}}
    )


def a_selector_removed(plan: Plan) -> Changed:
    """Where others of its namespace ask the same istiod, to whom its rules then let in as well."""

    def has_others(policy: KubernetesObject) -> bool:
        return any(
            (other.cluster, other.manifest["metadata"]["namespace"])
            == (policy.cluster, policy.manifest["metadata"]["namespace"])
            for other in governing(plan)
            if other != policy
        )

    policies = (policy for policy in with_rules(plan) if has_others(policy))
    return each_spec(plan, policies, "no selector", lambda spec: leaving_out(spec, "selector"))


def a_dry_run(plan: Plan) -> Changed:
    for policy in with_rules(plan):
        yield f"{policy.name}: dry run", with_metadata(plan, policy, annotations={"istio.io/dry-run": "true"})


def plain_text_permitted(plan: Plan) -> Changed:
    return _modes(plan, "PERMISSIVE")


def mutual_tls_disabled(plan: Plan) -> Changed:
    return _modes(plan, "DISABLE")


def peer_authentication_removed(plan: Plan) -> Changed:
    return each_removed(plan, of_kind(plan, "PeerAuthentication"))


def plain_text_at_a_port(plan: Plan) -> Changed:
    """Of a sidecar: what a gateway takes is said by its Gateway objects."""
    for policy in with_rules(plan):
        ports = [port for operation in operations_of(policy) for port in operation.get("ports", ())]
        if ports and "selector" in policy.manifest["spec"] and not is_of_gateway(policy):
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
            yield (
                f"{name} added for {name_of(policy)}",
                with_object(plan, KubernetesObject(name, policy.cluster, manifest)),
            )


KINDS: tuple[Callable[[Plan], Changed], ...] = (
    rules_that_allow_everything,
    no_rules,
    allow_turned_into_deny,
    a_deny_for_everybody,
    a_policy_removed,
    the_deny_of_everything_removed,
    a_selector_of_nobody,
    a_selector_removed,
    a_dry_run,
    plain_text_permitted,
    mutual_tls_disabled,
    peer_authentication_removed,
    plain_text_at_a_port,
)


def _speaks_of_ports_only(plan: Plan, policy: KubernetesObject) -> bool:
    rules = policy.manifest["spec"].get("rules", ())
    plain = [
        rule for rule in rules if set(rule) == {"to"} and all(set(to["operation"]) == {"ports"} for to in rule["to"])
    ]
    return is_of_gateway(policy) and plain == list(rules) and asked_at(plan, policy) <= spoken_of(policy)


def _modes(plan: Plan, mode: str) -> Changed:
    return each_spec(plan, of_kind(plan, "PeerAuthentication"), mode, lambda spec: {**spec, "mtls": {"mode": mode}})
