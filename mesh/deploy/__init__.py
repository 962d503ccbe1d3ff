"""A plan, registered with the Pulumi engine. What, under which name and after what: all of it is the plan's."""

from collections.abc import Callable, Mapping

import pulumi

from mesh.deploy import azure, clusters, engines, kubernetes, stack_traces, values
from mesh.deploy.registrations import Registered
from mesh.plan import Plan


def register(plan: Plan, read_file: Callable[[str], str]) -> None:
    """Registers everything in a plan, and exports what a reader of the stack wants to find.

    `read_file` tells the contents of a file in the folder of secrets.
    """
    with stack_traces.left_out():
        components = azure.components(plan)
        registered = azure.register(plan.azure, components, read_file)
        engines.warn(plan, registered)
        providers = clusters.providers(plan, components, registered)
        kubernetes.register(plan, components, providers, values.Known(registered, read_file))
    for name, value in _outputs(plan, registered).items():
        pulumi.export(name, value)


def _outputs(plan: Plan, registered: Mapping[str, Registered]) -> dict[str, object]:
    environment = plan.environment
    return {
        "networks": {network.name: ", ".join(map(str, network.space)) for network in environment.networks},
        "clusters": {
            cluster.name: {
                "id": registered[f"cluster/{cluster.name}"].id,
                "eastWestAddress": str(cluster.east_west_address),
                "apiServer": values.api_server(registered[f"cluster/{cluster.name}"]),
            }
            for cluster in environment.clusters
        },
        "machines": {machine.name: str(machine.address) for machine in environment.machines if machine.address},
        "machinesWithoutSidecar": plan.without_sidecar,
        "workloads": len(environment.workloads),
        "routes": len(environment.routes),
    }
