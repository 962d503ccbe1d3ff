"""Istio's objects and a mesh of them, in short."""

from collections.abc import Mapping
from typing import Any

from mesh.access.istio.meshes import Mesh, Settings
from mesh.plan.resources import KubernetesObject

GROUPS = {
    "AuthorizationPolicy": "security.istio.io/v1",
    "PeerAuthentication": "security.istio.io/v1",
    "DestinationRule": "networking.istio.io/v1",
    "Gateway": "networking.istio.io/v1",
    "ServiceEntry": "networking.istio.io/v1",
    "Sidecar": "networking.istio.io/v1",
    "VirtualService": "networking.istio.io/v1",
    "Deployment": "apps/v1",
    "Service": "v1",
}


def item(kind: str, place: str, spec: Mapping[str, Any] | None, **metadata: Any) -> KubernetesObject:
    """`place` is namespace/name."""
    namespace, name = place.split("/")
    manifest = {
        "apiVersion": GROUPS[kind],
        "kind": kind,
        "metadata": {"namespace": namespace, "name": name, **metadata},
        "spec": spec,
    }
    return KubernetesObject(f"east/{namespace}/{kind}/{name}", "east", manifest)


def mesh(*objects: KubernetesObject, **settings: Any) -> Mesh:
    return Mesh("east", Settings(**settings), objects)
