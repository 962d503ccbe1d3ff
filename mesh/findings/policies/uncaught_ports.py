"""Ports of machines whose packets never come to the sidecar."""

from collections.abc import Iterator

from mesh.access.istio.interception import EXCLUDED, INBOUND
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind

PORT_AROUND_THE_SIDECAR = Kind(
    code="port-around-the-sidecar",
    severity="error",
    what="The iptables of a machine lead a port of its workload around the sidecar.",
    why="There neither mutual TLS nor a policy holds: everybody whom the network lets come is let in.",
    example="machine/ledger-0: ISTIO_INBOUND_PORTS and ISTIO_LOCAL_EXCLUDE_PORTS leave port 9000 of ledger to the "
    "application",
    fix="Have ISTIO_INBOUND_PORTS name all ports of the workload, and ISTIO_LOCAL_EXCLUDE_PORTS none of them.",
)
KINDS = (PORT_AROUND_THE_SIDECAR,)


def findings(context: Context) -> Iterator[Finding]:
    for name, instances in context.world.instances.items():
        for instance in instances:
            for port in context.world.workloads[name].ports:
                if instance.sidecar and not instance.guards(port.number):
                    text = f"{INBOUND} and {EXCLUDED} leave port {port.number} of {name} to the application"
                    yield Finding(PORT_AROUND_THE_SIDECAR, instance.place, text)
