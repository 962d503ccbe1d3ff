"""Azure resources of a plan, registered in components that show the environment's parts."""

from collections.abc import Callable, Iterable, Mapping
from graphlib import TopologicalSorter

import pulumi

from mesh.deploy.registrations import Registered
from mesh.deploy.values import Known
from mesh.plan import Plan
from mesh.plan.resources import AzureResource

_TYPES = {"network": "Network", "cluster": "Cluster", "machine": "Machine"}


class Part(pulumi.ComponentResource):
    """A network, cluster or machine, as one node of the resource tree."""

    def __init__(self, kind: str, name: str) -> None:
        super().__init__(f"hybrid-mesh:environment:{_TYPES[kind]}", name, None, None)
        self.register_outputs({})


def components(plan: Plan) -> dict[str, Part]:
    """A component for each part that some resource belongs to, by the name in the plan."""
    named = sorted({resource.component for resource in plan.azure if resource.component})
    return {name: Part(*name.split("/", 1)) for name in named}


def register(
    resources: Iterable[AzureResource],
    components: Mapping[str, Part],
    read_file: Callable[[str], str],
) -> dict[str, Registered]:
    """Registers Azure resources, each after what it depends on; returns them by name."""
    registered: dict[str, Registered] = {}
    known = Known(registered, read_file)
    by_name = {resource.name: resource for resource in resources}
    order = TopologicalSorter({name: resource.depends_on for name, resource in by_name.items()})
    for name in order.static_order():
        resource = by_name[name]
        options = pulumi.ResourceOptions(
            parent=components.get(resource.component),
            depends_on=[registered[needed] for needed in resource.depends_on],
            ignore_changes=list(resource.ignore_changes),
            protect=resource.protect,
        )
        registered[name] = Registered(resource.token, name, known.resolved(resource.properties), options)
    return registered
