"""Every resource type that the simulated Resource Manager knows, by name."""

from mesh.lab.arm import authorization, identity, resource_groups
from mesh.lab.arm.resource_types import ResourceType
from mesh.lab.servers import Servers


def catalogue(servers: Servers) -> dict[str, ResourceType]:
    """A module of types joins here; those of managed clusters start their API servers by the servers given."""
    kinds = (
        *resource_groups.TYPES,
        *identity.TYPES,
        *authorization.TYPES,
    )
    return {kind.name: kind for kind in kinds}
