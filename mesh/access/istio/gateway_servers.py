"""The servers that Gateway objects open on a proxy, read once.

How istiod merges them: istio/istio pilot/pkg/model/gateway.go.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from mesh.access.istio import hosts, scoping
from mesh.access.istio.meshes import Mesh, Proxy, oldest_first, selects
from mesh.access.istio.route_rules import VirtualService

_HTTP = frozenset({"HTTP", "HTTP2", "GRPC", "GRPC-WEB"})
_PASSED_ON = frozenset({"PASSTHROUGH", "AUTO_PASSTHROUGH"})


@dataclass(frozen=True, eq=False)
class Server:
    """One that a Gateway opens."""

    by: str
    """The Gateway, and how it counts the server: `server 1`."""
    gateway: str
    """`namespace/name`, as VirtualServices call it."""
    port: int
    protocol: str
    bind: str
    hosts: tuple[tuple[str, str], ...]
    """With the namespace whose VirtualServices may use each; `*`: all."""
    tls: Mapping[str, Any]

    @property
    def mode(self) -> str:
        """PASSTHROUGH is the first of the API's enum, and so what is meant where nothing is said."""
        return str(self.tls.get("mode", "PASSTHROUGH"))

    @property
    def is_tls(self) -> bool:
        """An HTTP server has `tls` only for its redirect."""
        return bool(self.tls) and self.protocol not in _HTTP

    @property
    def is_passed_on(self) -> bool:
        """Whether TLS does not end here."""
        return self.is_tls and self.mode in _PASSED_ON

    @property
    def is_http(self) -> bool:
        return self.protocol in _HTTP or (self.protocol == "HTTPS" and not self.is_passed_on)

    @cached_property
    def names(self) -> frozenset[str]:
        """The server names that it answers to: of `namespace/host` the host alone, so that `shop/*` is every host."""
        return frozenset(host for _, host in self.hosts)

    @cached_property
    def _wildcards(self) -> frozenset[str]:
        return frozenset(name for name in self.names if name.startswith("*"))

    def has(self, name: str) -> bool:
        return name in self.names or any(hosts.covers(wildcard, name) for wildcard in self._wildcards)

    def shared(self, virtual_service: VirtualService) -> Iterator[str]:
        """The hosts of a VirtualService that are its own too: of two that overlap, the narrower."""
        for namespace, host in self.hosts:
            if namespace in ("*", virtual_service.namespace):
                for other in virtual_service.hosts:
                    if hosts.covers(host, other):
                        yield other
                    elif hosts.covers(other, host):
                        yield host


def answering(servers: list[Server], host: str, *, plaintext: bool) -> Server | None:
    """The server with the closest name; a port that is not TLS is not chosen by name unless several are there."""
    speaking = [server for server in servers if server.is_tls != plaintext]
    named = {name: server for server in reversed(speaking) for name in server.names}
    closest = hosts.most_specific(named, host.partition(":")[0].lower())
    if closest is not None:
        return named[closest]
    return speaking[0] if speaking and plaintext else None


def opened(mesh: Mesh, proxy: Proxy, port: int) -> list[Server]:
    """Those at a port of a proxy, of all Gateways that select it, of whatever namespace; the oldest come first."""
    return [server for server in every(mesh, proxy) if server.port == port]


def every(mesh: Mesh, proxy: Proxy) -> tuple[Server, ...]:
    """The same at all ports."""
    return _read(mesh).of(proxy)


@lru_cache(scoping.MESHES)
def _read(mesh: Mesh) -> "_Servers":
    return _Servers(mesh)


class _Servers:
    """Of one mesh, by the labels of the proxies that ask."""

    def __init__(self, mesh: Mesh) -> None:
        self._mesh = mesh
        self._found: dict[frozenset[tuple[str, str]], tuple[Server, ...]] = {}

    def of(self, proxy: Proxy) -> tuple[Server, ...]:
        key = proxy.label_set
        if key not in self._found:
            selecting = [
                item
                for item in self._mesh.of("Gateway")
                if selects(item.manifest["spec"].get("selector"), proxy.labels)
            ]
            all_servers = [
                server for item in oldest_first(selecting) for server in _of_gateway(item.name, item.manifest)
            ]
            self._found[key] = tuple(_without_conflicts(all_servers))
        return self._found[key]


def _of_gateway(origin: str, manifest: Mapping[str, Any]) -> Iterator[Server]:
    metadata = manifest["metadata"]
    for number, server in enumerate(manifest["spec"].get("servers", ()), start=1):
        yield Server(
            by=f"{origin}: server {number}",
            gateway=f"{metadata['namespace']}/{metadata['name']}",
            port=server["port"]["number"],
            protocol=server["port"]["protocol"].upper(),
            bind=server.get("bind", ""),
            hosts=tuple(_host(said, metadata["namespace"]) for said in server["hosts"]),
            tls=server.get("tls", {}),
        )


def _host(said: str, namespace: str) -> tuple[str, str]:
    of, separator, host = said.lower().rpartition("/")
    return (namespace if of == "." else of) if separator else "*", host


def _without_conflicts(servers: list[Server]) -> Iterator[Server]:
    """A server that asks for what one before it has is left out: a name at the same port, or another protocol."""
    taken: set[tuple[int, str, tuple[str, str]]] = set()
    plain: dict[tuple[int, str], Server] = {}
    for server in servers:
        first = plain.get((server.port, server.bind))
        if first is not None and not (first.is_http and server.is_http and not server.is_tls):
            continue
        if server.tls:
            wanted = {(server.port, server.bind, host) for host in server.hosts}
            if wanted & taken:
                continue
            taken |= wanted
        if not server.is_tls:
            plain.setdefault((server.port, server.bind), server)
        yield server
