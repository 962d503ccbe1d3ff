"""The hosts that a proxy knows: by its Sidecar, and by what is exported to its namespace.

How istiod chooses and reads them: istio/istio pilot/pkg/model/{sidecar,push_context}.go.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from mesh.access.istio import hosts
from mesh.access.istio.meshes import Mesh, Proxy, oldest_first, selects
from mesh.access.istio.services import Registry, Service
from mesh.plan.resources import KubernetesObject

MESHES = 64
"""How many meshes are kept compiled at once: more than an environment has."""


@dataclass(frozen=True)
class Known:
    """Without a service, what is known is only that the call goes wherever its name leads, past the mesh."""

    known: bool
    by: str
    text: str
    service: Service | None


@dataclass(frozen=True, eq=False)
class Listener:
    """An egress listener of a Sidecar, or that of a proxy without one."""

    name: str
    """How the Sidecar counts it: `egress 1`; empty where there is only one."""
    port: int | None
    """None: all ports that no other has."""
    imports: tuple[tuple[str, str], ...]
    """Namespaces and hosts, each maybe a wildcard."""
    excludes: tuple[tuple[str, str], ...]

    def imported(self, namespace: str, host: str) -> str | None:
        """How the listener names a service of a namespace."""
        return self._among(namespace, host, hosts.covers)

    def imports_virtual_service(self, namespace: str, names: tuple[str, ...]) -> bool:
        """One that has a host which overlaps an import, even where only the import is the wider."""
        return any(self._among(namespace, name, hosts.overlap) for name in names)

    def _among(self, namespace: str, host: str, matches: Callable[[str, str], bool]) -> str | None:
        if any(of in ("*", namespace) and hosts.covers(pattern, host) for of, pattern in self.excludes):
            return None
        imported = [(of, each) for of, each in self.imports if of in ("*", namespace) and matches(each, host)]
        return f"{imported[0][0]}/{imported[0][1]}" if imported else None


@dataclass(frozen=True, eq=False)
class Scope:
    """A Sidecar as it is read in one namespace, or what holds without any."""

    cluster: str
    namespace: str
    gateway: bool
    origin: str | None
    """The Sidecar's name in the plan; None where none applies."""
    listeners: tuple[Listener, ...]
    outbound: str

    def listener(self, port: int) -> Listener | None:
        """The first that is the port's, or everyone's."""
        return next((listener for listener in self.listeners if listener.port in (None, port)), None)

    def named(self, listener: Listener | None) -> str:
        if self.origin is None:
            return "Istio's default: no Sidecar applies"
        return f"{self.origin}: {listener.name}" if listener and listener.name else self.origin


def knowledge(mesh: Mesh, registry: Registry, proxy: Proxy, host: str, port: int) -> Known:
    """The step of a call to a host and port at the caller's proxy, as far as the proxy knows the host."""
    return _knowledge(registry, scope(mesh, proxy), host, port)


@lru_cache(20_000)
def _knowledge(registry: Registry, reader: Scope, host: str, port: int) -> Known:
    listener = reader.listener(port)
    service = _service(registry, reader, listener, host)
    at = f"{host}:{port}"
    if service is not None and service.port(port) is not None:
        if reader.gateway:
            return Known(True, f"{service.origin}: exportTo", f"gateways of {reader.namespace} know {at}", service)
        listed = listener.imported(service.namespace, service.host) if listener else None
        text = f"the sidecar knows {at}, of {service.origin}, which it is to know as {listed}"
        return Known(True, reader.named(listener), text, service)
    by = reader.named(listener)
    what = f"{at} is unknown to the sidecar" if service is None else f"{service.origin} has no port {port}"
    if reader.gateway:
        return Known(False, by if service is None else service.origin, f"{at} is unknown to the gateway", None)
    if reader.outbound == "ALLOW_ANY":
        return Known(True, by, f"{what}: it goes wherever DNS leads it, past the mesh (ALLOW_ANY)", None)
    return Known(False, by, f"{what}: it is dropped (REGISTRY_ONLY)", None)


def _service(registry: Registry, reader: Scope, listener: Listener | None, host: str) -> Service | None:
    for spelling in hosts.spellings(host.lower(), reader.namespace):
        for declaring in registry.declaring(reader.cluster, spelling):
            candidates = [
                service
                for service in declaring
                if service.seen_in(reader.namespace)
                and (reader.gateway or (listener and listener.imported(service.namespace, service.host)))
            ]
            if candidates:
                return preferred(candidates, reader.namespace)
    return None


def destination(registry: Registry, proxy: Proxy, host: str) -> Service | None:
    """A host that a VirtualService leads to: its proxies get it along, whatever their Sidecar lists."""
    for declaring in registry.declaring(proxy.cluster, host):
        if seen := [service for service in declaring if service.seen_in(proxy.namespace)]:
            return preferred(seen, proxy.namespace)
    return None


def preferred(services: list[Service], namespace: str) -> Service:
    """Where several namespaces have a host: the own one's, else a Service before a ServiceEntry, else the oldest."""
    return min(services, key=lambda service: (service.namespace != namespace, service.is_entry))


def scope(mesh: Mesh, proxy: Proxy) -> Scope:
    return _scopes(mesh).of(proxy)


@lru_cache(MESHES)
def _scopes(mesh: Mesh) -> "_Scopes":
    return _Scopes(mesh)


class _Scopes:
    """The Sidecars of a mesh, each read once for each namespace in which it applies."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh
        self._chosen: dict[tuple[str, bool, frozenset[tuple[str, str]]], Scope] = {}
        self._read: dict[tuple[str, bool, str | None], Scope] = {}

    def of(self, proxy: Proxy) -> Scope:
        key = (proxy.namespace, proxy.gateway, proxy.label_set)
        if key not in self._chosen:
            sidecar = None if proxy.gateway else self._sidecar(proxy)
            read = (proxy.namespace, proxy.gateway, sidecar.name if sidecar else None)
            if read not in self._read:
                self._read[read] = _scope(self._mesh, sidecar, proxy.namespace, gateway=proxy.gateway)
            self._chosen[key] = self._read[read]
        return self._chosen[key]

    def _sidecar(self, proxy: Proxy) -> KubernetesObject | None:
        """The oldest that selects it, else the oldest of its namespace without a selector, else the mesh's."""
        for sidecar in self._by_namespace.get(proxy.namespace, ()):
            selector = sidecar.manifest["spec"].get("workloadSelector")
            if selector is None or selects(selector.get("labels"), proxy.labels):
                return sidecar
        in_root = self._by_namespace.get(self._mesh.settings.root_namespace, ())
        return next((each for each in in_root if "workloadSelector" not in each.manifest["spec"]), None)

    @cached_property
    def _by_namespace(self) -> Mapping[str, list[KubernetesObject]]:
        """Those with a selector before those without."""
        by_namespace: dict[str, list[KubernetesObject]] = {}
        ordered = oldest_first(self._mesh.of("Sidecar"))
        for sidecar in sorted(ordered, key=lambda each: "workloadSelector" not in each.manifest["spec"]):
            by_namespace.setdefault(sidecar.manifest["metadata"]["namespace"], []).append(sidecar)
        return by_namespace


def _scope(mesh: Mesh, sidecar: KubernetesObject | None, namespace: str, *, gateway: bool) -> Scope:
    if sidecar is None:
        everything = _listener({"hosts": ["*/*"]}, "", namespace)
        return Scope(mesh.cluster, namespace, gateway, None, (everything,), mesh.settings.outbound)
    spec = sidecar.manifest["spec"]
    # Nothing said is everything known; a policy without a mode is the first of the API's enum.
    policy = spec.get("outboundTrafficPolicy")
    outbound = mesh.settings.outbound if policy is None else policy.get("mode", "REGISTRY_ONLY")
    listeners = tuple(_listeners(spec.get("egress") or [{"hosts": ["*/*"]}], namespace))
    return Scope(mesh.cluster, namespace, gateway, sidecar.name, listeners, outbound)


def _listeners(egress: list[Mapping[str, Any]], namespace: str) -> Iterator[Listener]:
    """Those that get the calls which a proxy catches on their way.

    Others wait at an address of their own, a socket or as an HTTP proxy, for clients that know them.
    """
    for number, listener in enumerate(egress, start=1):
        caught = listener.get("captureMode") != "NONE" and not listener.get("bind", "").startswith("unix:")
        if caught and listener.get("port", {}).get("protocol", "").upper() != "HTTP_PROXY":
            yield _listener(listener, f"egress {number}" if len(egress) > 1 else "", namespace)


def _listener(egress: Mapping[str, Any], name: str, namespace: str) -> Listener:
    imports: list[tuple[str, str]] = []
    excludes: list[tuple[str, str]] = []
    for said in egress["hosts"]:
        of, _, host = said.partition("/")
        into = excludes if of.startswith("~") else imports
        of = of.removeprefix("~") or "*" if into is excludes else of
        into.append((namespace if of == "." else of, host.lower()))
    return Listener(name, egress.get("port", {}).get("number"), tuple(imports), tuple(excludes))
