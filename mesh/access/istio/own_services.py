"""The Services that a cluster has by itself, which no plan lists: its API server's.

https://kubernetes.io/docs/tasks/run-application/access-api-from-pod/
"""

from collections.abc import Iterator

from mesh.access.istio.hosts import CLUSTER_DOMAIN
from mesh.access.istio.meshes import Mesh
from mesh.plan.resources import KubernetesObject

_NAMESPACE, _NAME = "default", "kubernetes"
_OWN_NAMESPACES = ("kube-system",)


def services(mesh: Mesh) -> Iterator[KubernetesObject]:
    if mesh.named("Service", _NAMESPACE, _NAME) is None:
        manifest = {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": _NAME, "namespace": _NAMESPACE},
            "spec": {"ports": [{"name": "https", "port": 443, "targetPort": 443}]},
        }
        yield KubernetesObject(f"{mesh.cluster}/{_NAMESPACE}/Service/{_NAME}", mesh.cluster, manifest)


def is_of_own_cluster(host: str) -> bool:
    """Whether Istio leads a host to the caller's own cluster, though others have it too.

    istio/istio pilot/pkg/model/cluster_local.go.
    """
    own = tuple(f".{namespace}.{CLUSTER_DOMAIN}" for namespace in _OWN_NAMESPACES)
    return host == f"{_NAME}.{_NAMESPACE}.{CLUSTER_DOMAIN}" or host.endswith(own)
