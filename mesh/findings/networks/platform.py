"""Connections that AKS needs: between nodes and pods, for load balancers, and to the internet.

https://learn.microsoft.com/azure/aks/azure-cni-overlay
"""

from collections.abc import Iterator
from itertools import product

from mesh.access.azure.address_sets import HOST
from mesh.access.connections import Place
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind

PLATFORM_IS_CUT_OFF = Kind(
    code="platform-is-cut-off",
    severity="error",
    what="A security group stops what AKS itself needs between the nodes and pods of a cluster, or for its load "
    "balancers.",
    why="Nodes become NotReady, or load balancers take them out, and everything on them is gone.",
    example="nsg/east/nodes: deny-virtual-network: the nodes of cluster east → the pods of cluster east: "
    "10.10.0.0/22 → 10.244.0.0/16:10250 is denied by deny-virtual-network (priority 4096)",
    fix="Allow what the cluster needs: node to node, node to pod, pod to pod, and probes of AzureLoadBalancer.",
)
KINDS = (PLATFORM_IS_CUT_OFF,)

_KUBELET, _DNS, _HTTPS, _PROBES = 10250, 53, 443, 15021


def findings(context: Context) -> Iterator[Finding]:
    """Checked by one port of each kind."""
    world = context.world
    internet, probes = Place("the internet", None), Place("Azure's health probes", HOST)
    for cluster in world.meshes:
        for pods, nodes in world.places.of_pods(cluster):
            needed = [
                *product((nodes,), (nodes, pods), ((_KUBELET, "Tcp"), (_DNS, "Udp"))),
                *product((pods,), (pods,), ((_KUBELET, "Tcp"), (_DNS, "Udp"))),
                (probes, nodes, (_PROBES, "Tcp")),
                (nodes, internet, (_HTTPS, "Tcp")),
            ]
            for source, destination, (port, protocol) in needed:
                steps = world.networks.passage(source, destination, port, protocol)
                for step in [step for step in steps if step.outcome != "passes" and step.judged][-1:]:
                    text = f"{source.name} → {destination.name}: {step.text}"
                    yield Finding(PLATFORM_IS_CUT_OFF, step.by, text)
