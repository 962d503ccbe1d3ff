"""What holds for the whole mesh, or for many at once: mutual TLS, what is denied by default, what proxies know."""

from collections.abc import Iterator, Mapping

from mesh import names
from mesh.access.attempts import Request
from mesh.access.declared import Allowance, Pair
from mesh.access.istio import hosts, scoping
from mesh.access.istio.authorization import Call, Source
from mesh.access.istio.meshes import Mesh
from mesh.access.world import World
from mesh.findings import catalogue as kinds
from mesh.findings.finding import Finding

_STRANGER, _STRANGE_PORT = "a-namespace-of-nobody", 1
_NORMALIZATION = "DECODE_AND_MERGE_SLASHES"


def findings(world: World, declared: Mapping[Pair, Allowance]) -> Iterator[Finding]:
    for mesh in world.meshes.values():
        yield from _of_mesh(world, mesh)
        yield from _weakened(mesh)
        yield from _spoken(world, mesh)
        yield from _without_selector(world, mesh)
    yield from _accepted(world)
    yield from _known(world, declared)
    yield from _entries(world, declared)


def _of_mesh(world: World, mesh: Mesh) -> Iterator[Finding]:
    subject = f"cluster/{mesh.cluster}"
    applied = world.policies[mesh.cluster].applying_to(_STRANGER, {})
    if applied.decide(Call(Source(None), _STRANGE_PORT, Request())).outcome != "stops":
        yield Finding(kinds.NO_DENY_BY_DEFAULT, subject, "a workload that no policy selects is open to everybody")
    if mesh.settings.outbound == "ALLOW_ANY":
        yield Finding(kinds.UNKNOWN_HOSTS_PASS, subject, "its MeshConfig says ALLOW_ANY")
    if mesh.settings.normalization != _NORMALIZATION:
        text = f"its MeshConfig says {mesh.settings.normalization}"
        yield Finding(kinds.PATHS_NOT_NORMALIZED, subject, text)
    if not mesh.settings.auto_mutual_tls:
        yield Finding(kinds.PLAINTEXT_SENT, subject, "its MeshConfig says enableAutoMtls: false")


def _without_selector(world: World, mesh: Mesh) -> Iterator[Finding]:
    inhabited = {workload.namespace for workload in world.workloads.values()}
    inhabited |= {gateway.instance.proxy.namespace for gateway in world.gateways}
    for namespace in inhabited - set(world.plan.environment.observing):
        for policy in world.policies[mesh.cluster].applying_to(namespace, {}).policies:
            if policy.action == "ALLOW" and policy.rules:
                yield Finding(kinds.POLICY_FOR_A_NAMESPACE, policy.name, f"holds for everything in {policy.namespace}")


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
            yield Finding(kinds.PLAINTEXT_ACCEPTED, f"cluster/{cluster}", accepted.by)


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
                yield Finding(kinds.PLAINTEXT_ACCEPTED, item.name, f"it says {mode}{where}")


def _spoken(world: World, mesh: Mesh) -> Iterator[Finding]:
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
        if modes and any(hosts.covers(host, one) for one in guarded):
            yield Finding(
                kinds.PLAINTEXT_SENT, rule.name, f"has {host} called with TLS mode {' and '.join(sorted(modes))}"
            )


def _known(world: World, declared: Mapping[Pair, Allowance]) -> Iterator[Finding]:
    needed: dict[str, set[str]] = {}
    for allowance in declared.values():
        needed.setdefault(allowance.caller, set()).update(names.hosts(allowance.callee))
    observed = {host for workload in world.plan.environment.observed for host in names.hosts(workload)}
    for name, instances in world.instances.items():
        for instance in instances:
            if not instance.sidecar:
                continue
            scope = scoping.scope(world.meshes[instance.proxy.cluster], instance.proxy)
            by = scope.origin or f"{instance.place}: no Sidecar"
            listed = {host for listener in scope.listeners for namespace, host in listener.imports if namespace != "~"}
            if more := sorted(listed - needed.get(name, set()) - observed):
                yield Finding(kinds.SIDECAR_WIDER_THAN_ROUTES, by, f"{name} has no route to {', '.join(more)}")
            if scope.outbound == "ALLOW_ANY":
                yield Finding(kinds.UNKNOWN_HOSTS_PASS, by, f"{name} reaches hosts that it does not know")


def _entries(world: World, declared: Mapping[Pair, Allowance]) -> Iterator[Finding]:
    calling: dict[str, set[str]] = {}
    for allowance in declared.values():
        caller = world.workloads.get(allowance.caller)
        namespace = caller.namespace if caller else names.INGRESS_NAMESPACE
        for host in names.hosts(allowance.callee):
            calling.setdefault(host, set()).add(namespace)
    for mesh in world.meshes.values():
        for entry in mesh.of("ServiceEntry"):
            spec, own = entry.manifest["spec"], entry.manifest["metadata"]["namespace"]
            if spec.get("location") == "MESH_INTERNAL":
                continue
            known = {own if to == "." else to for to in spec.get("exportTo") or mesh.settings.export_services} - {"~"}
            wanted = set().union(*(calling.get(host, set()) for host in spec["hosts"]))
            if more := sorted(known - wanted - {own}):
                where = "all namespaces" if "*" in more else f"namespace {', '.join(more)}"
                yield Finding(kinds.ENTRY_KNOWN_TOO_WIDELY, entry.name, f"is known in {where}")
