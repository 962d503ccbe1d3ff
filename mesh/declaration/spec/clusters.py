"""What a stack file says about a cluster and its node pools."""

from typing import Annotated

from pydantic import BeforeValidator, Field

from mesh.declaration.spec.ingress import Ingress
from mesh.declaration.spec.part import Part
from mesh.declaration.values.addresses import Address, Range
from mesh.declaration.values.azure import KubernetesVersion, Size, Zone
from mesh.declaration.values.naming import Name, PoolName, ResourceName
from mesh.declaration.values.rule import Whole, number_or_mapping

_MOST_NODES = 1000
"""Of a pool, by AKS."""


_NodeCount = Annotated[Whole, Field(ge=1, le=_MOST_NODES)]


class Nodes(Part):
    minimum: Annotated[Whole, Field(alias="min", ge=0, le=_MOST_NODES)]
    """The fewest nodes."""
    maximum: Annotated[Whole | None, Field(alias="max", ge=1, le=_MOST_NODES)] = None
    """The most nodes. Default: min, so that the pool does not scale by itself."""

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
    """How many: a number, or {min, max} where the pool scales by itself."""
    zones: tuple[Zone, ...] = ()
    """Availability zones to spread over."""
    kubernetes: Annotated[KubernetesVersion | None, Field(examples=["1.34"])] = None
    """The version of its nodes, while the cluster is upgraded before them. Default: the cluster's."""


class EastWest(Part):
    address: Address
    """Where the other networks reach the cluster: an address in the network's gateways subnet."""


class Cluster(Part):
    network: Name
    """The network of its nodes and gateways; no other cluster may use it."""
    kubernetes: Annotated[KubernetesVersion, Field(examples=["1.34"])]
    """A minor version, or an exact one: of the control plane, and of pools that say nothing else. In quotes: YAML
    reads 1.30 as 1.3."""
    pools: Annotated[dict[PoolName, Pool], Field(json_schema_extra={"required": ["system"]})]
    """Node pools: `system` runs what the cluster itself needs, the others run workloads."""
    pod_cidr: Range = Field(default="10.244.0.0/16", validate_default=True)
    """Addresses of pods: a /24 for each node, never seen outside, so clusters may use the same."""
    service_cidr: Range = Field(default="172.16.0.0/16", validate_default=True)
    """Addresses of Kubernetes services, never seen outside, so clusters may use the same."""
    east_west: EastWest | None = None
    """Default: the first address of the network's gateways subnet."""
    ingress: dict[ResourceName, Ingress] = {}
    """Gateways that clients outside the mesh call."""
    api_allow_from: Annotated[tuple[Range, ...], Field(max_length=200)] = ()
    """Public ranges that may reach the API server. Default: all, with credentials."""
    reader_token: Annotated[Whole, Field(ge=1, le=999)] = 1
    """Which token the other clusters read this one with: the next number renews it."""
