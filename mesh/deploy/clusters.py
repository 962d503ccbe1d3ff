"""Each cluster's Kubernetes provider, from the credentials that AKS lists for it."""

from collections.abc import Mapping

import pulumi
import pulumi_kubernetes

from mesh.deploy.managed_clusters import ManagedClusters
from mesh.plan import Plan


def providers(
    plan: Plan,
    components: Mapping[str, pulumi.Resource],
    managed: ManagedClusters,
) -> dict[str, pulumi_kubernetes.Provider]:
    """The kubeconfig of each cluster. It is unknown until the cluster exists; a preview works without it."""
    return {cluster.name: _provider(cluster.name, components, managed) for cluster in plan.environment.clusters}


def _provider(
    cluster: str,
    components: Mapping[str, pulumi.Resource],
    managed: ManagedClusters,
) -> pulumi_kubernetes.Provider:
    return pulumi_kubernetes.Provider(
        f"kubernetes/{cluster}",
        kubeconfig=managed[cluster].kubeconfig,
        # A renewed kubeconfig is still the same cluster: without this the engine would replace all that is on it.
        cluster_identifier=managed[cluster].id,
        enable_server_side_apply=True,
        # What somebody changed by hand is put back, rather than refused as a conflict of field managers.
        enable_patch_force=True,
        # A secret that changes stays: deleted and made anew, istiod would lose a cluster, or its authority, in between.
        enable_secret_mutable=True,
        opts=pulumi.ResourceOptions(parent=components[f"cluster/{cluster}"]),
    )
