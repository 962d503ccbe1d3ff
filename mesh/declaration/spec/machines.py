"""What a stack file says about a machine."""

from typing import Annotated

from pydantic import Field

from mesh.declaration.spec.part import AzureProperties, Part
from mesh.declaration.values.addresses import Address
from mesh.declaration.values.azure import Image, Size, Zone
from mesh.declaration.values.naming import Name
from mesh.declaration.values.rule import Truth, Whole


class Machine(Part):
    """One machine with an address, or a scale set: several equal machines, which come and go."""

    network: Name
    """The network that it is in."""
    address: Annotated[Address | None, Field(examples=["10.30.0.10"])] = None
    """Its static address, in the network's machines subnet. Required, except for a scale set."""
    instances: Annotated[Whole | None, Field(ge=1, le=100)] = None
    """The number of machines of a scale set. Default: it is a single machine."""
    joins: Name | None = None
    """The cluster that gives it configuration and certificates. Default: the only cluster."""
    existing: Truth = False
    """Whether the machine exists already: then it joins the mesh and is not created."""
    size: Annotated[Size | None, Field(examples=["Standard_D2s_v5"])] = None
    """The VM size. Required if the machine is created."""
    image: Image = "Canonical:ubuntu-24_04-lts:server:latest"
    """publisher:offer:sku:version of a marketplace image."""
    zone: Zone | None = None
    """The availability zone."""
    internet: Truth = False
    """Whether a machine without a sidecar may call the internet, for updates and backups. A machine with a sidecar
    always may, because it must reach its cluster's API server."""
    azure: AzureProperties = {}
    """Properties as Azure's API writes them, merged over the program's (docs/azure-options.md)."""
