"""VirtualServices of a plan → workloads that answer calls of others, and gateways that rewrite paths."""

from collections.abc import Mapping

from mesh import names
from mesh.access.gateways import Gateway
from mesh.access.world import World


def diverted(world: World) -> Mapping[str, set[str]]:
    """By workload, others that answer some of its calls because a VirtualService leads them there."""
    by_host = {host: workload.name for workload in world.workloads.values() for host in names.hosts(workload)}
    found: dict[str, set[str]] = {}
    for mesh in world.meshes.values():
        for item in mesh.of("VirtualService"):
            spec = item.manifest["spec"]
            led = {
                by_host[destination["destination"]["host"]]
                for kind in ("http", "tls", "tcp")
                for route in spec.get(kind, ())
                for destination in route.get("route", ())
                if destination["destination"]["host"] in by_host
            }
            for host in spec.get("hosts", ()):
                if host in by_host:
                    found.setdefault(by_host[host], set()).update(led - {by_host[host]})
    return found


def rewrites(world: World, gateway: Gateway) -> bool:
    """Whether some request changes on its way, so that its clients' paths are not those of the callee's policy."""
    proxy = gateway.instance.proxy
    return any(
        route.get("rewrite")
        for item in world.meshes[proxy.cluster].of("VirtualService")
        if item.manifest["metadata"]["namespace"] == proxy.namespace
        for route in item.manifest["spec"].get("http", ())
    )
