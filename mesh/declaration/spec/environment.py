"""A whole environment, as a stack file says it."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from mesh.declaration.spec.acceptances import Acceptance
from mesh.declaration.spec.approvals import Approval
from mesh.declaration.spec.clusters import Cluster
from mesh.declaration.spec.istio import Istio
from mesh.declaration.spec.machines import Machine
from mesh.declaration.spec.networks import Network
from mesh.declaration.spec.part import Part, one_or_several
from mesh.declaration.spec.routes import Route
from mesh.declaration.spec.theirs import Theirs
from mesh.declaration.spec.tracing import Tracing
from mesh.declaration.spec.traffic import Traffic
from mesh.declaration.spec.workloads import Workload
from mesh.declaration.values.azure import Region, ResourceGroup, SshKey, Tags
from mesh.declaration.values.includes import IncludePattern
from mesh.declaration.values.naming import Name, Namespace, NetworkName, ResourceName
from mesh.declaration.values.rule import Truth
from mesh.model import AccessLogs, Enforcement


class NamespaceSettings(Part):
    enforcement: Enforcement = "enforce"
    """observe lets undeclared calls pass and reports them; enforce refuses them."""
    team: Name | None = None
    """The team whose file declares what is in it: teams/shop.yaml is of team shop. Default: the stack file alone."""


class Environment(Part):
    location: Annotated[Region, Field(examples=["westeurope"])]
    """The Azure region."""
    istio: Istio
    """The version and the settings of Istio."""
    resource_group: ResourceGroup | None = None
    """A resource group that is there already, for all that is created. Default: one of its own, called
    hybrid-mesh-ENVIRONMENT."""
    ssh_key: SshKey | None = None
    """The public SSH key of created machines."""
    production: Truth = False
    """Whether customers depend on it. Then it is protected, and injected faults are refused."""
    tags: Annotated[Tags, Field(max_length=45)] = {}
    """Tags of every Azure resource."""
    networks: dict[NetworkName, Network] = {}
    """Networks, by name."""
    clusters: dict[ResourceName, Cluster] = {}
    """AKS clusters, by name."""
    machines: dict[ResourceName, Machine] = {}
    """Virtual machines, by name."""
    workloads: dict[Name, Workload] = {}
    """Workloads, by name: services, databases, functions, outside services."""
    groups: dict[Name, Annotated[tuple[Name, ...], Field(min_length=1)]] = {}
    """Workloads that routes name together, as group/NAME: {identity: [login, accounts]}."""
    include: Annotated[tuple[IncludePattern, ...], BeforeValidator(one_or_several)] = ()
    """Files of teams, below the folder of the stack file, such as [teams/*.yaml]: each has workloads, routes and
    traffic of the team that it is called after."""
    routes: tuple[Route, ...] = ()
    """Who may call whom. Every other call is denied."""
    traffic: dict[Name, Traffic] = {}
    """Timeouts, retries, splits and more, by the name of the called workload."""
    namespaces: dict[Namespace, NamespaceSettings] = {}
    """Settings of Kubernetes namespaces, by name."""
    tracing: Tracing | None = None
    """Traces of requests, by Zipkin. Default: none."""
    access_logs: AccessLogs = "none"
    """The requests that sidecars and gateways log: none, errors or all."""
    accept: tuple[Acceptance, ...] = ()
    """Findings that you know and accept, each with a reason."""
    approve: tuple[Approval, ...] = ()
    """Access that you let a change widen, each with a reason and a last day."""
    theirs: tuple[Theirs, ...] = ()
    """Fields that others keep, such as a tag that a policy sets: no drift, and left alone."""
    protect: Truth | None = None
    """Whether Pulumi refuses to delete or replace clusters, networks and WorkloadGroups. Default: the value of
    `production`."""
