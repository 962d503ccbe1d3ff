"""What a stack file says about a cluster and its node pools."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from mesh.declaration.spec.existing import Existing
from mesh.declaration.spec.ingress import Ingress
from mesh.declaration.spec.part import AzureProperties, Part
from mesh.declaration.values.addresses import Address, Range
from mesh.declaration.values.azure import KubernetesVersion, ResourceId, Size, Zone
from mesh.declaration.values.naming import Name, PoolName, ResourceName
from mesh.declaration.values.rule import Truth, Whole, number_or_mapping

_MOST_NODES = 1000
"""AKS's limit for one pool."""


_NodeCount = Annotated[Whole, Field(ge=1, le=_MOST_NODES)]


class Nodes(Part):
    minimum: Annotated[Whole, Field(alias="min", ge=0, le=_MOST_NODES)]
    """The fewest nodes."""
    maximum: Annotated[Whole | None, Field(alias="max", ge=1, le=_MOST_NODES)] = None
    """The most nodes. Default: min; then the pool does not scale."""

    @property
    def most(self) -> int:
        return self.minimum if self.maximum is None else self.maximum


class Pool(Part):
    size: Annotated[Size, Field(examples=["Standard_D4s_v5"])]
    """The VM size of its nodes."""
    nodes: Annotated[
        Nodes,
        BeforeValidator(number_or_mapping("min", "3, or {min: 2, max: 10}"), json_schema_input_type=_NodeCount | Nodes),
    ]
    """The number of nodes, or {min, max} for a pool that scales."""
    zones: tuple[Zone, ...] = ()
    """The availability zones of its nodes."""
    kubernetes: Annotated[KubernetesVersion | None, Field(examples=["1.34"])] = None
    """The version of its nodes, if the cluster is upgraded first. Default: the version of the cluster."""
    azure: AzureProperties = {}
    """Properties as Azure's API writes them, merged over the program's (docs/azure-options.md)."""


class EastWest(Part):
    address: Address
    """The address that other networks call: in the network's gateways subnet."""


class PrivateApi(Part):
    """An API server that has a private address alone."""

    zone: ResourceId | Literal["system", "none"] = "system"
    """The private DNS zone of its name: system, made by AKS and linked to the cluster's own network alone; none: its
    name is public, and its address is not; or the id of a zone that is there, which is linked to the networks of all
    that have to reach it."""


def _private(value: Any) -> Any:
    """true stands for the defaults, false for a public API server."""
    if value is True:
        return {}
    return None if value is False else value


class Cluster(Part):
    network: Name
    """The network of its nodes and gateways; no other cluster may use it."""
    existing: Existing | None = None
    """The AKS cluster, where it is there already: it gets Istio and the mesh's objects, and no property of it is
    changed. Its network exists too; pools and kubernetes are its owner's. Default: it is created."""
    kubernetes: Annotated[KubernetesVersion | None, Field(examples=["1.34"])] = None
    """A minor version or an exact one, for the control plane and for pools without their own. Write it in quotes: YAML
    reads 1.30 as 1.3. Required if the cluster is created."""
    pools: dict[PoolName, Pool] = {}
    """Node pools: `system` runs the cluster's own services, the others run workloads. Required if the cluster is
    created."""
    private: Annotated[PrivateApi | None, BeforeValidator(_private, json_schema_input_type=Truth | PrivateApi)] = None
    """Whether its API server has a private address only: true, or {zone}. Only then, and where it is reached from, the
    program can be run. Default: a public address."""
    pod_cidr: Range = Field(default="10.244.0.0/16", validate_default=True)
    """Addresses of pods: a /24 for each node. They are not visible outside, so clusters may use the same range."""
    service_cidr: Range = Field(default="172.16.0.0/16", validate_default=True)
    """Addresses of Kubernetes services. They are not visible outside, so clusters may use the same range."""
    east_west: EastWest | None = None
    """Default: the first address of the network's gateways subnet."""
    ingress: dict[ResourceName, Ingress] = {}
    """Gateways for clients outside the mesh."""
    api_allow_from: Annotated[tuple[Range, ...], Field(max_length=200)] = ()
    """Public ranges that may reach the API server. Default: every address, with credentials."""
    network_policy: Literal["cilium", "azure"] | None = None
    """Which engine enforces Kubernetes' NetworkPolicies; then each workload gets one of its routes, and pods that go
    around their sidecars are stopped too. `cilium` is for new clusters. A cluster that exists is never replaced for it:
    switch its engine on first (docs/network-policies.md). Default: none, and no NetworkPolicies."""
    reader_token: Annotated[Whole, Field(ge=1, le=999)] = 1
    """The number of the token with which the other clusters read this one. The next number renews the token."""
    azure: AzureProperties = {}
    """Properties as Azure's API writes them, merged over the program's (docs/azure-options.md)."""
