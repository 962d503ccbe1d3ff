"""Connections: from where to where, and at which port."""

from dataclasses import dataclass

from mesh.access.azure.address_sets import Address


@dataclass(frozen=True)
class Place:
    """Where packets start or end."""

    name: str
    """For texts: `the nodes of cluster east`, `machine ledger-0`."""
    addresses: Address | None
    """None: anywhere on the internet."""
    subnet: str | None = None
    """The id of the subnet whose security group and route table count: of a load balancer's frontend, that of the
    nodes behind it, where the packet arrives with the frontend's address; of a private endpoint, none."""
    interface: str | None = None
    """The id of the network interface or scale set, whose own security group and application groups count too."""


@dataclass(frozen=True)
class Connection:
    source: Place
    destination: Place
    port: int
    protocol: str = "Tcp"
