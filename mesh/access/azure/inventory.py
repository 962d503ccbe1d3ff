"""Azure resources, as the networks that they make."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from mesh.access.azure import address_sets
from mesh.access.azure.address_sets import NOTHING, AddressSet
from mesh.access.azure.virtual_networks import Half, Interface, Peering, Subnet, VirtualNetwork
from mesh.plan.resources import AzureResource, Output, Properties

_NETWORK = "azure-native:network:"


@dataclass(frozen=True, eq=False)
class Inventory:
    resources: tuple[AzureResource, ...]
    behind: Mapping[str, AddressSet] = field(default_factory=dict)
    """By network, what it reaches by ways that others keep; declared, because no resource of a plan has it."""
    firewalls: Mapping[str, AddressSet] = field(default_factory=dict)
    """By network, the declared firewall of others by which it leaves for the internet."""

    @cached_property
    def names(self) -> Mapping[str, str]:
        """Names of resources, by id."""
        return {resource.id.lower(): resource.name for resource in self.resources}

    @cached_property
    def existing(self) -> frozenset[str]:
        """Ids of what others made, of which the plan knows a part."""
        return frozenset(resource.id.lower() for resource in self.resources if resource.existing)

    def name(self, resource_id: str) -> str:
        """A resource's name in the plan, or the end of an unknown id."""
        return self.names.get(resource_id.lower()) or resource_id.rpartition("/")[2]

    @cached_property
    def virtual_networks(self) -> Mapping[str, VirtualNetwork]:
        return {
            resource.id.lower(): VirtualNetwork(
                resource.id.lower(),
                resource.name,
                _prefixes((resource.properties.get("addressSpace") or {}).get("addressPrefixes") or ()),
            )
            for resource in self._of("VirtualNetwork")
        }

    @cached_property
    def subnets(self) -> Mapping[str, Subnet]:
        """Those that stand in their network's properties too."""
        subnets = [
            self._subnet(
                f"{network.id}/subnets/{properties['name']}", f"{network.name}/{properties['name']}", properties
            )
            for network in self._of("VirtualNetwork")
            for properties in network.properties.get("subnets") or ()
        ]
        subnets += [self._subnet(subnet.id, subnet.name, subnet.properties) for subnet in self._of("Subnet")]
        return {subnet.id: subnet for subnet in subnets}

    @cached_property
    def interfaces(self) -> Mapping[str, Interface]:
        """By id; those of a scale set by the scale set's."""
        interfaces = {
            resource.id.lower(): self._interface(resource, resource.properties)
            for resource in self._of("NetworkInterface")
        }
        for resource in self.resources:
            if resource.token.endswith(":compute:VirtualMachineScaleSet"):
                profile = resource.properties["virtualMachineProfile"]["networkProfile"]
                configurations = profile["networkInterfaceConfigurations"]
                primary = next(
                    (configuration for configuration in configurations if configuration.get("primary")),
                    configurations[0],
                )
                interfaces[resource.id.lower()] = self._interface(resource, primary)
        return interfaces

    @cached_property
    def peerings(self) -> tuple[Peering, ...]:
        halves: dict[tuple[str, str], list[Half]] = {}
        for half in self._halves():
            near, far = sorted((half.network, half.remote))
            halves.setdefault((near, far), []).append(half)
        return tuple(
            Peering(near, far, tuple(sorted(halves_of_pair, key=lambda half: half.network)))
            for (near, far), halves_of_pair in sorted(halves.items())
        )

    @cached_property
    def peerings_of(self) -> Mapping[str, tuple[Peering, ...]]:
        """By network, those of which either half is its own."""
        by_network: dict[str, list[Peering]] = {}
        for peering in self.peerings:
            for network in (peering.near, peering.far):
                by_network.setdefault(network, []).append(peering)
        return {network: tuple(peerings) for network, peerings in by_network.items()}

    @cached_property
    def routes(self) -> Mapping[str, tuple[tuple[str, Properties], ...]]:
        """The user's, by the id of their table: each by its name, with what it says."""
        by_table: dict[str, list[tuple[str, Properties]]] = {}
        for table in self._of("RouteTable"):
            by_table.setdefault(table.id.lower(), []).extend(
                (route["name"], route) for route in table.properties.get("routes") or ()
            )
        for route in self._of("Route"):
            table_id, _, name = route.id.rpartition("/routes/")
            by_table.setdefault(table_id.lower(), []).append((name, route.properties))
        return {table: tuple(routes) for table, routes in by_table.items()}

    @cached_property
    def overlays(self) -> Mapping[str, AddressSet]:
        """The addresses that clusters give their pods outside any network's space, by the nodes' network."""
        by_subnet: dict[str, AddressSet] = {}
        for profile, subnets, _ in self._clusters:
            for network in {subnet.partition("/subnets/")[0] for subnet in subnets}:
                by_subnet[network] = by_subnet.get(network, NOTHING) | _prefixes([profile.get("podCidr")])
        return by_subnet

    @cached_property
    def balanced(self) -> Mapping[str, str]:
        """By subnet, the cluster whose own load balancer takes its nodes to the internet, as is AKS's default."""
        return {
            subnet: name
            for profile, subnets, name in self._clusters
            if profile.get("outboundType", "loadBalancer") == "loadBalancer"
            for subnet in subnets
        }

    @cached_property
    def _clusters(self) -> tuple[tuple[Properties, frozenset[str], str], ...]:
        """Of each cluster its network profile, the subnets of its nodes, and its name."""
        pools = [resource for resource in self.resources if resource.token.endswith(":containerservice:AgentPool")]
        clusters = []
        for cluster in self.resources:
            if cluster.token.endswith(":containerservice:ManagedCluster"):
                own = [pool.properties for pool in pools if pool.id.lower().startswith(f"{cluster.id.lower()}/")]
                profiles = [*(cluster.properties.get("agentPoolProfiles") or ()), *own]
                subnets = frozenset(pool["vnetSubnetID"].lower() for pool in profiles if pool.get("vnetSubnetID"))
                clusters.append((cluster.properties.get("networkProfile") or {}, subnets, cluster.name))
        return tuple(clusters)

    @cached_property
    def application_groups(self) -> frozenset[str]:
        return frozenset(group.id.lower() for group in self._of("ApplicationSecurityGroup"))

    def reference(self, value: Any) -> str | None:
        """The id in `{"id": …}`, also of a resource of the plan that is named by its output."""
        id_ = (value or {}).get("id")
        if isinstance(id_, Output):
            return next(resource.id.lower() for resource in self.resources if resource.name == id_.resource)
        return id_.lower() if id_ else None

    def _of(self, kind: str) -> Iterator[AzureResource]:
        return (resource for resource in self.resources if resource.token == f"{_NETWORK}{kind}")

    def _subnet(self, subnet_id: str, name: str, properties: Properties) -> Subnet:
        return Subnet(
            id=subnet_id.lower(),
            name=name,
            network=subnet_id.lower().partition("/subnets/")[0],
            addresses=_prefixes([properties.get("addressPrefix"), *(properties.get("addressPrefixes") or ())]),
            security_group=self.reference(properties.get("networkSecurityGroup")),
            route_table=self.reference(properties.get("routeTable")),
            nat_gateway=self.reference(properties.get("natGateway")),
            default_outbound=properties.get("defaultOutboundAccess") is not False,
        )

    def _interface(self, resource: AzureResource, properties: Properties) -> Interface:
        configurations = properties["ipConfigurations"]
        chosen = [configuration.get("privateIPAddress") for configuration in configurations]
        return Interface(
            id=resource.id.lower(),
            name=resource.name,
            subnet=self.reference(configurations[0]["subnet"]) or "",
            addresses=_prefixes(chosen) if all(chosen) else None,
            security_group=self.reference(properties.get("networkSecurityGroup")),
            groups=frozenset(
                group_id
                for configuration in configurations
                for group in configuration.get("applicationSecurityGroups") or ()
                if (group_id := self.reference(group))
            ),
            public=any(
                configuration.get("publicIPAddress") or configuration.get("publicIPAddressConfiguration")
                for configuration in configurations
            ),
        )

    def _halves(self) -> Iterator[Half]:
        for resource in self._of("VirtualNetworkPeering"):
            network = resource.id.lower().partition("/virtualnetworkpeerings/")[0]
            yield self._half(resource.name, network, resource.properties)
        for resource in self._of("VirtualNetwork"):
            for properties in resource.properties.get("virtualNetworkPeerings") or ():
                yield self._half(f"{resource.name}/{properties['name']}", resource.id.lower(), properties)

    def _half(self, name: str, network: str, properties: Properties) -> Half:
        remote = self.reference(properties["remoteVirtualNetwork"]) or ""
        access = properties.get("allowVirtualNetworkAccess") is not False
        return Half(name, network, remote, access, properties.get("useRemoteGateways") is True)


def _prefixes(found: Iterable[str | None]) -> AddressSet:
    """IPv6 has no part in it."""
    return address_sets.union(
        IPv4Network(prefix, strict=False) if "/" in prefix else IPv4Address(prefix)
        for prefix in found
        if prefix and ":" not in prefix
    )
