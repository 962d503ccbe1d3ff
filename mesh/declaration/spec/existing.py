"""What a stack file says of a thing that others made."""

from mesh.declaration.spec.part import Part
from mesh.declaration.values.azure import AzureName, ResourceGroup, ResourceId, Subscription


class Existing(Part):
    """Where a thing is that others made: its id; or its group and name. It is used, and never changed."""

    id: ResourceId | None = None
    """Its resource id. It stands alone."""
    subscription: Subscription | None = None
    """Its subscription. Default: the environment's."""
    group: ResourceGroup | None = None
    """Its resource group."""
    name: AzureName | None = None
    """Its name in Azure."""
