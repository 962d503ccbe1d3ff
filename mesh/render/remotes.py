"""Clusters, as they know each other: on each the token of an account that may read it, on every other a kubeconfig.

A kubeconfig of AKS would not do: istiod takes no credentials but a token (docs/authority.md).
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

from mesh import names
from mesh.model import Cluster, Environment
from mesh.plan.resources import Kubeconfig, KubernetesObject
from mesh.render import control_plane, kubernetes


def objects(environment: Environment) -> tuple[KubernetesObject, ...]:
    return tuple(_objects(environment))


def _objects(environment: Environment) -> Iterator[KubernetesObject]:
    if len(environment.clusters) > 1:
        yield from (_token(cluster) for cluster in environment.clusters)
    for reader, read in permutations(environment.clusters, 2):
        yield _remote_secret(reader, read)


def _token(cluster: Cluster) -> KubernetesObject:
    """Filled by the cluster's controller manager, for an account that has to be there before."""
    token = kubernetes.manifest(
        cluster,
        "v1",
        "Secret",
        names.SYSTEM_NAMESPACE,
        names.reader_token(cluster),
        annotations={"kubernetes.io/service-account.name": names.READER_ACCOUNT},
        body={"type": "kubernetes.io/service-account-token"},
    )
    return replace(token, depends_on=(kubernetes.release_name(cluster, control_plane.BASE),))


def _remote_secret(reader: Cluster, read: Cluster) -> KubernetesObject:
    """The key in it is what istiod calls the other cluster, and has to be that cluster's own clusterName."""
    token = kubernetes.object_name(read, "Secret", names.SYSTEM_NAMESPACE, names.reader_token(read))
    secret = kubernetes.manifest(
        reader,
        "v1",
        "Secret",
        names.SYSTEM_NAMESPACE,
        names.remote_secret(read),
        labels={"istio/multiCluster": "true"},
        annotations={"networking.istio.io/cluster": read.name},
        body={"type": "Opaque", "stringData": {read.name: Kubeconfig(read.name, token)}},
    )
    # Chart istiod also brings what lets the account read.
    istiods = (kubernetes.release_name(cluster, control_plane.ISTIOD) for cluster in (reader, read))
    return replace(secret, depends_on=(token, *istiods))
