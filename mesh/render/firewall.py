"""Subnets and flows, as network security groups: their base rules, the flows' rules, and a deny of all the rest.

Azure's default rules let everything pass inside VirtualNetwork, and that tag covers peered networks too; so each
group denies it, below what it allows. Rules stand inline in their group, each at a priority that its own name gives,
so that a new route renumbers nothing.
"""

import hashlib
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from typing import Any, Literal

from mesh import addresses, names
from mesh.model import Cluster, Environment, Ingress, IngressGateway, Machine, Network, Subnet
from mesh.plan.resources import AzureResource, Output
from mesh.render import azure, flows, ingress

Direction = Literal["Inbound", "Outbound"]
Rule = dict[str, Any]
DIRECTIONS: tuple[Direction, ...] = ("Inbound", "Outbound")

LAST_PRIORITY = 4096
"""Azure's custom priorities are 100 to 4096."""
_BASE_PRIORITIES = {
    "allow-own-nodes": 100,
    "allow-own-pods": 101,
    "allow-pods": 102,
    "allow-load-balancer-probes": 103,
}
_FLOW_PRIORITIES = range(200, 4000)


def resources(environment: Environment) -> tuple[AzureResource, ...]:
    """One security group a subnet, unless others keep its own."""
    opened = flows.flows(environment)
    return tuple(
        azure.resource(
            environment,
            "network:NetworkSecurityGroup",
            f"nsg/{network.name}/{subnet.role}",
            f"network/{network.name}",
            {"networkSecurityGroupName": names.security_group(network, subnet.role)},
            {
                **azure.tracked(environment, network.location),
                "securityRules": rules(environment, network, subnet, opened),
            },
        )
        for network in environment.networks
        for subnet in network.subnets
        if subnet.security_group == "ours"
    )


def rules(
    environment: Environment,
    network: Network,
    subnet: Subnet,
    opened: tuple[flows.Flow, ...],
) -> list[Rule]:
    """The rules of one subnet's group, by direction and priority."""
    here = (network, subnet.role)
    inbound = [
        _rule_of(flow, "Inbound") for flow in opened if (flow.destination.network, flow.destination.role) == here
    ]
    outbound = [_rule_of(flow, "Outbound") for flow in opened if (flow.source.network, flow.source.role) == here]
    if subnet.role == "machines":
        kept = [
            machine
            for machine in environment.machines
            if machine.network == network and machine.address and not machine.internet
        ]
        outbound += [_kept_from_the_internet(machine) for machine in kept]
    if subnet.role in ("nodes", "machines"):
        outbound += _of_clients(environment, subnet)
    rules_ = _denies_by_firewall(environment) if network.firewall else _denies()
    if subnet.role == "nodes":
        cluster = next(cluster for cluster in environment.clusters if cluster.network == network)
        rules_ += _base_of_nodes(cluster)
        inbound += [rule for gateway in _called(environment, cluster) for rule in _from_outside(cluster, gateway)]
    rules_ += [*numbered(inbound), *numbered(outbound)]
    return sorted(rules_, key=lambda rule: (rule["direction"], rule["priority"]))


def _denies() -> list[Rule]:
    deny = {"access": "Deny", "priority": LAST_PRIORITY}
    return [
        {
            **_rule("deny-virtual-network", way, "VirtualNetwork", "VirtualNetwork"),
            **deny,
        }
        for way in DIRECTIONS
    ]


def _denies_by_firewall(environment: Environment) -> list[Rule]:
    """With a route of the user's for all addresses VirtualNetwork may mean all of them, and so cannot be denied.

    https://learn.microsoft.com/azure/virtual-network/service-tags-overview#available-service-tags
    """
    spaces = {block for network in environment.networks for block in network.space}
    inside = sorted({*addresses.NOT_PUBLIC, *(block for block in spaces if not _is_in(block, addresses.NOT_PUBLIC))})
    deny = {"access": "Deny", "priority": LAST_PRIORITY}
    outbound = _rule("deny-inside", "Outbound", "*", [str(block) for block in inside])
    return [{**_rule("deny-all", "Inbound", "*", "*"), **deny}, {**outbound, **deny}]


def _is_in(block: IPv4Network, others: Iterable[IPv4Network]) -> bool:
    return any(map(block.subnet_of, others))


def _base_of_nodes(cluster: Cluster) -> Iterator[Rule]:
    """NSG rules that AKS needs between nodes and overlay pods of one cluster, independent of routes.

    https://learn.microsoft.com/azure/aks/azure-cni-overlay: where a subnet's group denies, node to node, node to pod
    and pod to pod have to be allowed, all ports and protocols.
    """
    nodes, pods = str(cluster.network.subnet("nodes").cidr), str(cluster.pod_cidr)
    for direction in DIRECTIONS:
        for name, source, destination in (
            ("allow-own-nodes", nodes, nodes),
            ("allow-own-pods", nodes, pods),
            ("allow-pods", pods, pods),
        ):
            yield _rule(name, direction, source, destination, priority=_BASE_PRIORITIES[name])
    # The denied VirtualNetwork covers the address from which load balancers probe.
    probes = "allow-load-balancer-probes"
    yield _rule(probes, "Inbound", "AzureLoadBalancer", "*", priority=_BASE_PRIORITIES[probes])


def _called(environment: Environment, cluster: Cluster) -> list[IngressGateway]:
    """The cluster's ingress gateways from which a route leads on; the others stay closed."""
    callers = {route.caller for route in environment.routes}
    return [gateway for gateway in cluster.ingress if Ingress(cluster, gateway) in callers]


def _of_clients(environment: Environment, subnet: Subnet) -> Iterator[Rule]:
    """To internal gateways that are declared for addresses of a subnet; a group asks those who leave it too."""
    for cluster in environment.clusters:
        for gateway in _called(environment, cluster):
            inside = [block for block in gateway.allow_from if block.overlaps(subnet.cidr)]
            if gateway.address is not None and inside:
                parts = sorted({block if block.subnet_of(subnet.cidr) else subnet.cidr for block in inside})
                for name, port in _ports(gateway).items():
                    sources, to = [str(part) for part in parts], str(gateway.address)
                    called = f"clients-to-{cluster.name}-{name}"
                    yield _rule(called, "Outbound", sources, to, port=str(port), protocol="Tcp")


def _ports(gateway: IngressGateway) -> dict[str, int]:
    """By the names of their rules."""
    ports = {names.ingress_gateway(gateway): ingress.HTTPS_PORT}
    if gateway.redirect:
        ports[names.ingress_redirect(gateway)] = ingress.REDIRECT_PORT
    return ports


def _from_outside(cluster: Cluster, gateway: IngressGateway) -> Iterator[Rule]:
    public_ip = f"public-ip/{names.ingress_public_ip(cluster, gateway)}"
    for name, port in _ports(gateway).items():
        to = Output(public_ip, "ipAddress") if gateway.address is None else str(gateway.address)
        if gateway.allow_from:
            sources = [str(block) for block in gateway.allow_from]
            yield _rule(name, "Inbound", sources, to, port=str(port), protocol="Tcp")
        # A rule holds one service tag, and nothing beside it.
        for tag in gateway.service_tags:
            yield _rule(f"{name}-{tag}", "Inbound", tag, to, port=str(port), protocol="Tcp")


def _rule_of(flow: flows.Flow, direction: Direction) -> Rule:
    name = f"{flow.source.name}-to-{flow.destination.name}-{flow.port}"
    source, destination = str(flow.source.cidr), str(flow.destination.cidr)
    return _rule(name, direction, source, destination, port=str(flow.port), protocol="Tcp")


def _kept_from_the_internet(machine: Machine) -> Rule:
    """Azure's default rules let everything out, and nothing else holds back a machine without a sidecar."""
    source = str(flows.machine_end(machine).cidr)
    return {**_rule(f"machine-{machine.name}-to-internet", "Outbound", source, "Internet"), "access": "Deny"}


def _rule(
    name: str,
    direction: Direction,
    source: str | list[str],
    destination: str | Output | list[str],
    *,
    port: str = "*",
    protocol: str = "*",
    priority: int | None = None,
) -> Rule:
    sources = {"sourceAddressPrefixes": source} if isinstance(source, list) else {"sourceAddressPrefix": source}
    plural = "es" if isinstance(destination, list) else ""
    return {
        "name": f"{name}-{'in' if direction == 'Inbound' else 'out'}",
        "direction": direction,
        "access": "Allow",
        "protocol": protocol,
        **sources,
        "sourcePortRange": "*",
        f"destinationAddressPrefix{plural}": destination,
        "destinationPortRange": port,
        "priority": priority,
    }


def numbered(found: list[Rule], priorities: range = _FLOW_PRIORITIES) -> list[Rule]:
    """The rules of one direction, each at the priority that its name gives; where two meet, the later name moves on."""
    taken: dict[int, Rule] = {}
    for rule in sorted(found, key=lambda rule: str(rule["name"])):
        digest = hashlib.sha256(rule["name"].encode()).digest()
        slot = int.from_bytes(digest[:8], "big") % len(priorities)
        while priorities[slot] in taken:
            slot = (slot + 1) % len(priorities)
        taken[priorities[slot]] = rule
    return [{**rule, "priority": priority} for priority, rule in taken.items()]
