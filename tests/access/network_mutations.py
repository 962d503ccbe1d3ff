"""Mutations of Azure's networks: security groups, peerings, routes."""

from collections.abc import Callable, Iterator, Mapping
from ipaddress import IPv4Network
from itertools import combinations
from typing import Any

from changed_plans import Changed, each_removed, of_token, with_properties, with_resource, without
from declared_calls import crossed

from mesh.plan import Plan
from mesh.plan.resources import AzureResource

Rule = Mapping[str, Any]
_GROUP, _SUBNET = "network:NetworkSecurityGroup", "network:Subnet"
_PEERING, _NETWORK = "network:VirtualNetworkPeering", "network:VirtualNetwork"
_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")))


def a_deny_removed(plan: Plan) -> Changed:
    return _rules(plan, "removed", lambda rule: None if rule["access"] == "Deny" else rule)


def an_allow_removed(plan: Plan) -> Changed:
    return _rules(plan, "removed", lambda rule: None if rule["access"] == "Allow" else rule)


def allow_turned_into_deny(plan: Plan) -> Changed:
    return _rules(plan, "Deny", lambda rule: {**rule, "access": "Deny"})


def deny_turned_into_allow(plan: Plan) -> Changed:
    return _rules(plan, "Allow", lambda rule: {**rule, "access": "Allow"})


def priorities_swapped(plan: Plan) -> Changed:
    """Of an allow and a deny that comes after it, where some packet then meets the one of two before the other."""
    for group in of_token(plan, _GROUP):
        rules = sorted(group.properties.get("securityRules", []), key=lambda rule: int(rule["priority"]))
        for allow, deny in combinations(rules, 2):
            if (allow["access"], deny["access"]) != ("Allow", "Deny") or allow["direction"] != deny["direction"]:
                continue
            passed = rules[rules.index(allow) : rules.index(deny) + 1]
            if any(_denies(each, allow) or _denies(deny, each) for each in passed):
                swapped = {allow["name"]: deny["priority"], deny["name"]: allow["priority"]}
                changed = [{**rule, "priority": swapped.get(rule["name"], rule["priority"])} for rule in rules]
                what = f"{group.name}: {allow['name']} after {deny['name']}"
                yield what, with_properties(plan, group, securityRules=changed)


def the_virtual_network_allowed(plan: Plan) -> Changed:
    for group in of_token(plan, _GROUP):
        for direction in ("Inbound", "Outbound"):
            added = {
                "name": "added",
                "direction": direction,
                "access": "Allow",
                "protocol": "*",
                "sourceAddressPrefix": "VirtualNetwork",
                "sourcePortRange": "*",
                "destinationAddressPrefix": "VirtualNetwork",
                "destinationPortRange": "*",
                "priority": 4000,
            }
            rules = [*group.properties.get("securityRules", []), added]
            yield f"{group.name}: VirtualNetwork {direction}", with_properties(plan, group, securityRules=rules)


def a_service_tag_allowed(plan: Plan) -> Changed:
    """Of which nobody but Microsoft knows the addresses."""
    tags = ("AzureCloud", "Storage", "Sql", "AzureActiveDirectory", "AzureMonitor", "AzureFrontDoor.Backend")
    return _added(plan, [(tag, {"sourceAddressPrefix": tag, "direction": "Inbound"}) for tag in tags])


def an_unknown_group_allowed(plan: Plan) -> Changed:
    """An application security group that the plan does not have."""
    group = [{"id": "/subscriptions/none/applicationSecurityGroups/unknown"}]
    sides = (("source", "Inbound"), ("destination", "Outbound"))
    return _added(
        plan,
        [
            (f"an unknown group as {side}", {f"{side}ApplicationSecurityGroups": group, "direction": direction})
            for side, direction in sides
        ],
    )


def a_protocol_without_ports_allowed(plan: Plan) -> Changed:
    rules = [
        (f"{protocol} {way}", {"protocol": protocol, "direction": way, "sourceAddressPrefix": "VirtualNetwork"})
        for protocol in ("Esp", "Ah")
        for way in ("Inbound", "Outbound")
    ]
    return _added(plan, [(what, {**rule, "destinationPortRange": "*"}) for what, rule in rules])


def a_rule_in_words_that_azure_does_not_have(plan: Plan) -> Changed:
    """Nobody knows what such a rule lets through."""
    for group in of_token(plan, _GROUP):
        for field, said in (("protocol", "6"), ("access", "Permit"), ("direction", "Both")):
            for rule in (group.properties.get("securityRules") or ())[:1]:
                rules = [{**rule, field: said}, *group.properties["securityRules"][1:]]
                yield f"{group.name}: {field} {said}", with_properties(plan, group, securityRules=rules)


def _added(plan: Plan, rules: list[tuple[str, Rule]]) -> Changed:
    """Each rule in each group, before those of routes; for all addresses of a side of which it says nothing."""
    for group in of_token(plan, _GROUP):
        for what, rule in rules:
            sides = {
                f"{side}AddressPrefix": "*"
                for side in ("source", "destination")
                if f"{side}ApplicationSecurityGroups" not in rule
            }
            common = {"protocol": "Tcp", "sourcePortRange": "*", "destinationPortRange": "22"}
            added = {"name": "added", "access": "Allow", "priority": 150, **common, **sides, **rule}
            changed = with_properties(plan, group, securityRules=[added, *group.properties.get("securityRules", [])])
            yield f"{group.name}: added: {what}", changed


def every_port(plan: Plan) -> Changed:
    """Where there is a port yet that is not meant."""

    def widened(rule: Rule) -> Rule:
        if rule.get("destinationPortRange") == "*":
            return rule
        return {**_without(rule, "destinationPort"), "destinationPortRange": "0-65535"}

    return _allows(plan, "0-65535", widened)


def another_port(plan: Plan) -> Changed:
    def moved(rule: Rule) -> Rule:
        port = rule.get("destinationPortRange", "")
        return {**rule, "destinationPortRange": str(int(port) + 1)} if port.isdigit() else rule

    return _allows(plan, "another port", moved)


def every_source(plan: Plan) -> Changed:
    """Where not every address is meant already."""

    def widened(rule: Rule) -> Rule:
        everywhere = "0.0.0.0/0" in _prefixes(rule, "source")
        return rule if everywhere else {**_without(rule, "sourceAddress"), "sourceAddressPrefix": "*"}

    return _allows(plan, "from *", widened)


def another_source(plan: Plan) -> Changed:
    return _allows(
        plan,
        "from 192.0.2.0/24",
        lambda rule: {**_without(rule, "sourceAddress"), "sourceAddressPrefix": "192.0.2.0/24"},
    )


def every_destination(plan: Plan) -> Changed:
    return _allows(plan, "to *", lambda rule: {**_without(rule, "destinationAddress"), "destinationAddressPrefix": "*"})


def another_destination(plan: Plan) -> Changed:
    return _allows(
        plan,
        "to 192.0.2.0/24",
        lambda rule: {**_without(rule, "destinationAddress"), "destinationAddressPrefix": "192.0.2.0/24"},
    )


def another_protocol(plan: Plan) -> Changed:
    return _allows(plan, "Udp", lambda rule: {**rule, "protocol": "Udp"})


def the_other_direction(plan: Plan) -> Changed:
    turned = {"Inbound": "Outbound", "Outbound": "Inbound"}
    return _allows(plan, "turned", lambda rule: {**rule, "direction": turned[rule["direction"]]})


def a_group_detached_from_its_subnet(plan: Plan) -> Changed:
    for subnet in of_token(plan, _SUBNET):
        if "networkSecurityGroup" in subnet.properties:
            yield f"{subnet.name}: no security group", with_properties(plan, subnet, networkSecurityGroup=None)


def half_a_peering_removed(plan: Plan) -> Changed:
    return each_removed(plan, _needed_peerings(plan))


def a_peering_removed(plan: Plan) -> Changed:
    for first, second in combinations(_needed_peerings(plan), 2):
        if _ends(first) == _ends(second)[::-1]:
            yield f"{first.name} and {second.name} removed", without(plan, first.name, second.name)


def a_peering_without_access(plan: Plan) -> Changed:
    for peering in _needed_peerings(plan):
        yield f"{peering.name}: no access", with_properties(plan, peering, allowVirtualNetworkAccess=False)


def a_peering_assumed_to_be_transitive(plan: Plan) -> Changed:
    """Removed where both networks have peerings with a third."""
    neighbours: dict[str, set[str]] = {}
    for peering in of_token(plan, _PEERING):
        near, far = _ends(peering)
        neighbours.setdefault(near, set()).add(far)
    for first, second in combinations(_needed_peerings(plan), 2):
        near, far = _ends(first)
        if _ends(second) == (far, near) and neighbours[near] & neighbours[far]:
            yield f"{near} reaches {far} over another", without(plan, first.name, second.name)


def a_route_into_nothing(plan: Plan) -> Changed:
    """In the subnets of a network, for the space of one that it is peered with."""
    spaces = {
        network.properties["virtualNetworkName"]: network.properties["addressSpace"]["addressPrefixes"]
        for network in of_token(plan, _NETWORK)
    }
    for peering in _needed_peerings(plan):
        near, far = _ends(peering)
        table_id = peering.id.rpartition("/virtualNetworks/")[0] + "/routeTables/nothing"
        route = {"name": "nothing", "addressPrefix": spaces[far][0], "nextHopType": "None"}
        token = "azure-native:network:RouteTable"
        table = AzureResource("routes/nothing", token, table_id, {"routes": [route]}, f"network/{near}")
        changed = with_resource(plan, table)
        for subnet in of_token(plan, _SUBNET):
            if subnet.properties["virtualNetworkName"] == near:
                changed = with_properties(changed, subnet, routeTable={"id": table_id})
        yield f"a route of {near} drops what goes to {far}", changed


KINDS: tuple[Callable[[Plan], Changed], ...] = (
    *(a_deny_removed, an_allow_removed, allow_turned_into_deny, deny_turned_into_allow, priorities_swapped),
    *(the_virtual_network_allowed, every_port, another_port, every_source, another_source, every_destination),
    *(another_destination, another_protocol, the_other_direction, a_group_detached_from_its_subnet),
    *(half_a_peering_removed, a_peering_removed, a_peering_without_access, a_peering_assumed_to_be_transitive),
    a_route_into_nothing,
    *(a_service_tag_allowed, an_unknown_group_allowed, a_protocol_without_ports_allowed),
)


def _rules(plan: Plan, what: str, change: Callable[[Rule], Rule | None]) -> Changed:
    for group in of_token(plan, _GROUP):
        rules = group.properties.get("securityRules", [])
        for rule in rules:
            changed = change(rule)
            if changed != rule:
                kept = [changed if other is rule else other for other in rules]
                left = [other for other in kept if other is not None]
                yield f"{group.name}, {rule['name']}: {what}", with_properties(plan, group, securityRules=left)


def _allows(plan: Plan, what: str, change: Callable[[Rule], Rule]) -> Changed:
    return _rules(plan, what, lambda rule: change(rule) if rule["access"] == "Allow" else rule)


def _denies(rule: Rule, allow: Rule) -> bool:
    """Whether some packets of an allow may be a deny's as well: unless one of its sides names other addresses."""
    kinds = (rule["access"], allow["access"])
    return (
        kinds == ("Deny", "Allow")
        and rule["direction"] == allow["direction"]
        and all(
            any(_overlap(one, other) for one in _prefixes(rule, side) for other in _prefixes(allow, side))
            for side in ("source", "destination")
        )
    )


def _prefixes(rule: Rule, side: str) -> list[Any]:
    return [*rule.get(f"{side}AddressPrefixes", ()), *filter(None, (rule.get(f"{side}AddressPrefix"),))]


def _overlap(one: Any, other: Any) -> bool:
    """A service tag may name any address, but that of the internet no private one."""
    ranges = [IPv4Network(prefix) for prefix in (one, other) if isinstance(prefix, str) and prefix[:1].isdigit()]
    if "Internet" in (one, other):
        return not any(each.subnet_of(private) for each in ranges for private in _PRIVATE)
    return len(ranges) < 2 or ranges[0].overlaps(ranges[1])


def _without(rule: Rule, fields: str) -> Rule:
    return {field: value for field, value in rule.items() if not field.startswith(fields)}


def _ends(peering: AzureResource) -> tuple[str, str]:
    return peering.properties["virtualNetworkName"], peering.properties["remoteVirtualNetwork"]["id"].rpartition("/")[2]


def _needed_peerings(plan: Plan) -> Iterator[AzureResource]:
    called = crossed(plan)
    return (peering for peering in of_token(plan, _PEERING) if frozenset(_ends(peering)) in called)
