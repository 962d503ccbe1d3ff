"""The hosts that sidecars know, held against the routes of their workloads."""

from collections.abc import Iterator

from mesh import names
from mesh.access.instances import Instance
from mesh.access.istio import scoping
from mesh.access.istio.scoping import Scope
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind

UNKNOWN_HOSTS_PASS = Kind(
    code="unknown-hosts-pass",
    severity="error",
    what="Sidecars let calls pass to hosts that they do not know.",
    why="Every workload can then reach anything that the network lets it reach, without any route.",
    example="cluster/east: its MeshConfig says ALLOW_ANY",
    fix="Set outboundTrafficPolicy.mode to REGISTRY_ONLY.",
)
SIDECAR_WIDER_THAN_ROUTES = Kind(
    code="sidecar-wider-than-routes",
    severity="warning",
    what="A sidecar is told of hosts that its workload has no route to.",
    why="Nothing else may hold the caller back where the callee has no sidecar; and proxies grow with what they know.",
    example="east/shop/Sidecar/cart: cart has no route to ledger.finance.svc.cluster.local",
    fix="List only the hosts of the workload's routes in its Sidecar.",
)
ENTRY_KNOWN_TOO_WIDELY = Kind(
    code="entry-known-too-widely",
    severity="note",
    what="A service outside the mesh is exported to namespaces that have no route to it.",
    why="Only the Sidecars of those namespaces then keep their workloads from it.",
    example="east/finance/ServiceEntry/payments: is known in all namespaces",
    fix="List the namespaces of the callers in exportTo.",
)
KINDS = (UNKNOWN_HOSTS_PASS, SIDECAR_WIDER_THAN_ROUTES, ENTRY_KNOWN_TOO_WIDELY)


def findings(context: Context) -> Iterator[Finding]:
    for cluster, mesh in context.world.meshes.items():
        if mesh.settings.outbound == "ALLOW_ANY":
            yield Finding(UNKNOWN_HOSTS_PASS, f"cluster/{cluster}", "its MeshConfig says ALLOW_ANY")
    yield from _of_sidecars(context)
    yield from _of_entries(context)


def _of_sidecars(context: Context) -> Iterator[Finding]:
    needed: dict[str, set[str]] = {}
    for allowance in context.declared.values():
        needed.setdefault(allowance.caller, set()).update(names.hosts(allowance.callee))
    observed = {host for workload in context.plan.environment.observed for host in names.hosts(workload)}
    for name, instances in context.world.instances.items():
        for instance in instances:
            if instance.sidecar:
                scope = scoping.scope(context.world.meshes[instance.proxy.cluster], instance.proxy)
                yield from _of_scope(name, instance, scope, needed.get(name, set()) | observed)


def _of_scope(name: str, instance: Instance, scope: Scope, needed: set[str]) -> Iterator[Finding]:
    by = scope.origin or f"{instance.place}: no Sidecar"
    listed = {host for listener in scope.listeners for namespace, host in listener.imports if namespace != "~"}
    if more := sorted(listed - needed):
        yield Finding(SIDECAR_WIDER_THAN_ROUTES, by, f"{name} has no route to {', '.join(more)}")
    if scope.outbound == "ALLOW_ANY":
        yield Finding(UNKNOWN_HOSTS_PASS, by, f"{name} reaches hosts that it does not know")


def _of_entries(context: Context) -> Iterator[Finding]:
    calling: dict[str, set[str]] = {}
    for allowance in context.declared.values():
        caller = context.world.workloads.get(allowance.caller)
        namespace = caller.namespace if caller else names.INGRESS_NAMESPACE
        for host in names.hosts(allowance.callee):
            calling.setdefault(host, set()).add(namespace)
    for mesh in context.world.meshes.values():
        for entry in mesh.of("ServiceEntry"):
            spec, own = entry.manifest["spec"], entry.manifest["metadata"]["namespace"]
            if spec.get("location") == "MESH_INTERNAL":
                continue
            known = {own if to == "." else to for to in spec.get("exportTo") or mesh.settings.export_services} - {"~"}
            wanted = set().union(*(calling.get(host, set()) for host in spec.get("hosts", ())))
            if more := sorted(known - wanted - {own}):
                where = "all namespaces" if "*" in more else f"namespace {', '.join(more)}"
                yield Finding(ENTRY_KNOWN_TOO_WIDELY, entry.name, f"is known in {where}")
