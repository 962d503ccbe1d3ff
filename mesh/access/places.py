"""Azure's resources in a plan, as the places where the environment's parts have their addresses."""

from collections.abc import Mapping
from functools import cached_property
from ipaddress import IPv4Address, IPv4Network
from typing import Any

from mesh import model
from mesh.access.azure import address_sets
from mesh.access.azure.address_sets import AddressSet
from mesh.access.azure.networks import Networks
from mesh.access.connections import Place
from mesh.plan import Plan
from mesh.plan.resources import AzureResource, Output

_LOAD_BALANCER = "service.beta.kubernetes.io/azure"


def cluster_name(cluster: AzureResource) -> str:
    """As the environment calls it; its name in Azure is the same where it is created."""
    name: str = cluster.name.rpartition("/")[2] if cluster.existing else cluster.properties["resourceName"]
    return name


class Places:
    def __init__(self, plan: Plan, networks: Networks) -> None:
        self._plan = plan
        self._networks = networks

    def of_machine(self, machine: model.Machine) -> Place:
        """By its interface or scale set; of one that exists already, by its declared address."""
        if created := self._created.get(machine.name):
            return created
        assert machine.address is not None, "only scale sets, which are created, have no address"
        subnet = self._networks.subnet_of(machine.address)
        return Place(f"machine {machine.name}", machine.address, subnet.id if subnet else None)

    def of_pods(self, cluster: str) -> tuple[tuple[Place, Place], ...]:
        """Of each subnet in which a cluster has nodes, its pods as they see each other, and its nodes.

        Overlay pods leave their cluster with the address of their node:
        https://learn.microsoft.com/azure/aks/concepts-network-azure-cni-overlay
        """
        return self._pods.get(cluster, ())

    def frontend(self, name: str, annotations: Mapping[str, Any], nodes: Place) -> Place:
        """Of a load balancer, whose address packets still have at the nodes (floating IP, AKS's default)."""
        return Place(name, self._address(name, annotations), nodes.subnet)

    def clients(self, block: IPv4Network | str) -> tuple[tuple[Place, IPv4Network | str], ...]:
        """The clients of a gateway in a range or of a service tag, with the part of it that they have.

        Those in a subnet of the plan leave by its security group; where a network has no subnet, nobody is.
        """
        if isinstance(block, str):
            return ((Place(f"clients of {block}", address_sets.of_service_tag(block)), block),)
        name, asked = f"clients at {block}", address_sets.of(block)
        if block.prefixlen == 0:
            return ((Place(name, None), block),)
        found: list[tuple[Place, IPv4Network | str]] = []
        for subnet in self._networks.inventory.subnets.values():
            for part in address_sets.blocks(asked & subnet.addresses):
                found.append((Place(name if part == block else f"{name} in {subnet.name}", part, subnet.id), part))
        elsewhere = asked - address_sets.union(
            network.space for network in self._networks.inventory.virtual_networks.values()
        )
        if elsewhere or not found:
            found.append((Place(name, elsewhere if found else block), block))
        return tuple(found)

    def outside(self, workload: model.Workload) -> Place:
        """Of what is called outside the mesh: a database somewhere in its network, all else on the internet."""
        outside = workload.outside
        if outside is None:
            raise ValueError(f"{workload.name} runs inside")
        if workload.is_api_server:
            return Place("the API server of the caller's cluster", None)
        if outside.range is None:
            return Place(outside.hosts[0], None)
        if outside.network is None:
            return Place(f"{outside.hosts[0]}, at {outside.range}", outside.range)
        free = address_sets.of(outside.range) - self._taken
        return Place(f"{outside.hosts[0]}, in network {outside.network.name}", free)

    def _address(self, name: str, annotations: Mapping[str, Any]) -> IPv4Address | Output:
        """Unless it is told to be internal, it is public, at some address of the cluster's own if need be."""
        if annotations.get(f"{_LOAD_BALANCER}-load-balancer-internal") == "true":
            if address := annotations.get(f"{_LOAD_BALANCER}-load-balancer-ipv4"):
                return IPv4Address(address)
        elif public := self._public.get(annotations.get(f"{_LOAD_BALANCER}-pip-name", "")):
            return public
        return Output(name, "ipAddress")

    @cached_property
    def _taken(self) -> AddressSet:
        """Where machines are, and so nothing else is."""
        declared = [machine.address for machine in self._plan.environment.machines if machine.address]
        return address_sets.union(map(address_sets.of, declared))

    @cached_property
    def _public(self) -> Mapping[str, Output]:
        return {
            resource.properties["publicIpAddressName"]: Output(resource.name, "ipAddress")
            for resource in self._of_type("network:PublicIPAddress")
        }

    @cached_property
    def _pods(self) -> Mapping[str, tuple[tuple[Place, Place], ...]]:
        subnets: dict[str, set[str]] = {}
        for pool in self._of_type("containerservice:AgentPool"):
            subnets.setdefault(pool.properties["resourceName"], set()).add(pool.properties["vnetSubnetID"])
        ranges: dict[str, IPv4Network] = {}
        for cluster in self._of_type("containerservice:ManagedCluster"):
            name, profiles = cluster_name(cluster), cluster.properties["agentPoolProfiles"]
            ranges[name] = IPv4Network(cluster.properties["networkProfile"]["podCidr"])
            subnets.setdefault(name, set()).update(profile["vnetSubnetID"] for profile in profiles)
        return {
            name: tuple(
                (
                    Place(f"the pods of cluster {name}", pods, subnet),
                    Place(f"the nodes of cluster {name}", self._networks.subnet(subnet).prefix, subnet),
                )
                for subnet in sorted(subnets[name])
            )
            for name, pods in ranges.items()
        }

    @cached_property
    def _created(self) -> Mapping[str, Place]:
        """By machine: of a virtual machine its first interface, of a scale set any address of its subnet."""
        interfaces = {interface.id.lower(): interface for interface in self._of_type("network:NetworkInterface")}
        found = {}
        for machine in self._of_type("compute:VirtualMachine"):
            name = machine.properties["vmName"]
            first = machine.properties["networkProfile"]["networkInterfaces"][0]["id"].lower()
            if interface := interfaces.get(first):
                configuration = interface.properties["ipConfigurations"][0]
                address, subnet = IPv4Address(configuration["privateIPAddress"]), configuration["subnet"]["id"]
                found[name] = Place(f"machine {name}", address, subnet, interface.id)
        for scale_set in self._of_type("compute:VirtualMachineScaleSet"):
            name = scale_set.properties["vmScaleSetName"]
            profile = scale_set.properties["virtualMachineProfile"]["networkProfile"]
            subnet = profile["networkInterfaceConfigurations"][0]["ipConfigurations"][0]["subnet"]["id"]
            addresses = self._networks.subnet(subnet).prefix
            found[name] = Place(f"the instances of {name}", addresses, subnet, scale_set.id)
        return found

    def _of_type(self, kind: str) -> list[AzureResource]:
        return [resource for resource in self._plan.azure if resource.token == f"azure-native:{kind}"]
