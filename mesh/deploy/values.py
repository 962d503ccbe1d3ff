"""Values of a plan, into those that the engine takes: outputs, secrets, and text that is put together here."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi
import yaml

from mesh.deploy import registrations, remote_kubeconfigs
from mesh.deploy.registrations import Registered
from mesh.plan.resources import ApiServer, Base64, Kubeconfig, Output, PublicFile, Secret, TextFile


@dataclass(frozen=True)
class Known:
    """Values that only the deployment knows."""

    registered: Mapping[str, Registered]
    """Resources by their names in the plan; more come to be while they are registered."""
    read_file: Callable[[str], str]
    """The contents of a file in the environment's folder of secrets."""

    def resolved(self, value: Any) -> Any:
        """A nested value, with what only the deployment knows in it; secrets as values that Pulumi encrypts."""
        match value:
            case Output():
                return self.registered[value.resource].output(value.property)
            case Secret():
                return pulumi.Output.secret(self.read_file(value.file))
            case PublicFile():
                return self.read_file(value.file)
            case ApiServer():
                return api_server(self.registered[value.resource])[value.part]
            case Kubeconfig():
                credentials = kubeconfig(self.registered[f"cluster/{value.cluster}"])
                token = self.registered[value.token].output("data")
                return remote_kubeconfigs.output(value.cluster, credentials, token)
            case TextFile():
                return pulumi.Output.concat(*map(self.resolved, value.parts))
            case Base64():
                return self.resolved(value.file).apply(lambda text: base64.b64encode(text.encode()).decode())
            case Mapping():
                return {key: self.resolved(item) for key, item in value.items()}
            case list() | tuple():
                return [self.resolved(item) for item in value]
            case _:
                return value


def kubeconfig(cluster: Registered) -> pulumi.Output[str]:
    """The credentials that AKS lists for a cluster. Unknown while it does not exist."""
    # Through the id: known only once the cluster exists, so nobody asks for credentials before.
    credentials = registrations.answer(
        "azure-native:containerservice:listManagedClusterUserCredentials",
        resourceGroupName=cluster.id.apply(lambda identifier: identifier.split("/")[4]),
        resourceName=cluster.id.apply(lambda identifier: identifier.rpartition("/")[2]),
    )
    decoded = credentials.apply(lambda found: base64.b64decode(found["kubeconfigs"][0]["value"]).decode())
    return pulumi.Output.secret(decoded)


def api_server(cluster: Registered) -> dict[str, pulumi.Output[str]]:
    """Public facts of a cluster: `address` and `certificate` (PEM) of its credentials, and `issuer`."""
    listed = kubeconfig(cluster).apply(lambda text: yaml.safe_load(text)["clusters"][0]["cluster"])
    certificate = listed.apply(lambda found: base64.b64decode(found["certificate-authority-data"]).decode())
    return {
        "address": pulumi.Output.unsecret(listed.apply(lambda found: str(found["server"]).rstrip("/"))),
        "certificate": pulumi.Output.unsecret(certificate),
        "issuer": cluster.output("oidcIssuerProfile").apply(lambda profile: (profile or {}).get("issuerURL")),
    }
