"""Every resource type that the simulated Resource Manager knows, by name."""

from mesh.lab.arm import authorization, identity, key_vault, postgres, resource_groups
from mesh.lab.arm.compute import virtual_machine_extensions, virtual_machine_scale_sets, virtual_machines
from mesh.lab.arm.containers import agent_pools, managed_clusters
from mesh.lab.arm.network import (
    nat_gateways,
    network_interfaces,
    peerings,
    private_dns,
    private_endpoints,
    public_addresses,
    route_tables,
    security_groups,
    subnets,
    virtual_networks,
)
from mesh.lab.arm.resource_types import ResourceType
from mesh.lab.servers import Servers

_WITHOUT_SERVERS = (
    *resource_groups.TYPES,
    *nat_gateways.TYPES,
    *network_interfaces.TYPES,
    *peerings.TYPES,
    *private_endpoints.TYPES,
    *public_addresses.TYPES,
    *route_tables.TYPES,
    *security_groups.TYPES,
    *subnets.TYPES,
    *virtual_networks.TYPES,
    *identity.TYPES,
    *authorization.TYPES,
    *agent_pools.TYPES,
    *virtual_machines.TYPES,
    *virtual_machine_extensions.TYPES,
    *virtual_machine_scale_sets.TYPES,
    *private_dns.TYPES,
    *postgres.TYPES,
    *key_vault.TYPES,
)
"""A module of types joins here."""


def catalogue(servers: Servers) -> dict[str, ResourceType]:
    """All types; managed clusters start their API servers by the servers given."""
    return {kind.name: kind for kind in (*_WITHOUT_SERVERS, managed_clusters.managed_clusters(servers))}


def replaced_when_changed(type_name: str) -> tuple[str, ...]:
    """The inputs of a type that make another resource when they change."""
    if type_name == managed_clusters.CLUSTER_TYPE:
        return managed_clusters.REPLACED_WHEN_CHANGED
    return next((kind.replaced_when_changed for kind in _WITHOUT_SERVERS if kind.name == type_name), ())
