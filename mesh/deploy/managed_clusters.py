"""AKS clusters, created or of others → their credentials, and facts of their API servers."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import yaml

from mesh.deploy import existing_clusters, registrations
from mesh.deploy.registrations import Registered
from mesh.plan import Plan
from mesh.plan.resources import AzureResource

_CLUSTER = "azure-native:containerservice:ManagedCluster"
_GET = "azure-native:containerservice:getManagedCluster"
_CREDENTIALS = "azure-native:containerservice:listManagedClusterUserCredentials"


@dataclass(frozen=True)
class ManagedCluster:
    id: pulumi.Output[str]
    """Known once the cluster exists; of a cluster of others, once it is found to be as declared."""
    issuer: pulumi.Output[Any]
    network_profile: pulumi.Output[Any]
    resource: Registered | None
    """None where others made it: then the program registers nothing of it."""

    @property
    def kubeconfig(self) -> pulumi.Output[str]:
        """The credentials that AKS lists for a cluster. Unknown while it does not exist."""
        # Through the id: known only once the cluster exists, so nobody asks for credentials before.
        credentials = registrations.answer(
            _CREDENTIALS,
            resourceGroupName=self.id.apply(lambda identifier: identifier.split("/")[4]),
            resourceName=self.id.apply(lambda identifier: identifier.rpartition("/")[2]),
        )
        decoded = credentials.apply(lambda found: base64.b64decode(found["kubeconfigs"][0]["value"]).decode())
        return pulumi.Output.secret(decoded)

    @property
    def api_server(self) -> dict[str, pulumi.Output[Any]]:
        """Public facts: `address` and `certificate` (PEM) of its credentials, and `issuer`."""
        listed = self.kubeconfig.apply(lambda text: yaml.safe_load(text)["clusters"][0]["cluster"])
        certificate = listed.apply(lambda found: base64.b64decode(found["certificate-authority-data"]).decode())
        return {
            "address": pulumi.Output.unsecret(listed.apply(lambda found: str(found["server"]).rstrip("/"))),
            "certificate": pulumi.Output.unsecret(certificate),
            "issuer": self.issuer,
        }


class ManagedClusters:
    """By cluster, of a plan; those that are created, once they are registered."""

    def __init__(self, plan: Plan, registered: Mapping[str, Registered]) -> None:
        self._registered = registered
        facts = {item.name: item for item in plan.azure if item.existing and item.token == _CLUSTER}
        self._existing = {name: _existing(fact) for name, fact in facts.items()}

    def __getitem__(self, cluster: str) -> ManagedCluster:
        name = f"cluster/{cluster}"
        return self._existing.get(name) or _created(self._registered[name])


def _created(resource: Registered) -> ManagedCluster:
    issuer = resource.output("oidcIssuerProfile").apply(_issuer)
    return ManagedCluster(resource.id, issuer, resource.output("networkProfile"), resource)


def _existing(fact: AzureResource) -> ManagedCluster:
    """Read and compared with the plan at every run, so that a preview says what it lacks."""
    asked = {key: fact.properties[key] for key in ("resourceGroupName", "resourceName")}
    found = registrations.answer(_GET, **asked).apply(lambda cluster: _as_declared(fact, cluster))
    return ManagedCluster(
        id=found.apply(lambda _: fact.id),
        issuer=found.apply(lambda cluster: _issuer(cluster.get("oidcIssuerProfile"))),
        network_profile=found.apply(lambda cluster: cluster.get("networkProfile") or {}),
        resource=None,
    )


def _issuer(profile: Mapping[str, Any] | None) -> str | None:
    return (profile or {}).get("issuerURL")


def _as_declared(fact: AzureResource, cluster: Mapping[str, Any]) -> Mapping[str, Any]:
    """Raises RunError where it cannot be used as the stack file says."""
    if lacking := existing_clusters.lacking(fact.properties, cluster):
        lines = "".join(f"\n  {line}" for line in lacking)
        raise pulumi.RunError(f"{fact.name}, which is there already, is not as the stack file needs it:{lines}")
    return cluster
