"""Policies that let callers in to everything in a namespace."""

from collections.abc import Iterator

from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind

POLICY_FOR_A_NAMESPACE = Kind(
    code="policy-for-a-namespace",
    severity="error",
    what="A policy lets callers in to everything in its namespace.",
    why="Callers are declared of one workload; anything else that runs there, today or later, is open to them too.",
    example="east/shop/AuthorizationPolicy/orders: holds for everything in shop",
    fix="Have the policy select the workload.",
)
KINDS = (POLICY_FOR_A_NAMESPACE,)


def findings(context: Context) -> Iterator[Finding]:
    world = context.world
    inhabited = {workload.namespace for workload in world.workloads.values()}
    inhabited |= {gateway.instance.proxy.namespace for gateway in world.gateways}
    for policies in world.policies.values():
        for namespace in sorted(inhabited - set(world.plan.environment.observing)):
            for policy in policies.applying_to(namespace, {}).policies:
                if policy.action == "ALLOW" and policy.rules:
                    text = f"holds for everything in {policy.namespace}"
                    yield Finding(POLICY_FOR_A_NAMESPACE, policy.name, text)
