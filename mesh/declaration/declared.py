"""A stack file's value, into the parts that keep the spec, and a problem for everything that does not."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from mesh.declaration import spec, spelling, wording
from mesh.declaration.calls import KUBERNETES_API, KUBERNETES_API_PORT, Call, calls
from mesh.declaration.problems import ENVIRONMENT, Path, Problem
from mesh.declaration.stack_file import Document
from mesh.model import API_SERVER

_SUBSCRIPTION: Path = ("config", "azure-native:subscriptionId")
_OWN_KEYS = ("environment",)
_NAMED = frozenset({"networks", "clusters", "machines", "workloads", "groups", "traffic"})

_STAND_INS: Mapping[Path, Any] = {
    _SUBSCRIPTION: "00000000-0000-0000-0000-000000000000",
    (*ENVIRONMENT, "location"): "westeurope",
    (*ENVIRONMENT, "istio"): {"version": "1.30.4"},
}
"""Stand-ins for missing or broken values, so that the rest can be checked. They are never built."""


@dataclass(frozen=True)
class Origin:
    """Where an entry stands that the stack file includes."""

    file: str
    path: Path

    @property
    def team(self) -> str:
        return PurePosixPath(self.file).stem


@dataclass(frozen=True)
class Declared:
    subscription: str
    environment: spec.Environment
    written: tuple[tuple[int, spec.Route], ...]
    """The routes, each with its position in the file."""
    broken: frozenset[Path]
    """Parts of the environment that were left out for problems of their own."""
    origins: Mapping[Path, Origin] = field(default_factory=dict)
    """The entries that stand in files of teams."""

    @cached_property
    def routes(self) -> tuple[tuple[int, Call], ...]:
        """One for each caller and callee, with the position in the file. Members that are no workload are left out."""
        known = self.environment.workloads
        groups = {
            name: [member for member in members if member in known] for name, members in self.environment.groups.items()
        }
        return tuple((position, call) for position, route in self.written for call in calls(route, groups))

    @cached_property
    def peerings(self) -> frozenset[frozenset[str]]:
        """Pairs of networks, whichever of the two names the other."""
        networks = self.environment.networks
        return frozenset(
            frozenset((name, peer.network)) for name, network in networks.items() for peer in network.peers
        )

    def position(self, number: int) -> str:
        """Where a route is written, as messages say it."""
        origin = self.origins.get(("routes", number))
        return f"routes[{number}]" if origin is None else f"routes[{origin.path[-1]}] of {origin.file}"

    def is_broken(self, section: str, name: str) -> bool:
        return (section,) in self.broken or (section, name) in self.broken


def read(document: Document) -> tuple[Declared | None, tuple[Problem, ...]]:
    """Nothing is declared where the file has no environment at all."""
    foreign = tuple(_unknown_configuration(document))
    try:
        return _declared(spec.StackFile.model_validate(document.value), document, frozenset()), foreign
    except ValidationError as error:
        errors = _causes(error.errors(include_url=False))
    worded = [(error["type"], wording.problem(error, spec.StackFile)) for error in errors]
    meant = {(problem.path[:-1], problem.fix) for problem in (*foreign, *(problem for _, problem in worded))}
    problems = tuple(
        _shortened(problem, kind, document)
        for kind, problem in worded
        if kind != "missing" or (problem.path[:-1], f"Did you mean {problem.path[-1]}?") not in meant
    )
    if not document.has_mapping(ENVIRONMENT):
        return None, (*foreign, *problems)
    broken = frozenset(_part(error["loc"]) for error in errors)
    remaining = spec.StackFile.model_validate(_without(document.value, broken))
    return _declared(remaining, document, broken), (*foreign, *problems)


def _causes(errors: list[ErrorDetails]) -> list[ErrorDetails]:
    """Without the lists that are only too short because pydantic does not count what is wrong in them."""
    places = {error["loc"][:depth] for error in errors for depth in range(len(error["loc"]))}
    return [error for error in errors if error["type"] != "too_short" or error["loc"] not in places]


def _declared(stack: spec.StackFile, document: Document, broken: frozenset[Path]) -> Declared:
    inside = frozenset(path[len(ENVIRONMENT) :] for path in broken if path[: len(ENVIRONMENT)] == ENVIRONMENT)
    environment = _with_kubernetes_api(stack.config.environment)
    count = len(environment.routes) + sum(path[0] == "routes" and len(path) == 2 for path in inside)
    positions = (position for position in range(count) if ("routes", position) not in inside)
    return Declared(
        subscription=stack.config.subscription,
        environment=environment,
        written=tuple(zip(positions, environment.routes, strict=True)),
        broken=inside,
        origins={path[len(ENVIRONMENT) :]: Origin(part.file, part.path) for path, part in document.parts.items()},
    )


def _with_kubernetes_api(environment: spec.Environment) -> spec.Environment:
    """With the API server among the workloads, where a route names it."""
    called = any(KUBERNETES_API in route.callees for route in environment.routes)
    if not called or KUBERNETES_API in environment.workloads:
        return environment
    api_server = spec.Workload.model_construct(
        _fields_set={"namespace", "ports", "external"},
        namespace="default",
        ports={KUBERNETES_API_PORT: spec.Port(number=443, protocol="tls")},
        external=spec.External(hosts=(API_SERVER,)),
    )
    return environment.model_copy(update={"workloads": {**environment.workloads, KUBERNETES_API: api_server}})


def _part(path: Path) -> Path:
    """The smallest part that can be left out without another one's problem: an entry of a section, or a top key."""
    depth = len(ENVIRONMENT)
    if path[:depth] != ENVIRONMENT:
        return path[:2] if path[:1] == ("config",) else path[:1]
    entries = path[depth : depth + 1] in {(section,) for section in (*_NAMED, "routes")}
    return path[: depth + 2] if entries else path[: depth + 1]


def _without(value: Any, broken: frozenset[Path], at: Path = ()) -> Any:
    if isinstance(value, dict):
        kept = {key: _without(item, broken, (*at, key)) for key, item in value.items() if (*at, key) not in broken}
        return kept | {path[-1]: item for path, item in _STAND_INS.items() if path[:-1] == at and path[-1] not in kept}
    if isinstance(value, list):
        return [_without(item, broken, (*at, n)) for n, item in enumerate(value) if (*at, n) not in broken]
    return value


def _shortened(problem: Problem, kind: str, document: Document) -> Problem:
    """The path as far as the file has it: a short form has none of the keys it stands for."""
    path = problem.path[:-1] if kind == "missing" else problem.path
    while not document.holds(path):
        path = path[:-1]
    return replace(problem, path=path)


def _unknown_configuration(document: Document) -> list[Problem]:
    """Keys under config that look like this program's, or like the one it needs of azure-native, and are not."""
    configuration = document.value.get("config") if isinstance(document.value, dict) else None
    if not isinstance(configuration, dict):
        return []
    known = {key.casefold(): key for key in (str(_SUBSCRIPTION[-1]), *(f"hybrid-mesh:{own}" for own in _OWN_KEYS))}
    problems = []
    for key in configuration:
        namespace, _, own = key.rpartition(":")
        is_own = namespace in {"", "hybrid-mesh"}
        near = spelling.near(own, _OWN_KEYS) if is_own else None
        meant = f"hybrid-mesh:{near}" if near else known.get(key.casefold())
        if key not in known.values() and (meant or is_own):
            fix = f"Did you mean {meant}?" if meant else "The environment is under hybrid-mesh:environment"
            problems.append(Problem(("config", key), "hybrid-mesh has no such key", fix))
    return problems
