"""A plan, as it would be without some of its parts and whatever stands or falls with them."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import reduce
from typing import TypeVar

from mesh import names
from mesh.model import Cluster, Environment, Machine, Network, Workload
from mesh.plan import Plan

Named = TypeVar("Named", Network, Cluster, Machine)
Removal = Callable[[Plan], Plan]


def removals(plan: Plan) -> Mapping[str, Removal]:
    """By name, what can be left out: `cluster/east`, `gateway/east/public`, `peering/east/west`, both ways round."""
    environment = plan.environment
    return {
        **{f"cluster/{one.name}": _of_cluster(one.name) for one in environment.clusters},
        **{f"machine/{one.name}": _of_machine(one) for one in environment.machines},
        **{f"network/{one.name}": _of_network(one.name) for one in environment.networks},
        **{
            f"gateway/{release.cluster}/{_short(release.release)}": _of_release(release.name)
            for release in plan.releases
            if release.chart == "gateway"
        },
        **{
            f"peering/{one.name}/{peer}": _of_peering(one.name, peer)
            for one in environment.networks
            for peer in one.peers
        },
    }


def without(plan: Plan, parts: Iterable[str]) -> Plan:
    """Raises KeyError for what is not among the removals."""
    known = removals(plan)
    return reduce(lambda left, part: known[part](left), parts, plan)


def _short(release: str) -> str:
    return "east-west" if release == names.EAST_WEST_GATEWAY else release.removeprefix("ingress-")


def _of_cluster(name: str) -> Removal:
    """Everything on its API server is lost with it, so machines that join it have no istiod."""

    def removal(plan: Plan) -> Plan:
        return replace(
            _without_component(plan, f"cluster/{name}"),
            releases=tuple(release for release in plan.releases if release.cluster != name),
            objects=tuple(item for item in plan.objects if item.cluster != name),
            environment=_placed(
                replace(plan.environment, clusters=_others(plan.environment.clusters, name)),
                lambda workload: replace(workload, clusters=_others(workload.clusters, name)),
            ),
        )

    return removal


def _of_machine(machine: Machine) -> Removal:
    def removal(plan: Plan) -> Plan:
        return replace(
            _without_component(plan, f"machine/{machine.name}"),
            objects=tuple(
                item
                for item in plan.objects
                if item.manifest["kind"] != "WorkloadEntry" or item.manifest["spec"]["address"] != str(machine.address)
            ),
            machines=tuple(item for item in plan.machines if item.machine.name != machine.name),
            environment=_placed(
                replace(plan.environment, machines=_others(plan.environment.machines, machine.name)),
                lambda workload: replace(workload, machines=_others(workload.machines, machine.name)),
            ),
        )

    return removal


def _of_network(name: str) -> Removal:
    """With all that is in it, and the other halves of its peerings."""

    def removal(plan: Plan) -> Plan:
        within = [
            *(_of_cluster(one.name) for one in plan.environment.clusters if one.network.name == name),
            *(_of_machine(one) for one in plan.environment.machines if one.network.name == name),
            *(_of_peering(name, peer) for one in plan.environment.networks if one.name == name for peer in one.peers),
        ]
        left = _without_component(reduce(lambda left, each: each(left), within, plan), f"network/{name}")
        return replace(left, environment=replace(left.environment, networks=_others(left.environment.networks, name)))

    return removal


def _of_release(name: str) -> Removal:
    return lambda plan: replace(plan, releases=tuple(release for release in plan.releases if release.name != name))


def _of_peering(one: str, other: str) -> Removal:
    halves = (f"peering/{one}/{other}", f"peering/{other}/{one}")
    return lambda plan: replace(plan, azure=tuple(item for item in plan.azure if item.name not in halves))


def _without_component(plan: Plan, component: str) -> Plan:
    return replace(plan, azure=tuple(item for item in plan.azure if item.component != component))


def _placed(environment: Environment, where: Callable[[Workload], Workload]) -> Environment:
    return replace(environment, workloads=tuple(map(where, environment.workloads)))


def _others(parts: tuple[Named, ...], name: str) -> tuple[Named, ...]:
    return tuple(part for part in parts if part.name != name)
