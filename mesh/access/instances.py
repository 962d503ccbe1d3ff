"""What runs somewhere and sends or takes packets: a workload at one of its places, or the pods of a gateway."""

from dataclasses import dataclass

from mesh import model
from mesh.access.connections import Place
from mesh.access.istio import interception
from mesh.access.istio.interception import Interception
from mesh.access.istio.meshes import Proxy


@dataclass(frozen=True, eq=False)
class Instance:
    """A workload at one of its places, or the pods of a gateway."""

    workload: str
    place: str
    """As in a Way: `cluster/east`, `machine/ledger-0`."""
    proxy: Proxy
    """Its proxy as istiod sees it; for a machine, according to its files."""
    sidecar: bool
    principal: str | None
    """The principal in its certificate; None without a sidecar."""
    here: Place
    """Its addresses as its own cluster sees them."""
    outside: Place
    """Its addresses as all others see them."""
    machine: model.Machine | None = None
    interception: Interception = interception.EVERYTHING

    def guards(self, port: int) -> bool:
        """Whether a sidecar gets what is sent to a port of its own; else the application does."""
        return self.sidecar and self.interception.catches(port)
