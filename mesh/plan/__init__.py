"""The plan: everything that an environment becomes, as plain sorted data that knows what has to be there first."""

from dataclasses import dataclass, replace

from mesh import names
from mesh.model import Environment, Machine
from mesh.plan.resources import AzureResource, KubernetesObject, Release, TextFile, secret_files


@dataclass(frozen=True)
class MachineFiles:
    """The files of a machine. The last one is a script that installs the others."""

    machine: Machine
    files: tuple[TextFile, ...]


@dataclass(frozen=True)
class Plan:
    """Sorted by name; `depends_on` makes the order in which things can be registered."""

    environment: Environment
    azure: tuple[AzureResource, ...]
    releases: tuple[Release, ...]
    objects: tuple[KubernetesObject, ...]
    machines: tuple[MachineFiles, ...]
    """Those with a sidecar; what is on them makes them join."""

    @property
    def deployed(self) -> tuple[AzureResource, ...]:
        """The Azure resources without those of others, after which nothing has to wait."""
        existing = {resource.name for resource in self.azure if resource.existing}
        return tuple(
            replace(resource, depends_on=tuple(name for name in resource.depends_on if name not in existing))
            for resource in self.azure
            if not resource.existing
        )

    @property
    def secret_files(self) -> tuple[str, ...]:
        """The secret files that the plan needs."""
        values = [*(item.manifest for item in self.objects), *(resource.properties for resource in self.azure)]
        return tuple(sorted({file for value in values for file in secret_files(value)}))

    @property
    def without_sidecar(self) -> dict[str, str]:
        """Machines that no policy holds on, such as those with Windows, each with what alone protects it."""
        return {
            machine.name: f"only the security group {names.security_group(machine.network, 'machines')} protects it"
            for machine in self.environment.machines
            if machine not in self.environment.machines_with_sidecar
        }
