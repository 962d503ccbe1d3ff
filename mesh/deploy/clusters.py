"""Each cluster's Kubernetes provider, from the credentials that AKS lists for it."""

import base64
from collections.abc import Mapping

import pulumi
import pulumi_azure_native as azure_native
import pulumi_kubernetes

from mesh import names
from mesh.plan import Plan


def providers(
    plan: Plan,
    components: Mapping[str, pulumi.Resource],
    registered: Mapping[str, pulumi.Resource],
) -> dict[str, pulumi_kubernetes.Provider]:
    """By cluster. Unknown, and good for a preview all the same, while the cluster does not exist."""
    group = names.resource_group(plan.environment.name)
    return {
        cluster.name: _provider(group, cluster.name, components, registered) for cluster in plan.environment.clusters
    }


def _provider(
    group: str,
    cluster: str,
    components: Mapping[str, pulumi.Resource],
    registered: Mapping[str, pulumi.Resource],
) -> pulumi_kubernetes.Provider:
    managed = registered[f"cluster/{cluster}"]
    assert isinstance(managed, azure_native.containerservice.ManagedCluster)
    credentials = azure_native.containerservice.list_managed_cluster_user_credentials_output(
        resource_group_name=group,
        # Through the id: known only once the cluster exists, so nobody asks for credentials before.
        resource_name=managed.id.apply(lambda identifier: identifier.rpartition("/")[2]),
    )
    kubeconfig = credentials.kubeconfigs.apply(lambda found: base64.b64decode(found[0].value).decode())
    secret: pulumi.Output[str] = pulumi.Output.secret(kubeconfig)
    return pulumi_kubernetes.Provider(
        f"kubernetes/{cluster}",
        kubeconfig=secret,
        # A renewed kubeconfig is still the same cluster: without this the engine would replace all that is on it.
        cluster_identifier=managed.id,
        enable_server_side_apply=True,
        # What somebody changed by hand is put back, rather than refused as a conflict of field managers.
        enable_patch_force=True,
        opts=pulumi.ResourceOptions(parent=components[f"cluster/{cluster}"]),
    )
