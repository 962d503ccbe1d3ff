"""Values of a plan, into those that the engine takes: outputs, secrets, and text that is put together here."""

import base64
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pulumi

from mesh.deploy import remote_kubeconfigs
from mesh.deploy.managed_clusters import ManagedClusters
from mesh.deploy.registrations import Registered
from mesh.plan.resources import ApiServer, Base64, Kubeconfig, Output, PublicFile, Secret, TextFile


@dataclass(frozen=True)
class Known:
    """Values that only the deployment knows."""

    registered: Mapping[str, Registered]
    """Resources by their names in the plan; more come to be while they are registered."""
    read_file: Callable[[str], str]
    """The contents of a file in the environment's folder of secrets."""
    clusters: ManagedClusters

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
                return self.clusters[value.cluster].api_server[value.part]
            case Kubeconfig():
                credentials = self.clusters[value.cluster].kubeconfig
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
