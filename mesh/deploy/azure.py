"""Azure resources of a plan, registered through azure-native's SDK, in components that show the environment's parts."""

import copy
from collections.abc import Callable, Iterable, Mapping
from graphlib import TopologicalSorter

import pulumi
import pulumi_azure_native
from pulumi._types import input_type_py_to_pulumi_names  # no public one

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
    *,
    keep_type_aliases: bool,
) -> dict[str, pulumi.Resource]:
    """Registers Azure resources, each after what it depends on; returns them by name."""
    registered: dict[str, pulumi.Resource] = {}
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
            transformations=[] if keep_type_aliases else [_without_type_aliases],
        )
        registered[name] = _registered(resource, known, options)
    return registered


def _registered(
    resource: AzureResource,
    known: Known,
    options: pulumi.ResourceOptions,
) -> pulumi.Resource:
    _, module_name, type_name = resource.token.split(":")
    module = getattr(pulumi_azure_native, module_name)
    inputs = getattr(module, f"{type_name}InitArgs", None) or getattr(module, f"{type_name}Args")
    python_names = {spelled: python for python, spelled in input_type_py_to_pulumi_names(inputs).items()}
    python_names["resourceName"] = "resource_name_"  # the SDK's own first parameter is called resource_name
    properties = {python_names[key]: known.resolved(value) for key, value in resource.properties.items()}
    registration: pulumi.Resource = getattr(module, type_name)(resource.name, options, **properties)
    return registration


def _without_type_aliases(
    arguments: pulumi.ResourceTransformationArgs,
) -> pulumi.ResourceTransformationResult:
    """Drops the aliases that azure-native gives each type for every API version there ever was (60 for an NSG).

    They matter only to state made with version-pinned types, and are most of a program's time (docs/adr/0003).
    Aliases of our own are kept.
    """
    options = copy.copy(arguments.opts)
    options.aliases = [alias for alias in options.aliases or [] if not _is_of_type(alias)]
    return pulumi.ResourceTransformationResult(arguments.props, options)


def _is_of_type(alias: pulumi.Input[str | pulumi.Alias]) -> bool:
    return isinstance(alias, pulumi.Alias) and str(alias.type_).startswith("azure-native:")
