"""Where sidecars accept plain text, or are told to send it."""

from collections.abc import Iterator

from mesh import names
from mesh.access.istio import hosts
from mesh.access.istio.meshes import Mesh
from mesh.access.world import World
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind

PLAINTEXT_ACCEPTED = Kind(
    code="plaintext-accepted",
    severity="error",
    what="Sidecars accept calls without mutual TLS.",
    why="Such a caller has no identity, what it sends can be read on the way, and only its address is known.",
    example="east/shop/PeerAuthentication/orders: it says PERMISSIVE at port 8080",
    fix="Set the mode STRICT, for the whole mesh in the root namespace.",
)
PLAINTEXT_SENT = Kind(
    code="plaintext-sent",
    severity="warning",
    what="Callers are told to speak with a workload that has a sidecar without Istio's mutual TLS.",
    why="Where it takes only mutual TLS the calls fail; elsewhere they are readable and name no caller.",
    example="east/shop/DestinationRule/orders: has orders.shop.svc.cluster.local called with TLS mode DISABLE",
    fix="Remove trafficPolicy.tls from the DestinationRule.",
)
KINDS = (PLAINTEXT_ACCEPTED, PLAINTEXT_SENT)

_STRANGER, _STRANGE_PORT = "a-namespace-of-nobody", 1


def findings(context: Context) -> Iterator[Finding]:
    world = context.world
    for mesh in world.meshes.values():
        yield from _weakened(mesh)
        yield from _sent(world, mesh)
        if not mesh.settings.auto_mutual_tls:
            text = "its MeshConfig says enableAutoMtls: false"
            yield Finding(PLAINTEXT_SENT, f"cluster/{mesh.cluster}", text)
    yield from _accepted(world)


def _accepted(world: World) -> Iterator[Finding]:
    """Where no PeerAuthentication says anything."""
    asked = {(cluster, _STRANGER, frozenset[tuple[str, str]](), _STRANGE_PORT) for cluster in world.meshes}
    for instances in world.instances.values():
        for instance in instances:
            if instance.sidecar:
                proxy = instance.proxy
                asked.add((proxy.cluster, proxy.namespace, frozenset(proxy.labels.items()), _STRANGE_PORT))
    for cluster, namespace, labels, port in sorted(asked, key=str):
        accepted = world.tls[cluster].accepted(namespace, dict(labels), port)
        if "/" not in accepted.by and accepted.mode != "STRICT":
            yield Finding(PLAINTEXT_ACCEPTED, f"cluster/{cluster}", accepted.by)


def _weakened(mesh: Mesh) -> Iterator[Finding]:
    """Also where nobody is selected yet."""
    for item in mesh.of("PeerAuthentication"):
        spec = item.manifest.get("spec") or {}
        said = {
            "": spec.get("mtls"),
            **{f" at port {key}": value for key, value in spec.get("portLevelMtls", {}).items()},
        }
        for where, mtls in said.items():
            mode = (mtls or {}).get("mode", "UNSET")
            if mode in ("PERMISSIVE", "DISABLE"):
                yield Finding(PLAINTEXT_ACCEPTED, item.name, f"it says {mode}{where}")


def _sent(world: World, mesh: Mesh) -> Iterator[Finding]:
    guarded = {
        host
        for workload in world.workloads.values()
        if workload.sidecar and workload.outside is None
        for host in names.hosts(workload)
    }
    for rule in mesh.of("DestinationRule"):
        spec, namespace = rule.manifest["spec"], rule.manifest["metadata"]["namespace"]
        policies = [spec.get("trafficPolicy"), *(subset.get("trafficPolicy") for subset in spec.get("subsets") or ())]
        parts = [part for policy in policies if policy for part in (policy, *policy.get("portLevelSettings", ()))]
        modes = {part["tls"].get("mode", "DISABLE") for part in parts if "tls" in part} - {"ISTIO_MUTUAL"}
        host = hosts.full(spec["host"], namespace)
        if modes and any(hosts.covers(host, name) for name in guarded):
            text = f"has {host} called with TLS mode {' and '.join(sorted(modes))}"
            yield Finding(PLAINTEXT_SENT, rule.name, text)
