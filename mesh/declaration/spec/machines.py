"""What a stack file says about a machine."""

from typing import Annotated

from pydantic import Field

from mesh.declaration.spec.part import Part
from mesh.declaration.values.addresses import Address
from mesh.declaration.values.azure import Image, Size, Zone
from mesh.declaration.values.naming import Name
from mesh.declaration.values.rule import Truth, Whole


class Machine(Part):
    """One machine at an address, or a scale set: several alike, which come and go."""

    network: Name
    """The network it stands in."""
    address: Annotated[Address | None, Field(examples=["10.30.0.10"])] = None
    """Its static address, in the network's machines subnet; needed but for a scale set."""
    instances: Annotated[Whole | None, Field(ge=1, le=100)] = None
    """How many machines a scale set has. Default: it is a single machine, at its address."""
    joins: Name | None = None
    """The cluster that it gets its configuration and certificates from. Default: the only one."""
    existing: Truth = False
    """Whether it is there already, and is joined but not created."""
    size: Annotated[Size | None, Field(examples=["Standard_D2s_v5"])] = None
    """The VM size; needed where the machine is created."""
    image: Image = "Canonical:ubuntu-24_04-lts:server:latest"
    """publisher:offer:sku:version of a marketplace image."""
    zone: Zone | None = None
    """The availability zone."""
    internet: Truth = False
    """Whether it may call out to the internet, where no sidecar runs on it: to updates, backups, and whatever else is
    there. One with a sidecar always may, to reach its cluster's API server."""
