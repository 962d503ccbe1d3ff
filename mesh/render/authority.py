"""Each cluster's own authority: the secret with which its istiod signs, made of files that no plan holds.

One root vouches for all of them, so that workloads of different clusters take each other's certificates.
"""

from mesh import names
from mesh.model import Cluster, Environment
from mesh.plan.resources import KubernetesObject, Secret
from mesh.render import kubernetes

FILES = ("ca-cert.pem", "ca-key.pem", "cert-chain.pem", "root-cert.pem")
"""As istiod wants them named."""


def objects(environment: Environment) -> tuple[KubernetesObject, ...]:
    return tuple(_secret(cluster) for cluster in environment.clusters)


def secret_name(cluster: Cluster) -> str:
    """Its name in the plan; istiod, without it, would make an authority that no other cluster knows."""
    return kubernetes.object_name(cluster, "Secret", names.SYSTEM_NAMESPACE, names.AUTHORITY_SECRET)


def _secret(cluster: Cluster) -> KubernetesObject:
    files = {file: Secret(names.authority_file(cluster.name, file)) for file in FILES}
    return kubernetes.manifest(
        cluster,
        "v1",
        "Secret",
        names.SYSTEM_NAMESPACE,
        names.AUTHORITY_SECRET,
        body={"type": "Opaque", "stringData": files},
    )
