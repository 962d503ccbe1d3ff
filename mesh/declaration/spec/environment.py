"""A whole environment, as a stack file says it."""

from typing import Annotated

from pydantic import Field

from mesh.declaration.spec.acceptances import Acceptance
from mesh.declaration.spec.clusters import Cluster
from mesh.declaration.spec.istio import Istio
from mesh.declaration.spec.machines import Machine
from mesh.declaration.spec.networks import Network
from mesh.declaration.spec.part import Part
from mesh.declaration.spec.routes import Route
from mesh.declaration.spec.tracing import Tracing
from mesh.declaration.spec.traffic import Traffic
from mesh.declaration.spec.workloads import Workload
from mesh.declaration.values.azure import Region, SshKey, Tags
from mesh.declaration.values.naming import Name, Namespace, NetworkName, ResourceName
from mesh.declaration.values.rule import Truth
from mesh.model import AccessLogs, Enforcement


class NamespaceSettings(Part):
    enforcement: Enforcement = "enforce"
    """observe lets calls pass that no route declares, and reports them; enforce refuses them."""


class Environment(Part):
    location: Annotated[Region, Field(examples=["westeurope"])]
    """The Azure region."""
    istio: Istio
    """The mesh."""
    ssh_key: SshKey | None = None
    """The public key that opens the machines that are created."""
    production: Truth = False
    """Whether customers depend on it: it is protected, and nothing that makes calls fail on purpose is taken."""
    tags: Annotated[Tags, Field(max_length=45)] = {}
    """Tags of every Azure resource."""
    networks: dict[NetworkName, Network] = {}
    """Networks, by name."""
    clusters: dict[ResourceName, Cluster] = {}
    """AKS clusters, by name."""
    machines: dict[ResourceName, Machine] = {}
    """Virtual machines, by name."""
    workloads: dict[Name, Workload] = {}
    """What calls and is called, by name."""
    routes: tuple[Route, ...] = ()
    """Who may call whom. What is not listed is denied."""
    traffic: dict[Name, Traffic] = {}
    """How workloads are called, by the name of the workload that is called."""
    namespaces: dict[Namespace, NamespaceSettings] = {}
    """How routes to the workloads of a namespace are enforced, by the namespace."""
    tracing: Tracing | None = None
    """Traces of requests, by Zipkin. Default: none."""
    access_logs: AccessLogs = "none"
    """Which requests sidecars and gateways write to their logs: none, errors or all."""
    accept: tuple[Acceptance, ...] = ()
    """Findings that are known and stay, each for a reason."""
    protect: Truth | None = None
    """Whether Pulumi refuses to delete or replace clusters, networks and the groups of machines. Default: whether it is
    in production."""
