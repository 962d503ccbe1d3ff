"""A plan, registered with the Pulumi engine. What, under which name and after what: all of it is the plan's."""

from collections.abc import Callable

import pulumi

from mesh.deploy import azure, clusters, engines, kubernetes, stack_traces
from mesh.deploy.managed_clusters import ManagedClusters
from mesh.plan import Plan


def register(plan: Plan, read_file: Callable[[str], str]) -> None:
    """Registers everything in a plan, and exports what a reader of the stack wants to find.

    `read_file` tells the contents of a file in the folder of secrets.
    """
    with stack_traces.left_out():
        components = azure.components(plan)
        known = azure.register(plan, components, read_file)
        engines.warn(plan, known.clusters)
        providers = clusters.providers(plan, components, known.clusters)
        kubernetes.register(plan, components, providers, known)
    for name, value in _outputs(plan, known.clusters).items():
        pulumi.export(name, value)


def _outputs(plan: Plan, managed: ManagedClusters) -> dict[str, object]:
    environment = plan.environment
    return {
        "networks": {network.name: ", ".join(map(str, network.space)) for network in environment.networks},
        "clusters": {
            cluster.name: {
                "id": managed[cluster.name].id,
                "eastWestAddress": str(cluster.east_west_address),
                "apiServer": managed[cluster.name].api_server,
            }
            for cluster in environment.clusters
        },
        "machines": {machine.name: str(machine.address) for machine in environment.machines if machine.address},
        "machinesWithoutSidecar": plan.without_sidecar,
        "workloads": len(environment.workloads),
        "routes": len(environment.routes),
    }
