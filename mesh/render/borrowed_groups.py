"""Security groups of others that take our rules, as these rules: each a resource of its own.

Only what has to be open goes there: what they deny, and whatever else they allow, stays theirs.
"""

from collections.abc import Iterator
from itertools import chain

from mesh.model import Environment, Existing, Network, Subnet
from mesh.plan.resources import AzureResource
from mesh.render import azure, firewall, flows

PRIORITIES = range(2000, 4000)
"""Below the rules that a company mostly writes from 100 on, and above a deny at the end."""


def resources(environment: Environment) -> tuple[AzureResource, ...]:
    opened = flows.flows(environment)
    by_group: dict[Existing, list[tuple[Network, Subnet]]] = {}
    for network in environment.networks:
        for subnet in network.subnets:
            if isinstance(subnet.security_group, Existing):
                by_group.setdefault(subnet.security_group, []).append((network, subnet))
    return tuple(chain.from_iterable(_of_group(environment, group, here, opened) for group, here in by_group.items()))


def _of_group(
    environment: Environment, group: Existing, here: list[tuple[Network, Subnet]], opened: tuple[flows.Flow, ...]
) -> Iterator[AzureResource]:
    """A group may stand at several subnets; a rule that two of them need is there once. One write at a time in it."""
    network, subnet = here[0]
    component, path = f"network/{network.name}", {"networkSecurityGroupName": group.name}
    name = f"nsg/{network.name}/{subnet.role}"
    yield azure.fact("network:NetworkSecurityGroup", name, component, group, path, {})
    needed = {
        (rule["direction"], rule["name"]): rule
        for network, subnet in here
        for rule in firewall.rules(environment, network, subnet, opened)
        if rule["access"] == "Allow"
    }
    last: tuple[str, ...] = ()
    for direction in firewall.DIRECTIONS:
        of_direction = [rule for (of, _), rule in sorted(needed.items()) if of == direction]
        numbered = firewall.numbered(of_direction, PRIORITIES)
        for rule in sorted(numbered, key=lambda rule: str(rule["name"])):
            properties = {key: value for key, value in rule.items() if key != "name"}
            own = {**path, "securityRuleName": rule["name"]}
            written = azure.beside(
                group, "network:SecurityRule", f"{name}/{rule['name']}", component, own, properties, depends_on=last
            )
            last = (written.name,)
            yield written
