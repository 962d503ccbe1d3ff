"""Azure resources of a plan, registered in components that show the environment's parts."""

from collections.abc import Callable, Mapping
from graphlib import TopologicalSorter

import pulumi

from mesh.deploy import registrations
from mesh.deploy.managed_clusters import ManagedClusters
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
    """A component for each part that some resource belongs to, and each cluster, by the name in the plan."""
    clusters = {f"cluster/{cluster.name}" for cluster in plan.environment.clusters}
    named = sorted({resource.component for resource in plan.deployed if resource.component} | clusters)
    return {name: Part(*name.split("/", 1)) for name in named}


def register(plan: Plan, components: Mapping[str, Part], read_file: Callable[[str], str]) -> Known:
    """Registers a plan's Azure resources, each after what it depends on; returns what is known then."""
    registered: dict[str, Registered] = {}
    known = Known(registered, read_file, ManagedClusters(plan, registered))
    elsewhere = _Subscriptions(plan.environment.subscription)
    by_name = {resource.name: resource for resource in plan.deployed}
    order = TopologicalSorter({name: resource.depends_on for name, resource in by_name.items()})
    for name in order.static_order():
        resource = by_name[name]
        options = pulumi.ResourceOptions(
            parent=components.get(resource.component),
            provider=elsewhere.provider(resource),
            depends_on=[registered[needed] for needed in resource.depends_on],
            ignore_changes=list(resource.ignore_changes),
            protect=resource.protect,
        )
        registered[name] = Registered(resource.token, name, known.resolved(resource.properties), options)
    return known


class _Subscriptions:
    """Providers for the subscriptions of others in which something is made."""

    def __init__(self, own: str) -> None:
        self._own = own
        self._providers: dict[str, pulumi.ProviderResource] = {}

    def provider(self, resource: AzureResource) -> pulumi.ProviderResource | None:
        """None: the stack's own. The id of a role assignment has its scope's subscription, whatever the provider's."""
        subscription = resource.id.split("/")[2].lower()
        if subscription == self._own.lower() or resource.token.endswith(":RoleAssignment"):
            return None
        if subscription not in self._providers:
            name, settings = f"azure/{subscription}", {"subscriptionId": subscription}
            versioned = pulumi.ResourceOptions(version=registrations.version(resource.token))
            self._providers[subscription] = pulumi.ProviderResource("azure-native", name, settings, versioned)
        return self._providers[subscription]
