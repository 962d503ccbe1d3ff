"""Open calls → what keeps everybody else out of each: the network, the callee's policy, or neither.

Found by asking as others would: next to the caller, elsewhere in its network, with another identity, around a sidecar.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache, cached_property
from ipaddress import IPv4Network
from typing import Literal

from mesh import model
from mesh.access import matrix
from mesh.access.attempts import Attempt, Certificate
from mesh.access.azure import address_sets
from mesh.access.azure.address_sets import NOTHING, PUBLIC, AddressSet
from mesh.access.connections import Place
from mesh.access.gateways import Gateway
from mesh.access.instances import Instance
from mesh.access.istio.gateways import CROSS_NETWORK_PORT
from mesh.access.judge import Judge
from mesh.access.matrix import Cell, Matrix
from mesh.access.transport import stopped

Enforcer = Literal["policy", "pod", "network", "nothing"]
"""The strongest there is: who calls, by identity; which pod, by NetworkPolicies; from where; or only the callee."""
Target = tuple[Place, int]

_EVERYBODY = "everybody in the networks"
_NOBODY = "nobody"
_FOREIGN = IPv4Network("192.0.2.0/24")
"""Kept for documentation: no client is there."""
_FIRST_TO_SPEAK = frozenset({25, 587, 3306, 27017})
"""https://istio.io/latest/docs/ops/deployment/application-requirements/#server-first-protocols"""


@dataclass(frozen=True)
class Enforcement:
    cell: Cell
    advised: bool
    """Whether the sidecars of others keep them from calling: advice, which an attacker does not take."""
    network: tuple[str, ...]
    """The callers that the network lets through."""
    asks: tuple[str, ...]
    """The attributes of a call that the policies of the callee and of the gateway check; empty: none."""
    by: Enforcer
    notes: tuple[str, ...]


def enforcement(judge: Judge, whole: Matrix, cells: Iterable[Cell]) -> tuple[Enforcement, ...]:
    """Of some cells; the whole matrix tells who else has a say of his own."""
    asked = _Asked(judge, whole)
    return tuple(map(asked.enforcement, cells))


class _Asked:
    def __init__(self, judge: Judge, whole: Matrix) -> None:
        self._judge = judge
        self._world = judge.world
        self._whole = whole
        self._stranger = cache(_stranger)
        self._targets = cache(self._sent_to)
        self._others = cache(self._probed)

    def enforcement(self, cell: Cell) -> Enforcement:
        opening = cell.openings[0] if cell.openings else None
        attempt = matrix.attempt(self._world, cell.caller, cell.callee, cell.port, opening)
        gateway = self._world.ingress.get(cell.caller)
        return self._of_clients(cell, attempt, gateway) if gateway else self._of_workload(cell, attempt)

    def _of_workload(self, cell: Cell, attempt: Attempt) -> Enforcement:
        sources = self._world.callers[cell.caller]
        asks = self._asked_by_policy(sources, attempt)
        others = {
            subnet: passes
            for source in sources
            for target in self._targets(source, cell.callee, cell.port.number)
            for subnet, passes in self._others(target).items()
        }
        besides = [f"all of {subnet}" for subnet, passes in sorted(others.items()) if passes]
        everywhere = bool(others) and len(besides) == len(others)
        identified = "caller" in asks and not self._judge.verdict(replace(attempt, around_sidecar=True)).possible
        return Enforcement(
            cell,
            advised=all(self._is_advised(source, attempt) for source in sources),
            network=(_EVERYBODY,) if everywhere else (*dict.fromkeys(map(self._taken_for, sources)), *besides),
            asks=asks,
            by=self._held(sources, attempt, identified=identified, everywhere=everywhere),
            notes=tuple(self._notes(cell)),
        )

    def _held(self, sources: tuple[Instance, ...], attempt: Attempt, *, identified: bool, everywhere: bool) -> Enforcer:
        if identified:
            return "policy"
        if everywhere:
            return "nothing"
        around = replace(attempt, around_sidecar=True)
        strangers = [way for source in sources for way in self._judge.ways(self._stranger(source), around)]
        by_pod = all(way.stopped_by and way.stopped_by.layer == "network policy" for way in strangers)
        return "pod" if strangers and by_pod else "network"

    def _of_clients(self, cell: Cell, attempt: Attempt, gateway: Gateway) -> Enforcement:
        foreign = self._judge.verdict(replace(attempt, address=_FOREIGN))
        blocks = gateway.declared.clients if gateway.declared else ()
        some = f"clients at {', '.join(map(str, blocks))}"
        asks = (*self._asked_by_gateway(attempt, gateway), *self._asked_by_policy((gateway.instance,), attempt))
        held: Enforcer = "nothing" if foreign.possible else "network"
        return Enforcement(
            cell,
            advised=False,
            network=("everybody" if foreign.possible else some,),
            asks=tuple(asked for asked in asks if asked != "caller"),
            by="policy" if "certificate" in asks else held,
            notes=tuple(self._notes(cell)),
        )

    def _asked_by_gateway(self, attempt: Attempt, gateway: Gateway) -> Iterator[str]:
        declared = gateway.declared
        if attempt.request and declared and declared.front_doors and declared.clients == (model.FRONT_DOOR,):
            another = replace(attempt.request, headers=((model.FRONT_DOOR_HEADER, "of-another-customer"),))
            if not self._judge.verdict(replace(attempt, request=another)).possible:
                yield "its Front Door"
        if attempt.request and attempt.request.token:
            without = replace(attempt, request=replace(attempt.request, token=None))
            if not self._judge.verdict(without).possible:
                yield "token"
        if not self._judge.verdict(replace(attempt, certificate=None)).possible:
            yield "certificate"
            other = replace(attempt, certificate=Certificate(("nobody.example",)))
            if not self._judge.verdict(other).possible:
                yield "its name"

    def _asked_by_policy(self, sources: Iterable[Instance], attempt: Attempt) -> tuple[str, ...]:
        """Whether another identity, another method or another path is refused at each of the callee's places."""
        known_sources = tuple(sources)
        others = {"caller": [(self._stranger(source), attempt) for source in known_sources]}
        if request := attempt.request:
            others["method"] = [
                (source, replace(attempt, request=replace(request, method="NOBODY"))) for source in known_sources
            ]
            strange = replace(request, path="/nobody/declares/this")
            others["path"] = [(source, replace(attempt, request=strange)) for source in known_sources]
        return tuple(
            what
            for what, asked in others.items()
            if all(step.outcome == "stops" for source, other in asked for step in self._judge.answers(source, other))
        )

    def _is_advised(self, source: Instance, attempt: Attempt) -> bool:
        ways = self._judge.ways(self._stranger(source), attempt)
        return all(way.stopped_by and way.stopped_by.layer == "caller's sidecar" for way in ways)

    def _sent_to(self, source: Instance, callee: str, port: int) -> tuple[Target, ...]:
        """Where calls go, except inside the caller's own cluster, where no group is asked."""
        workload = self._world.workloads[callee]
        targets = [(self._outside(workload), port)] if workload.outside else []
        for instance in self._world.instances[callee]:
            if instance.machine is not None:
                targets.append((instance.outside, port))
            elif instance.place != source.place:
                leading = self._world.leading_into(instance.proxy.network, source.proxy.cluster)
                targets += ((gateway.frontend, CROSS_NETWORK_PORT) for gateway in leading)
        return tuple(targets)

    def _outside(self, callee: model.Workload) -> Place:
        """Of a database somewhere in a network, where it may be: at no address that another has."""
        place = self._world.places.outside(callee)
        return replace(place, addresses=address_sets.of(place.addresses) - self._taken) if place.addresses else place

    def _probed(self, target: Target) -> Mapping[str, bool]:
        """By subnet, whether others get through from there than those who may call somebody behind the target."""
        entitled, found = self._entitled.get(target, NOTHING), {}
        for subnet in self._world.networks.inventory.subnets.values():
            others = Place("others", subnet.addresses - entitled, subnet.id)
            if others.addresses:
                found[subnet.name] = not stopped(self._world.networks.passage(others, *target))
        return found

    @cached_property
    def _taken(self) -> AddressSet:
        places = (instance.outside.addresses for instances in self._world.callers.values() for instance in instances)
        return address_sets.union(address for address in places if address)

    @cached_property
    def _entitled(self) -> Mapping[Target, AddressSet]:
        """By where calls go, the addresses of all who may call there."""
        by_target: dict[Target, AddressSet] = {}
        for cell in self._whole.cells:
            for source in self._world.callers.get(cell.caller, ()):
                for target in self._targets(source, cell.callee, cell.port.number):
                    own = address_sets.of(source.outside.addresses or PUBLIC)
                    by_target[target] = by_target.get(target, NOTHING) | own
        return by_target

    def _taken_for(self, source: Instance) -> str:
        """Callers that look alike to the network: without NetworkPolicies, all pods of a cluster."""
        if source.machine is None:
            isolated = self._world.pod_networks.isolates("Egress", source)
            return f"the pods of {source.workload} in {source.place}" if isolated else f"every pod of {source.place}"
        return source.place if source.machine.address else f"all of the subnet of {source.place}"

    def _notes(self, cell: Cell) -> Iterator[str]:
        callee = self._world.workloads[cell.callee]
        if cell.by_network_alone:
            yield "no sidecar takes part: everything at the caller's address may call, in plaintext"
        if callee.outside and callee.outside.range:
            yield f"all of {callee.outside.range} is reached at {cell.port.number}, not only {cell.callee}"
        elif callee.is_api_server:
            yield "the API server itself asks each caller for its token, and roles say what it may do"
        elif callee.outside:
            yield "what leaves for the internet is held back by no address"
        if callee.sidecar and (callee.kind == "mysql" or cell.port.number in _FIRST_TO_SPEAK):
            yield "its server speaks first, before its sidecar knows who calls"


def _stranger(source: Instance) -> Instance:
    """Somebody in the same place and namespace, whom no policy names."""
    principal = f"{source.principal.rpartition('/')[0]}/{_NOBODY}" if source.principal else None
    return replace(source, proxy=replace(source.proxy, labels={"app": _NOBODY}), principal=principal)
