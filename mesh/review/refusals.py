"""What Azure refuses at `up` although the engine's preview passes, each with the way that works.

The engine only knows which properties make another resource; which of the others Azure never changes, and what it
keeps because something is in it, it learns when it tries.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

from mesh import model
from mesh.plan import Plan
from mesh.review.steps import Step

_CREATED_WITH_A_POOL = r"(vmSize|osType|osDiskType|osDiskSizeGB|maxPods|vnetSubnetID|type|availabilityZones)\b.*"
_ANOTHER_POOL = (
    "declare a second pool as it should be, pulumi up, drain the nodes of the old one, then take the old one out "
    "(docs/upgrades.md#node-pools)"
)
_NEXT_TO_IT = (
    "declare a second one beside it, as it should be and under a new name, move what is in it, then take the old one "
    "out (docs/upgrades.md#networks)"
)
_SYSTEM_POOL = (
    "take it back; or replace the pool by hand, with a temporary second system pool: add, drain, remove "
    "(docs/upgrades.md#the-system-pool)"
)


@dataclass(frozen=True)
class Refusal:
    resource: str
    code: str
    """Azure's."""
    text: str
    fix: str


@dataclass(frozen=True)
class _Rule:
    """A property that Azure sets when the resource is made, and never changes."""

    type: str
    paths: str
    what: str
    fix: str


_RULES = (
    _Rule(
        "containerservice:ManagedCluster",
        rf"agentPoolProfiles\[0\]\.{_CREATED_WITH_A_POOL}",
        "{property} of its system pool",
        _SYSTEM_POOL,
    ),
    _Rule(
        "containerservice:ManagedCluster",
        r"(enableRBAC|networkProfile\.loadBalancerSku)",
        "{property} of a cluster",
        _NEXT_TO_IT,
    ),
    _Rule("containerservice:AgentPool", _CREATED_WITH_A_POOL, "{property} of a pool", _ANOTHER_POOL),
    _Rule("compute:VirtualMachineScaleSet", r"zones\b.*", "{property} of a scale set", _NEXT_TO_IT),
)


def refusals(base: Plan | None, head: Plan, steps: Iterable[Step]) -> tuple[Refusal, ...]:
    """By resource. Without a base nothing is said of what depends on the values before."""
    found = [*_of_properties(step for step in steps if step.operation == "update")]
    if base is not None:
        touched = {step.name: step for step in steps}
        found += (*_of_versions(base, head, touched), *_of_ranges(base, head, touched), *_of_networks(base, touched))
    return tuple(sorted(dict.fromkeys(found), key=lambda refusal: (refusal.resource, refusal.code)))


def _of_properties(updates: Iterable[Step]) -> Iterator[Refusal]:
    for step in updates:
        for rule in _RULES:
            changed = sorted({_name(path) for path in step.paths if re.fullmatch(rule.paths, path)})
            if step.type == rule.type and changed:
                what = rule.what.format(property=" and ".join(changed))
                text = f"Azure never changes {what}"
                yield Refusal(step.name, "PropertyChangeNotAllowed", text, rule.fix)


def _name(path: str) -> str:
    """`availabilityZones` of agentPoolProfiles[0].availabilityZones[2]."""
    return re.sub(r"\[\d+\]$", "", path).rpartition(".")[2]


def _of_versions(base: Plan, head: Plan, touched: dict[str, Step]) -> Iterator[Refusal]:
    for name, key, code in (
        *((f"cluster/{one.name}", "kubernetesVersion", "OperationNotAllowed") for one in head.environment.clusters),
        *(
            (f"pool/{one.name}/{pool.name}", "orchestratorVersion", "AgentPoolUpgradeVersionNotAllowed")
            for one in head.environment.clusters
            for pool in one.user_pools
        ),
    ):
        before, after = _property(base, name, key), _property(head, name, key)
        if _is_updated(touched, name) and before and after:
            was, will = _numbers(before), _numbers(after)
            if will[: len(was)] < was[: len(will)]:
                fix = f"write {before} again; what has to run the older version needs a new cluster or pool"
                yield Refusal(name, code, f"Azure never goes back, here from {before} to {after}", fix)
            elif will[1] - was[1] > 1:
                fix = f'write "{was[0]}.{was[1] + 1}" first, pulumi up, then the next'
                yield Refusal(name, code, f"Azure skips no minor version, here from {before} to {after}", fix)


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(map(int, version.split(".")))


def _of_ranges(base: Plan, head: Plan, touched: dict[str, Step]) -> Iterator[Refusal]:
    """A prefix in which somebody has an address stays; and a network's space holds its subnets at every moment."""
    for network in base.environment.networks:
        for subnet in network.subnets:
            name = f"subnet/{network.name}/{subnet.role}"
            before, after = _property(base, name, "addressPrefix"), _property(head, name, "addressPrefix")
            users = _users(base, network, subnet.role)
            if _is_updated(touched, name) and before and after and before != after and users:
                text = f"it is in use, by {users}, and so {before} cannot become {after}"
                yield Refusal(name, "InUsePrefixCannotBeDeleted", text, _NEXT_TO_IT)
        name = f"network/{network.name}"
        space = (_property(head, name, "addressSpace") or {}).get("addressPrefixes", ())
        spaces = [IPv4Network(prefix) for prefix in space]
        outside = [
            str(subnet.cidr) for subnet in network.subnets if not any(subnet.cidr.subnet_of(one) for one in spaces)
        ]
        if _is_updated(touched, name) and spaces and outside:
            text = f"its subnet {outside[0]} would be outside of {' and '.join(map(str, spaces))}"
            yield Refusal(name, "NetcfgSubnetRangeOutsideVnet", text, _NEXT_TO_IT)


def _is_updated(touched: dict[str, Step], name: str) -> bool:
    return name in touched and touched[name].operation == "update"


def _of_networks(base: Plan, touched: dict[str, Step]) -> Iterator[Refusal]:
    """What goes with everything that the program put there, but not with what others did."""
    for network in base.environment.networks:
        step = touched.get(f"network/{network.name}")
        if step is None or step.operation not in ("delete", "replace"):
            continue
        others = [one.name for one in base.environment.machines if one.network == network and one.created is None]
        others += [
            workload.name
            for workload in base.environment.workloads
            if workload.outside and workload.outside.network == network
        ]
        if others:
            text = f"{' and '.join(others)} would stay in it, which this program did not make and does not delete"
            fix = "move it, or delete it, before the network goes"
            yield Refusal(step.name, "InUseSubnetCannotBeDeleted", text, fix)


def _users(base: Plan, network: model.Network, role: model.SubnetRole) -> str:
    """Who has addresses in a subnet, in words; empty: nobody who is known."""
    environment = base.environment
    clusters = [f"cluster {one.name}" for one in environment.clusters if one.network == network]
    machines = [f"machine {one.name}" for one in environment.machines if one.network == network]
    users = {
        "nodes": clusters,
        "gateways": [f"the east-west gateway of {name}" for name in clusters],
        "machines": machines,
    }[role]
    return users[0] if len(users) == 1 else f"{users[0]} and {len(users) - 1} more" if users else ""


def _property(plan: Plan, name: str, key: str) -> Any:
    """None where the plan has no such resource, or the resource none of it."""
    return next((resource.properties.get(key) for resource in plan.azure if resource.name == name), None)
