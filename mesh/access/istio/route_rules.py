"""The rules of VirtualServices, read once: short names written out, delegates merged in, and who sees which.

How istiod reads them: istio/istio pilot/pkg/model/{virtualservice,virtualservice_controller,push_context}.go.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any, Literal

from mesh.access.istio import delegates, hosts, http_matches, scoping
from mesh.access.istio.http_matches import Accepts
from mesh.access.istio.meshes import Mesh, Proxy, oldest_first, selects
from mesh.plan.resources import KubernetesObject

SIDECARS = "mesh"
"""The name of all sidecars in `gateways`."""

_Kind = Literal["http", "tls", "tcp"]


@dataclass(frozen=True, eq=False)
class Match:
    """One of a rule's, of which one has to hold; `accepts` is for requests, the rest is decided before any comes."""

    spec: Mapping[str, Any]
    accepts: Accepts = field(repr=False)
    port: int
    """0: every port."""
    gateways: tuple[str, ...]
    labels: Mapping[str, str]
    namespace: str
    """Of the caller; empty: everyone's."""

    def concerns(self, proxy: Proxy, port: int, gateway: str) -> bool:
        return (
            self.port in (0, port)
            and (not self.gateways or gateway in self.gateways)
            and selects(self.labels, proxy.labels)
            and self.namespace in ("", proxy.namespace)
        )


@dataclass(frozen=True)
class Share:
    """A destination, as a rule names it."""

    host: str
    port: int | None
    subset: str | None
    weight: int


@dataclass(frozen=True, eq=False)
class Rule:
    by: str
    """The VirtualService, and which of its rules it is: `http 1`."""
    spec: Mapping[str, Any]
    matches: tuple[Match, ...]
    route: tuple[Share, ...]
    mirrors: tuple[Share, ...]

    @property
    def shares(self) -> tuple[Share, ...]:
        """Where it leads some calls: with several destinations, those that have a weight."""
        return tuple(share for share in self.route if share.weight > 0) if len(self.route) > 1 else self.route

    def concerning(self, proxy: Proxy, port: int, gateway: str) -> tuple[Match, ...]:
        return tuple(match for match in self.matches if match.concerns(proxy, port, gateway))


@dataclass(frozen=True, eq=False)
class VirtualService:
    origin: str
    namespace: str
    hosts: tuple[str, ...]
    gateways: tuple[str, ...]
    exported_to: tuple[str, ...]
    http: tuple[Rule, ...]
    tls: tuple[Rule, ...]
    tcp: tuple[Rule, ...]

    def concerning(self, proxy: Proxy, port: int, gateway: str) -> Iterator[tuple[Rule, Match]]:
        """Its HTTP rules at a port with the matches that can hold there, in the order in which they are tried."""
        for rule in self.http:
            for match in rule.concerning(proxy, port, gateway):
                yield rule, match


@lru_cache(scoping.MESHES)
def of(mesh: Mesh) -> "RouteRules":
    return RouteRules(mesh)


class RouteRules:
    """Of one mesh."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh
        self._at: dict[tuple[str, str], tuple[VirtualService, ...]] = {}
        self._for_sidecars: dict[tuple[str, scoping.Listener, str], tuple[VirtualService, ...]] = {}
        self._positions: dict[str, Mapping[str, list[int]]] = {}
        """By namespace and host, where in its order those are that name it."""
        self._wildcards: dict[str, list[str]] = {}

    def at(self, gateway: str, namespace: str) -> tuple[VirtualService, ...]:
        """Those of a gateway that proxies of a namespace see: their own, those exported to them, then all others'."""

        def rank(rule: VirtualService) -> int:
            return 2 if "*" in rule.exported_to else 1 if rule.namespace != namespace else 0

        key = (gateway, namespace)
        if key not in self._at:
            bound = self._by_gateway.get(gateway, ())
            seen = (rule for rule in bound if hosts.exported(rule.exported_to, rule.namespace, namespace))
            self._at[key] = tuple(sorted(seen, key=rank))
        return self._at[key]

    @property
    def of_sidecars(self) -> tuple[VirtualService, ...]:
        """All route rules, for every proxy."""
        return tuple(self._by_gateway.get(SIDECARS, ()))

    def for_sidecars(self, namespace: str, listener: scoping.Listener, host: str) -> tuple[VirtualService, ...]:
        """Those which name a host, or a wildcard over it, and that a Sidecar's listener imports."""
        key = (namespace, listener, host)
        if key not in self._for_sidecars:
            self._for_sidecars[key] = tuple(
                rule
                for rule in self._naming(namespace, host)
                if listener.imports_virtual_service(rule.namespace, rule.hosts)
            )
        return self._for_sidecars[key]

    def _naming(self, namespace: str, host: str) -> Iterable[VirtualService]:
        seen = self.at(SIDECARS, namespace)
        if namespace not in self._positions:
            found: dict[str, list[int]] = {}
            for position, each in enumerate(seen):
                for name in each.hosts:
                    found.setdefault(name, []).append(position)
            self._positions[namespace] = found
            self._wildcards[namespace] = [name for name in found if name.startswith("*")]
        positions = self._positions[namespace]
        asked = positions if host.startswith("*") else {host, *self._wildcards[namespace]}
        named = [name for name in asked if name in positions and hosts.overlap(name, host)]
        return (seen[position] for position in sorted({each for name in named for each in positions[name]}))

    @cached_property
    def _by_gateway(self) -> Mapping[str, list[VirtualService]]:
        by_gateway: dict[str, list[VirtualService]] = {}
        for item in oldest_first(self._mesh.of("VirtualService")):
            if item.manifest["spec"].get("hosts"):  # one without is only delegated to
                read = self._read(item)
                for gateway in read.gateways:
                    by_gateway.setdefault(gateway, []).append(read)
        return by_gateway

    def _read(self, item: KubernetesObject) -> VirtualService:
        spec, namespace = item.manifest["spec"], item.manifest["metadata"]["namespace"]
        return VirtualService(
            origin=item.name,
            namespace=namespace,
            hosts=tuple(hosts.full(host, namespace).lower() for host in spec["hosts"]),
            gateways=tuple(gateway_name(name, namespace) for name in spec.get("gateways") or (SIDECARS,)),
            exported_to=tuple(spec.get("exportTo") or self._mesh.settings.export_virtual_services),
            http=tuple(self._http(item)),
            tls=tuple(_rules(item, "tls")),
            tcp=tuple(_rules(item, "tcp")),
        )

    def _http(self, item: KubernetesObject) -> Iterator[Rule]:
        """A rule that delegates becomes those of the VirtualService that it names."""
        namespace = item.manifest["metadata"]["namespace"]
        for rule, said in zip(_rules(item, "http"), item.manifest["spec"].get("http", ()), strict=True):
            if "delegate" not in said:
                yield rule
                continue
            of = said["delegate"].get("namespace") or namespace
            other = self._mesh.named("VirtualService", of, said["delegate"]["name"])
            if other is not None and self._delegates_to(other, of, namespace):
                for number, route in enumerate(delegates.merged(said, other.manifest["spec"].get("http", [])), start=1):
                    yield _rule(f"{rule.by}, delegated to {other.name}: http {number}", route, of, "http")

    def _delegates_to(self, other: KubernetesObject, namespace: str, root: str) -> bool:
        spec = other.manifest["spec"]
        to = spec.get("exportTo") or self._mesh.settings.export_virtual_services
        return not spec.get("hosts") and hosts.exported(to, namespace, root)


def gateway_name(said: str, namespace: str) -> str:
    """As `namespace/name`: a gateway may be named so, by its name alone, or by an old full name."""
    if said == SIDECARS:
        return said
    if "/" in said:
        return said.replace("./", f"{namespace}/", 1) if said.startswith("./") else said
    name, _, rest = said.partition(".")
    return f"{rest.partition('.')[0] or namespace}/{name}"


def _rules(item: KubernetesObject, kind: _Kind) -> Iterator[Rule]:
    namespace = item.manifest["metadata"]["namespace"]
    for number, said in enumerate(item.manifest["spec"].get(kind, ()), start=1):
        yield _rule(f"{item.name}: {kind} {number}", said, namespace, kind)


def _rule(by: str, said: Mapping[str, Any], namespace: str, kind: _Kind) -> Rule:
    matches = said.get("match") or ([] if kind == "tls" else [{}])  # a tls rule without a match is never used
    return Rule(
        by=by,
        spec=said,
        matches=tuple(_match(match, namespace, kind) for match in matches),
        route=tuple(_share(entry, namespace) for entry in said.get("route", ())),
        mirrors=tuple(_share({"destination": entry}, namespace) for entry in _mirrors(said)),
    )


def _mirrors(said: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Those that get more than none."""
    if "mirror" in said and said.get("mirrorPercentage", {}).get("value", 100) > 0:
        yield said["mirror"]
    for entry in said.get("mirrors", ()):
        if entry.get("percentage", {}).get("value", 100) > 0:
            yield entry["destination"]


def _share(said: Mapping[str, Any], namespace: str) -> Share:
    destination = said["destination"]
    return Share(
        host=hosts.full(destination["host"], namespace),
        port=destination.get("port", {}).get("number"),
        subset=destination.get("subset"),
        weight=said.get("weight", 0),
    )


def _match(said: Mapping[str, Any], namespace: str, kind: _Kind) -> Match:
    gateways = tuple(gateway_name(name, namespace) for name in said.get("gateways", ()))
    # sourceMatchHTTP: an HTTP match that names gateways does not ask who the caller is.
    asks_caller = kind != "http" or not gateways
    return Match(
        spec=said,
        accepts=http_matches.test(said) if kind == "http" else lambda _: True,
        port=said.get("port", 0),
        gateways=gateways,
        labels=said.get("sourceLabels", {}) if asks_caller else {},
        namespace=said.get("sourceNamespace", "") if asks_caller else "",
    )
