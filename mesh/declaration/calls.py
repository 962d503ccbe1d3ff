"""Routes as they are written, with lists and groups → one for each caller and callee."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from mesh.declaration import spec

GROUP = "group/"
KUBERNETES_API = "kubernetes-api"
"""The API server of the caller's own cluster, which is a workload without being declared."""
KUBERNETES_API_PORT = "https"


@dataclass(frozen=True)
class Call:
    """One caller and one callee of a route; a route with lists stands for one of these for each pair."""

    caller: str
    callee: str
    http: tuple[spec.Request, ...] | None
    tcp: str | None
    network: str | None
    port: str | None
    jwt: spec.Jwt | None = None

    @property
    def named(self) -> str | None:
        """The port that it names."""
        return self.tcp or self.network or self.port


def calls(route: spec.Route, groups: Mapping[str, Sequence[str]]) -> Iterator[Call]:
    """Each pair once. A workload that a group has on both sides does not call itself."""
    callers, callees = _members(route.callers, groups), _members(route.callees, groups)
    for caller, is_single in callers.items():
        for callee, is_single_too in callees.items():
            if caller != callee or (is_single and is_single_too):
                yield Call(caller, callee, route.http, _tcp(route, callee), route.network, route.port, route.jwt)


def _tcp(route: spec.Route, callee: str) -> str | None:
    says_nothing = route.http is None and not (route.tcp or route.network or route.port)
    return KUBERNETES_API_PORT if callee == KUBERNETES_API and says_nothing else route.tcp


def _members(names: Sequence[str], groups: Mapping[str, Sequence[str]]) -> dict[str, bool]:
    """With whether it is named itself."""
    members = {name: False for name in names if name.startswith(GROUP) for name in groups.get(name[len(GROUP) :], ())}
    return members | {name: True for name in names if not name.startswith(GROUP)}
