"""Makes Kubernetes objects of a plan: cluster, name, and name in the state."""

from collections.abc import Mapping
from typing import Any

from mesh.model import Cluster
from mesh.plan.resources import KubernetesObject

NETWORKING = "networking.istio.io/v1"
RBAC = "rbac.authorization.k8s.io/v1"
OWN_GROUPS = frozenset({"v1", RBAC})
"""There before any release, and known to Pulumi by their kinds."""
NETWORK_POLICIES = "networking.k8s.io/v1"
SECRETS_STORE = "secrets-store.csi.x-k8s.io/v1"
OF_THE_CLUSTER = OWN_GROUPS | {NETWORK_POLICIES, SECRETS_STORE}
"""There as soon as the cluster is; every other group here is one of Istio's, whose kinds its webhook checks."""


def manifest(
    cluster: Cluster,
    api_version: str,
    kind: str,
    namespace: str | None,
    name: str,
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
    body: Mapping[str, Any] | None = None,
) -> KubernetesObject:
    """An object; `body` is everything beside its metadata, `namespace` is None for what belongs to the cluster."""
    return KubernetesObject(
        name=object_name(cluster, kind, namespace, name),
        cluster=cluster.name,
        manifest={
            "apiVersion": api_version,
            "kind": kind,
            "metadata": {
                "name": name,
                **({"namespace": namespace} if namespace else {}),
                **({"labels": dict(labels)} if labels else {}),
                **({"annotations": dict(annotations)} if annotations else {}),
            },
            **(body or {}),
        },
    )


def object_name(cluster: Cluster, kind: str, namespace: str | None, name: str) -> str:
    """Its identity in the state, such as east/shop/Service/orders."""
    return "/".join(part for part in (cluster.name, namespace, kind, name) if part)


def release_name(cluster: Cluster, release: str) -> str:
    return f"{cluster.name}/release/{release}"
