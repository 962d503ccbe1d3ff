"""Paths of the lab: one folder in the project, safe to delete when no server runs."""

import os
from dataclasses import dataclass
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
"""The folder that holds the package `mesh`: a checkout, or where it is installed."""


def project() -> Path:
    """The folder of Pulumi.yaml and of the stack files: the checkout; of an installed package, where one works."""
    if (CHECKOUT / "Pulumi.yaml").exists():
        return CHECKOUT
    here = Path.cwd()
    return next((folder for folder in (here, *here.parents) if (folder / "Pulumi.yaml").exists()), here)


@dataclass(frozen=True)
class Lab:
    root: Path

    @property
    def binaries(self) -> Path:
        return self.root / "bin"

    @property
    def pulumi_home(self) -> Path:
        """PULUMI_HOME: plugins and settings of the lab's engine, apart from the user's own."""
        return self.root / "pulumi"

    @property
    def state(self) -> Path:
        """The folder of the file backend."""
        return self.root / "state"

    @property
    def database(self) -> Path:
        """The simulated Resource Manager's SQLite file."""
        return self.root / "azure.db"

    @property
    def servers(self) -> Path:
        """Keys, data, logs and process ids of etcd and the API servers."""
        return self.root / "servers"

    @property
    def kubeconfigs(self) -> Path:
        return self.root / "kubeconfigs"

    @property
    def authority(self) -> Path:
        """The root of trust of everything in the lab."""
        return self.root / "authority"

    @property
    def secrets(self) -> Path:
        """Secrets of the deployment, a folder for each environment."""
        return self.root / "secrets"

    @property
    def clients(self) -> Path:
        """Certificates of clients, to try ingress gateways with; a folder for each environment."""
        return self.root / "clients"

    @property
    def environment_file(self) -> Path:
        """The file to source in a shell, to use the plain Pulumi CLI with the lab."""
        return self.root / "env"


def lab() -> Lab:
    """The lab that the environment variable HYBRID_MESH_LAB names, else `.lab` in the project."""
    return Lab(Path(os.environ.get("HYBRID_MESH_LAB") or project() / ".lab").resolve())
