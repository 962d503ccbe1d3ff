"""A compromised workload → the workloads that the attacker reaches next, by address or with the stolen identity.

The attacker runs as the workload does: he goes around its sidecar, and has its certificate. He has neither the node
nor the API server, and no certificate of a gateway's client.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from ipaddress import IPv4Address, IPv4Network
from typing import Literal

from mesh import model
from mesh.access import matrix
from mesh.access.attempts import Attempt, Request, Way
from mesh.access.connections import Place
from mesh.access.instances import Instance
from mesh.access.judge import Judge
from mesh.access.matrix import Asking

Held = Literal["identity", "pod", "address", "nothing"]
"""The control that stops others: identity, a NetworkPolicy that names the pod, address, or nothing but the callee."""
HELD: tuple[Held, ...] = ("identity", "pod", "address", "nothing")
"""The strongest first."""
Position = tuple[Place, Place, str, object]
"""All that a call around any sidecar shows of its source: its addresses inside and outside, its cluster, and where
NetworkPolicies count its namespace and labels."""


@dataclass(frozen=True)
class Move:
    """From a place that is owned to a workload that it reaches."""

    callee: str
    port: int
    held: Held
    by: str
    """The object of the plan that lets it through at the end."""


@dataclass(frozen=True, eq=False)
class Group:
    """Moves that belong together. Workloads in the same position share one."""

    moves: tuple[Move, ...]


class LateralMovement:
    """Of one world. What pods of one cluster have in common is worked out once."""

    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self._world = judge.world
        self._asking = Asking(judge)
        self._plainly = cache(self._by_address)
        self._everywhere = cache(self._open_to_all)

    def sources(self, name: str) -> tuple[Instance, ...]:
        """Where a workload runs, or an ingress gateway by its name as a caller; nowhere, outside the mesh."""
        if gateway := self._world.ingress.get(name):
            return (gateway.instance,)
        return self._world.instances[name]

    def moves(self, name: str) -> tuple[Move, ...]:
        """One for each workload that is reached, by what is held the least; the first port counts where several are."""
        by_workload: dict[str, Move] = {}
        for move in (move for group in self.groups(name) for move in group.moves):
            before = by_workload.get(move.callee)
            if move.callee != name and (before is None or HELD.index(move.held) > HELD.index(before.held)):
                by_workload[move.callee] = move
        return tuple(by_workload[callee] for callee in sorted(by_workload))

    def groups(self, name: str) -> Iterator[Group]:
        """The same moves and others: also to itself, and several to one workload."""
        for source in self.sources(name):
            yield self._plainly(self._position(source), source if source.machine else None)
            if source.principal and (callees := self._naming.get(name, ())):
                workloads = (self._world.workloads[callee] for callee in callees)
                yield Group(tuple(move for callee in workloads for move in self._by_identity(name, source, callee)))

    def _by_address(self, position: Position, machine: Instance | None) -> Group:
        """From anywhere that looks the same; `machine` where it is one, which others may share."""
        source = machine or self._pods[position]
        straight = (
            move for callee in self._open_in_plain_text for move in self._to(source, self._world.workloads[callee])
        )
        return Group((*straight, *(move for gateway in self._internal for move in self._by_gateway(source, gateway))))

    def _to(self, source: Instance, callee: model.Workload) -> Iterator[Move]:
        if source.machine and source.machine in callee.machines:
            yield Move(callee.name, callee.ports[0].number, "nothing", source.place)
            return
        for port in callee.ports:
            request = Request() if port.is_http else None
            attempt = Attempt(source.workload, callee.name, port.number, request, around_sidecar=True)
            if way := _first_open(self._judge.ways(source, attempt)):
                by_pod = [step.by for step in way.steps if step.layer == "network policy"]
                held: Held = "pod" if by_pod else "address"
                if self._everywhere(callee.name, port.number):
                    held = "nothing"
                yield Move(callee.name, port.number, held, by_pod[0] if by_pod else _deciding(way))

    def _by_identity(self, name: str, source: Instance, callee: model.Workload) -> Iterator[Move]:
        for port in callee.ports:
            openings = self._asking.openings(name, callee, port) if port.is_http else (None,)
            for opening in openings:
                attempt = matrix.attempt(self._world, name, callee.name, port, opening)
                if way := _first_open(self._judge.impersonating(source, attempt)):
                    yield Move(callee.name, port.number, "identity", way.steps[-1].by)
                    break

    def _by_gateway(self, source: Instance, gateway: str) -> Iterator[Move]:
        """As a client without a certificate."""
        client = source.outside.addresses
        if not isinstance(client, IPv4Address | IPv4Network):
            return
        for callee in map(self._world.workloads.__getitem__, self._naming.get(gateway, ())):
            for port in callee.ports:
                for opening in self._asking.openings(gateway, callee, port):
                    attempt = matrix.attempt(self._world, gateway, callee.name, port, opening)
                    attempt = replace(attempt, certificate=None, address=IPv4Network(client))
                    if self._judge.verdict(attempt).possible:
                        yield Move(callee.name, port.number, "address", self._world.ingress[gateway].release.name)
                        break

    def _open_to_all(self, callee: str, port: int) -> bool:
        """Whether a call gets there from every subnet, so that its source's address holds nobody."""
        workload = self._world.workloads[callee]
        if workload.outside:
            if workload.outside.network is None:
                return True
            targets = [self._world.places.outside(workload)]
        else:
            targets = [instance.outside for instance in self._world.instances[callee] if instance.machine]
        subnets = self._world.networks.inventory.subnets.values()
        anybody = [Place("anybody", subnet.addresses, subnet.id) for subnet in subnets]
        return any(
            all(self._world.networks.passage(place, target, port)[-1].outcome == "passes" for place in anybody)
            for target in targets
        )

    @cached_property
    def _internal(self) -> tuple[str, ...]:
        """The ingress gateways at private addresses; what the others open, they open to the internet too."""
        declared = {name: self._world.ingress[name].declared for name in self._asking.gateways}
        return tuple(name for name, gateway in declared.items() if gateway and gateway.address)

    @cached_property
    def _pods(self) -> Mapping[Position, Instance]:
        found = (*self._world.instances.values(), tuple(gateway.instance for gateway in self._world.gateways))
        return {self._position(instance): instance for instances in found for instance in instances}

    def _position(self, source: Instance) -> Position:
        counts = source.machine is None and source.proxy.cluster in self._world.network_policies
        pod = (source.proxy.namespace, source.proxy.label_set) if counts else None
        return source.here, source.outside, source.proxy.cluster, pod

    @cached_property
    def _open_in_plain_text(self) -> tuple[str, ...]:
        """Those with a port somewhere that takes plain text, and those that share a machine."""
        return tuple(name for name, workload in self._world.workloads.items() if not self._is_strict(workload))

    def _is_strict(self, workload: model.Workload) -> bool:
        instances = self._world.instances[workload.name]
        shared = any(len(self._on_machine[machine.name]) > 1 for machine in workload.machines)
        return not shared and bool(instances) and all(map(self._asks_for_certificates, instances))

    def _asks_for_certificates(self, instance: Instance) -> bool:
        proxy = instance.proxy
        return instance.sidecar and all(
            self._world.tls[proxy.cluster].accepted(proxy.namespace, proxy.labels, port.number).mode == "STRICT"
            for port in self._world.workloads[instance.workload].ports
        )

    @cached_property
    def _on_machine(self) -> Mapping[str, set[str]]:
        """By machine, the workloads on it."""
        by_machine: dict[str, set[str]] = {}
        for workload in self._world.workloads.values():
            for machine in workload.machines:
                by_machine.setdefault(machine.name, set()).add(workload.name)
        return by_machine

    @cached_property
    def _naming(self) -> Mapping[str, tuple[str, ...]]:
        """By caller, those whose policies may let it in by its identity."""
        by_host: dict[str, list[str]] = {}
        for workload in self._world.workloads.values():
            for caller in self._asking.named(workload):
                by_host.setdefault(caller, []).append(workload.name)
        return {caller: tuple(callees) for caller, callees in by_host.items()}


def _first_open(ways: Iterator[Way]) -> Way | None:
    return next((way for way in ways if way.outcome != "stops"), None)


def _deciding(way: Way) -> str:
    """The last rule of a security group that lets it through, else what carries it."""
    groups = [step.by for step in way.steps if step.layer == "security group"]
    return groups[-1] if groups else way.steps[-1].by
