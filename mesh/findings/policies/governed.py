"""Each place of a workload with a sidecar, with the policies that hold there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mesh.access.instances import Instance
from mesh.access.istio.authorization import Applied
from mesh.access.istio.policies import Policy, Rule
from mesh.findings.context import Context
from mesh.model import Workload


@dataclass(frozen=True, eq=False)
class Governed:
    workload: Workload
    instance: Instance
    applied: Applied
    observed: bool
    """Whether its namespace is declared with enforcement: observe."""

    @property
    def allowing(self) -> list[Policy]:
        return [policy for policy in self.applied.policies if policy.action == "ALLOW" and not policy.dry_run]


def governed(context: Context) -> Iterator[Governed]:
    world = context.world
    for workload in world.workloads.values():
        for instance in world.instances[workload.name]:
            if instance.sidecar:
                proxy = instance.proxy
                applied = world.policies[proxy.cluster].applying_to(proxy.namespace, proxy.labels)
                yield Governed(workload, instance, applied, workload.name in context.observed)


def named_ports(rules: Iterable[Rule]) -> set[int]:
    """The ports that rules name; empty where none does."""
    return {
        int(value)
        for rule in rules
        for condition in rule.http.conditions
        if condition.key == "destination.port"
        for value in condition.values
        if value.isdigit()
    }
