"""The input of all checks: a plan, its judge, its declared routes, and the certificate files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property

from mesh import names
from mesh.access.attempts import Attempt, Verdict
from mesh.access.connections import Connection
from mesh.access.declared import Allowance, Pair, allowances, attempts
from mesh.access.judge import Judge
from mesh.access.world import World
from mesh.plan import Plan

_Headers = Mapping[str, set[tuple[str, str]]]
"""By host, the headers by which VirtualServices tell calls apart."""


@dataclass(frozen=True)
class CertificateFiles:
    """The certificate files that are here, at a moment."""

    texts: Mapping[str, str]
    """By their names in the folder of secrets."""
    stack_file: str
    """For commands in the messages."""
    moment: datetime


@dataclass(frozen=True, eq=False)
class Context:
    """Each part is worked out once, and no check changes it: the order of the checks does not matter."""

    plan: Plan
    certificates: CertificateFiles | None = None

    @cached_property
    def world(self) -> World:
        return World(self.plan)

    @cached_property
    def judge(self) -> Judge:
        return Judge(self.world)

    @cached_property
    def declared(self) -> Mapping[Pair, Allowance]:
        return allowances(self.world)

    @cached_property
    def verdicts(self) -> Mapping[Pair, tuple[Verdict, ...]]:
        """Of each declared route whose caller runs somewhere, on all that stands for its calls."""
        headers = _told_headers(self.world)
        return {
            pair: tuple(map(self.judge.verdict, (*attempts(allowance), *_with_headers(allowance, headers))))
            for pair, allowance in self.declared.items()
            if allowance.caller in self.world.callers or allowance.caller in self.world.ingress
        }

    @cached_property
    def needed(self) -> frozenset[Connection]:
        """The connections that the declared routes and the joining of machines need."""
        machines = (instance for instances in self.world.instances.values() for instance in instances)
        of_routes = (verdict.connections for verdicts in self.verdicts.values() for verdict in verdicts)
        of_machines = (self.judge.joining(instance).connections for instance in machines)
        return frozenset[Connection]().union(*of_routes, *of_machines)

    @cached_property
    def observed(self) -> frozenset[str]:
        """The workloads whose namespace is declared with enforcement: observe."""
        return frozenset(workload.name for workload in self.plan.environment.observed)


def _with_headers(allowance: Allowance, headers: _Headers) -> Iterator[Attempt]:
    """The first of the calls, with each header that some VirtualService tells from others."""
    first = next(attempts(allowance))
    if first.request:
        known = {header for host in names.hosts(allowance.callee) for header in headers.get(host, ())}
        for header in sorted(known):
            yield replace(first, request=replace(first.request, headers=(header,)))


def _told_headers(world: World) -> _Headers:
    headers: dict[str, set[tuple[str, str]]] = {}
    for mesh in world.meshes.values():
        for item in mesh.of("VirtualService"):
            told = {
                (name.lower(), value)
                for route in item.manifest["spec"].get("http", ())
                for match in route.get("match", ())
                for name, asked in match.get("headers", {}).items()
                if (value := asked.get("exact") or asked.get("prefix"))
            }
            for host in item.manifest["spec"].get("hosts", ()):
                headers.setdefault(host, set()).update(told)
    return headers
