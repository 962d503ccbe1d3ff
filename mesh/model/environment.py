"""An environment as a whole."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Literal

from mesh.model.azure_settings import AzureSettings
from mesh.model.infrastructure import Cluster, Istio, Machine, Network
from mesh.model.traffic import Traffic
from mesh.model.workloads import Route, Tracing, Workload

Enforcement = Literal["enforce", "observe"]
AccessLogs = Literal["none", "errors", "all"]


@dataclass(frozen=True)
class Acceptance:
    """A finding that is known, and stays for a reason."""

    code: str
    of: tuple[str, ...]
    """Patterns of the subjects."""
    reason: str
    until: date | None
    """The last day on which it counts; None: for good."""


@dataclass(frozen=True)
class Approval:
    """Access that a change gives and that is wanted; it stops no preview up to its day."""

    call: str
    """A pattern of what is widened, such as `cart to orders:8080`."""
    reason: str
    until: date


@dataclass(frozen=True)
class Kept:
    """What others keep, and the program leaves alone."""

    of: tuple[str, ...]
    """Patterns of names in the plan."""
    fields: tuple[str, ...]
    """Patterns of their fields; empty: the whole of an object that the program does not own."""
    reason: str


@dataclass(frozen=True)
class Environment:
    name: str
    subscription: str
    location: str
    resource_group: str
    """The group of all that is created."""
    existing_group: bool
    """Whether others made the group."""
    istio: Istio
    tags: tuple[tuple[str, str], ...]
    networks: tuple[Network, ...]
    clusters: tuple[Cluster, ...]
    machines: tuple[Machine, ...]
    workloads: tuple[Workload, ...]
    routes: tuple[Route, ...]
    """As declared."""
    traffic: tuple[Traffic, ...]
    tracing: Tracing | None
    access_logs: AccessLogs
    observing: tuple[str, ...]
    """Namespaces in which a call that no route declares is let through, and reported."""
    production: bool
    protect: bool
    """Whether the engine refuses to delete or replace what others cannot do without."""
    accepted: tuple[Acceptance, ...]
    """In the order of the stack file."""
    approved: tuple[Approval, ...]
    """In the order of the stack file."""
    theirs: tuple[Kept, ...]
    """In the order of the stack file."""
    azure: tuple[AzureSettings, ...]
    """What it sets of Azure's properties beside its own keys."""

    @cached_property
    def calls(self) -> tuple[Route, ...]:
        """All calls that must work: the declared routes, and the routes of spans."""
        return self.routes if self.tracing is None else (*self.routes, *self.tracing.routes)

    def calls_of(self, caller: Workload) -> tuple[Route, ...]:
        return self._calls_by_caller.get(caller.name, ())

    def calls_to(self, callee: Workload) -> tuple[Route, ...]:
        return self._calls_by_callee.get(callee.name, ())

    @cached_property
    def _calls_by_caller(self) -> dict[str, tuple[Route, ...]]:
        return _by_name((route.caller.name, route) for route in self.calls if isinstance(route.caller, Workload))

    @cached_property
    def _calls_by_callee(self) -> dict[str, tuple[Route, ...]]:
        return _by_name((route.callee.name, route) for route in self.calls)

    @cached_property
    def observed(self) -> tuple[Workload, ...]:
        """Workloads that every caller may call, because their sidecars report the calls."""
        return tuple(
            workload for workload in self.workloads if workload.sidecar and workload.namespace in self.observing
        )

    @cached_property
    def ports_told_by_address(self) -> frozenset[int]:
        """Ports of Services at which callers' sidecars tell the callee by its address, having no host to go by."""
        of_services = (port for workload in self.workloads if workload.clusters for port in workload.ports)
        return frozenset(port.service for port in of_services if not port.is_http)

    @cached_property
    def named_in_settings(self) -> frozenset[str]:
        """Workloads that are named where calls are led: those with traffic settings, what these name, the tracer."""
        led = [each.callee for each in self.traffic]
        led += [move.to for each in self.traffic for move in each.strangler]
        led += [each.mirror.to for each in self.traffic if each.mirror and isinstance(each.mirror.to, Workload)]
        led += [self.tracing.zipkin] if self.tracing else []
        return frozenset(workload.name for workload in led)

    @property
    def namespaces(self) -> tuple[str, ...]:
        """Of workloads; the API server's own namespace is not the environment's."""
        return tuple(sorted({workload.namespace for workload in self.workloads if not workload.is_api_server}))

    @cached_property
    def machines_with_sidecar(self) -> tuple[Machine, ...]:
        """The machines on which some workload runs with a sidecar, and which so talk to an istiod."""
        names = {machine.name for workload in self.workloads if workload.sidecar for machine in workload.machines}
        return tuple(machine for machine in self.machines if machine.name in names)


def _by_name(named: Iterable[tuple[str, Route]]) -> dict[str, tuple[Route, ...]]:
    routes_by_name: dict[str, list[Route]] = {}
    for name, route in named:
        routes_by_name.setdefault(name, []).append(route)
    return {name: tuple(routes) for name, routes in routes_by_name.items()}
