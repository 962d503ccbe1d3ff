"""What a stack file may say, and every default: one module a section."""

from mesh.declaration.spec.acceptances import Acceptance
from mesh.declaration.spec.approvals import Approval
from mesh.declaration.spec.clusters import Cluster, EastWest, Nodes, Pool, PrivateApi
from mesh.declaration.spec.environment import Environment, NamespaceSettings
from mesh.declaration.spec.existing import Existing
from mesh.declaration.spec.ingress import Ingress, KeyVault, Tls
from mesh.declaration.spec.istio import Canary, Checksums, Istio
from mesh.declaration.spec.json_schema import schema
from mesh.declaration.spec.machines import Machine
from mesh.declaration.spec.networks import Network, Outbound, Peer, Subnet, Subnets
from mesh.declaration.spec.part import Part
from mesh.declaration.spec.routes import Request, Route
from mesh.declaration.spec.stack import Configuration, StackFile
from mesh.declaration.spec.theirs import Theirs
from mesh.declaration.spec.tokens import Jwt
from mesh.declaration.spec.tracing import Tracing, Zipkin
from mesh.declaration.spec.traffic import (
    Abort,
    Connections,
    Delay,
    HeaderMatch,
    Inject,
    KeepAlive,
    Mirror,
    Move,
    Outliers,
    Retries,
    Traffic,
)
from mesh.declaration.spec.workloads import External, Function, Managed, Port, Workload, Zone

__all__ = [
    "Abort",
    "Acceptance",
    "Approval",
    "Canary",
    "Checksums",
    "Cluster",
    "Configuration",
    "Connections",
    "Delay",
    "EastWest",
    "Environment",
    "Existing",
    "External",
    "Function",
    "HeaderMatch",
    "Ingress",
    "Inject",
    "Istio",
    "Jwt",
    "KeepAlive",
    "KeyVault",
    "Machine",
    "Managed",
    "Mirror",
    "Move",
    "NamespaceSettings",
    "Network",
    "Nodes",
    "Outbound",
    "Outliers",
    "Part",
    "Peer",
    "Pool",
    "Port",
    "PrivateApi",
    "Request",
    "Retries",
    "Route",
    "StackFile",
    "Subnet",
    "Subnets",
    "Theirs",
    "Tls",
    "Tracing",
    "Traffic",
    "Workload",
    "Zipkin",
    "Zone",
    "schema",
]
