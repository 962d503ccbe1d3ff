"""Objects that the program does not own, and that change who may call whom, or may."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from mesh.access.istio import meshes
from mesh.plan import Plan
from mesh.review.drift import changes, defaults, expected, releases
from mesh.review.drift.changes import Change, ObjectAddress
from mesh.review.drift.live import Live, Properties, key

DECIDING = {
    "security.istio.io": ("AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"),
    "networking.istio.io": (
        *("DestinationRule", "EnvoyFilter", "Gateway", "ProxyConfig", "ServiceEntry", "Sidecar", "VirtualService"),
        *("WorkloadEntry", "WorkloadGroup"),
    ),
    "extensions.istio.io": ("WasmPlugin", "TrafficExtension"),
    "telemetry.istio.io": ("Telemetry",),
    "gateway.networking.k8s.io": (
        *("Gateway", "GatewayClass", "HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute", "ReferenceGrant"),
        *("BackendTLSPolicy", "ListenerSet"),
    ),
    "networking.k8s.io": ("NetworkPolicy", "Ingress"),
    "cilium.io": ("CiliumNetworkPolicy", "CiliumClusterwideNetworkPolicy"),
    "policy.networking.k8s.io": ("AdminNetworkPolicy", "BaselineAdminNetworkPolicy", "ClusterNetworkPolicy"),
}
"""By group, the kinds that decide about access: istiod reads them, or the network engine of the cluster."""
NOT_JUDGED = frozenset(
    {
        *("EnvoyFilter", "ProxyConfig", "WasmPlugin", "TrafficExtension", "Ingress"),
        *DECIDING["cilium.io"],
        *DECIDING["policy.networking.k8s.io"],
        *(f"{kind}.gateway.networking.k8s.io" for kind in DECIDING["gateway.networking.k8s.io"]),
    }
)
"""What nobody here can follow: it may open anything in its namespace, or, in the root namespace, everywhere."""
REMOTE = "istio/multiCluster"
"""The label of a secret by which an istiod reads another cluster."""
_OF_THE_WHOLE_CLUSTER = ("CiliumClusterwideNetworkPolicy", *DECIDING["policy.networking.k8s.io"])
_EXPOSED = ("LoadBalancer", "NodePort", "ExternalName")


def changed(plan: Plan, live: Live) -> Iterator[Change]:
    made = {(cluster, key(part)) for cluster, part in releases.parts(plan, live)}
    own = {(item.cluster, key(item.manifest)) for item in plan.objects}
    namespaces = {
        (item.cluster, item.manifest["metadata"]["name"])
        for item in plan.objects
        if item.manifest["kind"] == "Namespace"
    }
    for cluster, items in live.objects.items():
        for item in items:
            if (cluster, key(item)) in own | made:
                continue
            namespace = item["metadata"].get("namespace", "")
            if _matters(item) and ((cluster, namespace) in namespaces or _reaches_out(item)):
                change = _change(cluster, item)
                note = f"{change.note}; in the state, so the next update deletes it".removeprefix("; ")
                yield replace(
                    change,
                    expected=expected.of_object(item, plan) or "",
                    note=note if change.subject in live.deployed else change.note,
                )


def _matters(item: Properties) -> bool:
    kind, group = item["kind"], item["apiVersion"].rpartition("/")[0]
    if kind in DECIDING.get(group, ()):
        return True
    if kind == "Secret":
        return bool((item["metadata"].get("labels") or {}).get(REMOTE) == "true")
    spec = item.get("spec") or {}
    return kind == "Service" and (spec.get("type") in _EXPOSED or bool(spec.get("externalIPs")))


def _reaches_out(item: Properties) -> bool:
    """Whether an object holds outside its own namespace: hosts that it tells every namespace, or a gateway's pods."""
    spec, kind = item.get("spec") or {}, item["kind"]
    if (kind == "Gateway" and "istio.io" in item["apiVersion"]) or kind in _OF_THE_WHOLE_CLUSTER:
        return True
    exported = spec.get("exportTo") or ["*"]
    return kind in ("ServiceEntry", "VirtualService", "DestinationRule") and exported != ["."]


def _change(cluster: str, item: Properties) -> Change:
    chosen = {name: value for name, value in defaults.chosen(item, {}).items() if name not in ("data", "stringData")}
    (read,) = meshes.read(cluster, [{"apiVersion": item["apiVersion"], "kind": item["kind"], **chosen}])
    group = item["apiVersion"].rpartition("/")[0]
    qualified = f"{item['kind']}.{group}"
    judged = item["kind"] not in (*NOT_JUDGED, "Secret") and qualified not in NOT_JUDGED
    applied = changes.with_objects([read]) if judged else changes.unchanged
    metadata = item["metadata"]
    address = ObjectAddress(cluster, item["apiVersion"], item["kind"], metadata.get("namespace", ""), metadata["name"])
    return Change(read.name, _kind(item), "unowned", (), applied, "nobody", _note(item), address=address)


def _kind(item: Properties) -> str:
    """With its group where Istio has a kind of the same name."""
    return f"{item['kind']}.gateway" if "gateway.networking.k8s.io" in item["apiVersion"] else str(item["kind"])


def _note(item: Properties) -> str:
    spec: Mapping[str, Any] = item.get("spec") or {}
    match item["kind"]:
        case "Service":
            ports = ", ".join(str(port["port"]) for port in spec.get("ports") or ())
            addresses = f", external addresses {', '.join(spec['externalIPs'])}" if spec.get("externalIPs") else ""
            return f"of type {spec.get('type', 'ClusterIP')} at port {ports}{addresses}"
        case "WorkloadEntry":
            return f"at {spec.get('address')}"
        case "AuthorizationPolicy":
            return str(spec.get("action", "ALLOW"))
        case _:
            return ""
