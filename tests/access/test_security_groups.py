"""One group's decisions, about the packets between a few addresses of a network."""

from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from azure_resources import application_group_id, group, group_id, rule

from mesh.access.azure import security_groups
from mesh.access.azure.address_sets import EVERYTHING, NOTHING, Address, networks
from mesh.access.azure.security_groups import Packet
from mesh.access.azure.security_rules import Direction, Extent, Scope
from mesh.plan.resources import AzureResource, Output

HERE, THERE = IPv4Address("10.0.0.4"), IPv4Address("10.1.0.4")
STRANGER = IPv4Address("203.0.113.9")
PROBE = IPv4Address("168.63.129.16")
SCOPE = Scope(Extent.exactly(networks("10.0.0.0/8", "168.63.129.16/32")))


def decided(
    *rules: dict[str, Any],
    source: Address = THERE,
    destination: Address = HERE,
    port: int = 443,
    direction: Direction = "Inbound",
    scope: Scope = SCOPE,
    **more: Any,
) -> list[str]:
    """Each decision's access and rule."""
    found = security_groups.groups([group("nodes", *rules)])[group_id("nodes").lower()]
    decisions = found.decide(direction, Packet(source, destination, port, **more), scope)
    return [f"{decision.access} {decision.rule}" for decision in decisions]


@pytest.mark.parametrize(
    ("direction", "source", "destination", "expected"),
    [
        ("Inbound", THERE, HERE, "Allow AllowVnetInBound"),
        ("Inbound", PROBE, HERE, "Allow AllowVnetInBound"),
        ("Inbound", PROBE, STRANGER, "Allow AllowAzureLoadBalancerInBound"),
        ("Inbound", STRANGER, HERE, "Deny DenyAllInBound"),
        ("Outbound", HERE, THERE, "Allow AllowVnetOutBound"),
        ("Outbound", HERE, STRANGER, "Allow AllowInternetOutBound"),
        ("Outbound", HERE, IPv4Address("192.168.0.1"), "Deny DenyAllOutBound"),
    ],
)
def test_without_rules_azures_own_decide(
    direction: Direction, source: Address, destination: Address, expected: str
) -> None:
    assert decided(direction=direction, source=source, destination=destination) == [expected]


def test_the_lowest_number_that_matches_decides() -> None:
    assert decided(rule("second", 200), rule("first", 100, "Deny")) == ["Deny first"]
    assert decided(rule("second", 200), rule("first", 300, "Deny")) == ["Allow second"]


def test_a_rule_of_the_other_direction_says_nothing() -> None:
    assert decided(rule("out", 100, "Deny", "Outbound")) == ["Allow AllowVnetInBound"]


@pytest.mark.parametrize(
    "properties",
    [
        {"sourceAddressPrefix": "10.1.0.4"},
        {"sourceAddressPrefix": "10.1.0.4/32"},
        {"sourceAddressPrefix": "10.1.0.99/16"},
        {"sourceAddressPrefix": "10.1.0.1-10.1.0.9"},
        {"sourceAddressPrefix": "0.0.0.0/0"},
        {"sourceAddressPrefix": "Any"},
        {"sourceAddressPrefix": "virtualnetwork"},
        {"sourceAddressPrefixes": ["192.168.0.0/16", "10.1.0.0/16"]},
        {"destinationAddressPrefixes": ["10.0.0.0/24"]},
        {"destinationPortRange": "443"},
        {"destinationPortRange": "400-500"},
        {"destinationPortRanges": ["80", "440-443"]},
        {"protocol": "TCP"},
        {"protocol": "tcp"},
        {"sourcePortRange": "1024-65535"},
        {"access": "deny", "direction": "inbound"},
    ],
    ids=str,
)
def test_a_rule_matches_by_each_of_its_fields(properties: dict[str, Any]) -> None:
    assert decided({**rule("this", 100, "Deny"), **without_singular(properties)}) == ["Deny this"]


@pytest.mark.parametrize(
    "properties",
    [
        {"sourceAddressPrefix": "10.1.0.5"},
        {"sourceAddressPrefix": "::/0"},
        {"sourceAddressPrefix": "Internet"},
        {"sourceAddressPrefix": "AzureLoadBalancer"},
        {"sourceAddressPrefixes": ["192.168.0.0/16", "fd00::/8"]},
        {"destinationAddressPrefix": "10.0.0.5"},
        {"destinationPortRange": "444"},
        {"destinationPortRanges": ["80", "444-65535"]},
        {"sourcePortRange": "443"},
        {"protocol": "Udp"},
        {"protocol": "Esp"},
    ],
    ids=str,
)
def test_a_rule_needs_all_of_its_fields_to_match(properties: dict[str, Any]) -> None:
    assert decided({**rule("this", 100, "Deny"), **without_singular(properties)}) == ["Allow AllowVnetInBound"]


def without_singular(properties: dict[str, Any]) -> dict[str, Any]:
    """A rule has either the one field or the other."""
    absent = {key.replace("Prefixes", "Prefix").replace("Ranges", "Range"): None for key in properties}
    return {**absent, **properties}


def test_a_range_is_cut_where_the_rules_cut_it() -> None:
    found = security_groups.groups([group("nodes", rule("half", 100, "Deny", sourceAddressPrefix="10.1.0.0/25"))])[
        group_id("nodes").lower()
    ]

    decisions = found.decide("Inbound", Packet(IPv4Network("10.1.0.0/24"), HERE, 443), SCOPE)

    assert [(str(one.source), one.rule, one.access) for one in decisions] == [
        ("10.1.0.0/25", "half", "Deny"),
        ("10.1.0.128/25", "AllowVnetInBound", "Allow"),
    ]


def test_ranges_on_both_sides_are_cut_apart_from_each_other() -> None:
    corner = rule("corner", 100, "Deny", sourceAddressPrefix="10.1.0.0/25", destinationAddressPrefix="10.0.0.0/25")
    found = security_groups.groups([group("nodes", corner)])[group_id("nodes").lower()]

    decisions = found.decide("Inbound", Packet(IPv4Network("10.1.0.0/24"), IPv4Network("10.0.0.0/24"), 443), SCOPE)

    assert [(str(one.source), str(one.destination), one.access) for one in decisions] == [
        ("10.1.0.0/25", "10.0.0.0/25", "Deny"),
        ("10.1.0.128/25", "10.0.0.0/24", "Allow"),
        ("10.1.0.0/25", "10.0.0.128/25", "Allow"),
    ]


def test_the_internet_is_what_no_network_has() -> None:
    deny = rule("deny", 100, "Deny", "Outbound", destinationAddressPrefix="Internet")

    assert decided(deny, direction="Outbound", destination=STRANGER) == ["Deny deny"]
    assert decided(deny, direction="Outbound", destination=THERE) == ["Allow AllowVnetOutBound"]
    assert decided(deny, direction="Outbound", destination=IPv4Address("192.168.0.1")) == ["Deny DenyAllOutBound"]
    assert decided(deny, direction="Outbound", destination=Output("public-ip/a", "ipAddress")) == ["Deny deny"]


def test_public_addresses_that_a_network_has_for_its_own_are_not_the_internet() -> None:
    scope = Scope(Extent.exactly(networks("203.0.113.0/24")))
    deny = rule("deny", 100, "Deny", "Outbound", destinationAddressPrefix="Internet")

    assert decided(deny, direction="Outbound", source=STRANGER, destination=STRANGER, scope=scope) == [
        "Allow AllowVnetOutBound"
    ]


def test_an_address_that_nobody_knows_is_matched_only_by_itself_and_by_everything() -> None:
    ingress = Output("public-ip/ingress", "ipAddress")
    allow = rule("allow", 100, destinationAddressPrefix=ingress)

    assert decided(allow, source=STRANGER, destination=ingress) == ["Allow allow"]
    assert decided(allow, source=STRANGER, destination=Output("public-ip/b", "ipAddress")) == ["Deny DenyAllInBound"]
    assert decided(rule("all", 100), source=STRANGER, destination=ingress) == ["Allow all"]


def test_what_a_services_tag_holds_is_not_known() -> None:
    allow = rule("allow", 100, sourceAddressPrefix="Storage.WestEurope")

    assert decided(allow, source=STRANGER) == ["Unknown allow"]
    assert decided(allow, source=THERE) == ["Allow AllowVnetInBound"], "no service has an address of the network"


def test_what_is_not_known_does_not_matter_where_the_outcome_is_the_same() -> None:
    allow = rule("allow", 100, "Allow", "Outbound", destinationAddressPrefix="AzureCloud")
    deny = rule("deny", 100, "Deny", destinationAddressPrefix="*", sourceAddressPrefix="Sql")

    assert decided(allow, direction="Outbound", destination=STRANGER) == ["Allow AllowInternetOutBound"]
    assert decided(deny, source=STRANGER) == ["Deny DenyAllInBound"]


def test_a_source_port_that_the_client_may_choose_or_not_is_not_known() -> None:
    deny = rule("deny", 100, "Deny", sourcePortRange="40000-50000")

    assert decided(deny) == ["Unknown deny"]
    assert decided(deny, source_port=45000) == ["Deny deny"]
    assert decided(deny, source_port=30000) == ["Allow AllowVnetInBound"]
    assert decided(rule("two", 100, "Deny", sourcePortRanges=["1024-4000", "4001-65535"])) == ["Deny two"]


def test_a_protocol_without_ports_matches_only_rules_for_all_ports() -> None:
    assert decided(rule("web", 100, "Deny", destinationPortRange="443"), protocol="Icmp") == ["Allow AllowVnetInBound"]
    assert decided(rule("all", 100, "Deny", destinationPortRange="0-65535"), protocol="Icmp") == ["Deny all"]
    assert decided(rule("ping", 100, "Deny", protocol="Icmp"), protocol="icmp") == ["Deny ping"]


def test_an_application_group_is_the_addresses_of_its_members() -> None:
    asg = [{"id": application_group_id("Web")}]
    allow = rule("allow", 100, "Deny", sourceApplicationSecurityGroups=asg)
    members = {application_group_id("web").lower(): Extent.exactly(networks("10.1.0.4/32"))}
    scope = Scope(SCOPE.virtual_network, members)

    assert decided(allow, scope=scope) == ["Deny allow"]
    assert decided(allow, scope=scope, source=IPv4Address("10.1.0.5")) == ["Allow AllowVnetInBound"]


def test_an_interface_that_is_known_is_matched_by_its_own_application_groups() -> None:
    web = application_group_id("Web")
    deny = rule("deny", 100, "Deny", sourceApplicationSecurityGroups=[{"id": web}])
    scope = Scope(SCOPE.virtual_network, {web.lower(): Extent(NOTHING, networks("10.1.0.0/24"))})

    assert decided(deny, scope=scope) == ["Unknown deny"]
    assert decided(deny, scope=scope, source_groups=frozenset({web.lower()})) == ["Deny deny"]
    assert decided(deny, scope=scope, source_groups=frozenset()) == ["Allow AllowVnetInBound"]


def test_an_application_group_that_nobody_describes_may_have_any_member_in_the_network() -> None:
    deny = rule("deny", 100, "Deny", sourceApplicationSecurityGroups=[{"id": application_group_id("elsewhere")}])

    assert decided(deny) == ["Unknown deny"]
    assert decided(deny, source=STRANGER) == ["Deny DenyAllInBound"]


def test_a_default_route_in_the_tag_makes_it_uncertain() -> None:
    scope = Scope(Extent(networks("10.0.0.0/8"), EVERYTHING))

    assert decided(scope=scope, source=STRANGER) == ["Unknown AllowVnetInBound"]
    assert decided(scope=scope, direction="Outbound", source=HERE, destination=STRANGER) == [
        "Allow AllowInternetOutBound"
    ]


def test_the_host_of_a_machine_is_denied_only_by_name() -> None:
    everything = rule("everything", 100, "Deny", "Outbound")
    named = rule("dns", 200, "Deny", "Outbound", destinationAddressPrefix="AzurePlatformDNS")
    resolver = {"direction": "Outbound", "source": HERE, "destination": PROBE, "port": 53}

    assert decided(everything, **resolver) == ["Allow Azure's default: no rule names the platform's own service"]
    assert decided(everything, named, **resolver) == ["Deny dns"]


def test_rules_that_are_resources_of_their_own_belong_to_their_group() -> None:
    properties = rule("ignored", 100, "Deny")
    alone = AzureResource(
        "rule/a", "azure-native:network:SecurityRule", f"{group_id('NODES')}/securityRules/alone", properties, "network"
    )
    found = security_groups.groups([alone, group("nodes")])[group_id("nodes").lower()]

    (decision,) = found.decide("Inbound", Packet(THERE, HERE, 443), SCOPE)

    assert (decision.rule, decision.priority, decision.access) == ("alone", 100, "Deny")
