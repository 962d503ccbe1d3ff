"""What packets meet between two places: the way there, the answer's way back, and the security groups on it."""

from ipaddress import IPv4Address, IPv4Network
from typing import Any

import pytest
from azure_resources import (
    application_group,
    application_group_id,
    group,
    group_id,
    half,
    interface,
    interface_id,
    network,
    network_id,
    peered,
    rule,
    subnet,
    subnet_id,
    table,
)

from mesh.access.azure.address_sets import EVERYTHING, PUBLIC
from mesh.access.azure.networks import Networks
from mesh.access.connections import Place
from mesh.plan.resources import AzureResource, Output

EAST = Place("the nodes of cluster east", IPv4Network("10.1.0.0/24"), subnet_id("east"))
WEST = Place("the nodes of cluster west", IPv4Network("10.2.0.0/24"), subnet_id("west"))
MACHINE = Place("machine db", IPv4Address("10.3.0.9"), subnet_id("machines"))
INTERNET = Place("the internet", None)
INGRESS = Place("the gateway of cluster east", Output("public-ip/east", "ipAddress"), subnet_id("east"))
LENT = "Azure's default: outbound access by an address that it lends"

NETWORKS = (network("east", "10.1.0.0/16"), network("west", "10.2.0.0/16"), network("machines", "10.3.0.0/16"))
EAST_SUBNET, WEST_SUBNET = subnet("east", "10.1.0.0/24"), subnet("west", "10.2.0.0/24")
MACHINES_SUBNET = subnet("machines", "10.3.0.0/24")


def steps(source: Place, destination: Place, *resources: AzureResource, port: int = 443) -> list[tuple[str, str]]:
    """Each step's outcome and who decides it."""
    found = Networks.of([*NETWORKS, *resources]).passage(source, destination, port)
    return [(step.outcome, step.by) for step in found]


def text(source: Place, destination: Place, *resources: AzureResource) -> str:
    """Of the last step."""
    return Networks.of([*NETWORKS, *resources]).passage(source, destination, 443)[-1].text


def test_inside_a_network_everything_is_reached() -> None:
    other = Place("another", IPv4Address("10.1.9.4"), subnet_id("east", "more"))
    resources = (EAST_SUBNET, subnet("east", "10.1.9.0/24", name="more"))

    assert steps(EAST, other, *resources) == [("passes", "network/east")]
    assert text(EAST, other, *resources) == "10.1.0.0/24 → 10.1.9.4 stays inside network/east"


def test_peered_networks_reach_each_other() -> None:
    resources = (EAST_SUBNET, WEST_SUBNET, *peered("east", "west"))

    assert steps(EAST, WEST, *resources) == [("passes", "peering/east/west")]
    assert steps(WEST, EAST, *resources) == [("passes", "peering/west/east")]
    assert text(EAST, WEST, *resources) == "10.1.0.0/24 → 10.2.0.0/24 goes to network/west by peering/east/west"


def test_networks_that_are_not_peered_do_not_reach_each_other() -> None:
    assert steps(EAST, WEST, EAST_SUBNET, WEST_SUBNET) == [("stops", "Azure's default: no route to private addresses")]
    assert text(EAST, WEST, EAST_SUBNET, WEST_SUBNET) == (
        "10.1.0.0/24 → 10.2.0.0/24 is dropped: network/east and network/west are not peered"
    )


@pytest.mark.parametrize("there", ["east", "west"])
def test_half_a_peering_connects_nothing(there: str) -> None:
    back = "west" if there == "east" else "east"
    resources = (EAST_SUBNET, WEST_SUBNET, half(there, back))

    assert steps(EAST, WEST, *resources) == [("stops", f"peering/{there}/{back}")]
    assert text(EAST, WEST, *resources).endswith(f"the peering peering/{there}/{back} has no half in network/{back}")


def test_a_peering_passes_nothing_on() -> None:
    resources = (EAST_SUBNET, MACHINES_SUBNET, *peered("east", "west"), *peered("west", "machines"))

    assert steps(EAST, MACHINE, *resources)[0][0] == "stops"
    assert text(EAST, MACHINE, *resources).endswith(
        "network/east and network/machines are both peered with network/west, but peerings pass nothing on"
    )


def test_of_a_peering_that_allows_no_access_nobody_can_be_sure() -> None:
    closed = half("west", "east", allowVirtualNetworkAccess=False)
    resources = (EAST_SUBNET, WEST_SUBNET, half("east", "west"), closed)

    assert steps(EAST, WEST, *resources) == [("partly", "peering/west/east")]


def test_ids_are_compared_without_regard_to_case() -> None:
    shouted = subnet("east", "10.1.0.0/24", networkSecurityGroup={"id": group_id("nodes").upper()})
    place = Place("east", EAST.addresses, subnet_id("east").upper())

    assert steps(place, EAST, shouted, group("nodes", rule("deny", 100, "Deny", "Outbound"))) == [
        ("passes", "network/east"),
        ("stops", "nsg/nodes: deny"),
    ]


def test_groups_are_met_from_the_interface_out_and_from_the_subnet_in() -> None:
    resources = (
        subnet("east", "10.1.0.0/24", group="subnet"),
        interface("one", "east", "10.1.0.4", networkSecurityGroup={"id": group_id("one")}),
        interface("two", "east", "10.1.0.5", networkSecurityGroup={"id": group_id("two")}),
        *(group(name, rule("in", 100), rule("out", 100, direction="Outbound")) for name in ("subnet", "one", "two")),
    )
    one = Place("one", IPv4Address("10.1.0.4"), subnet_id("east"), interface_id("one"))
    two = Place("two", IPv4Address("10.1.0.5"), subnet_id("east"), interface_id("two"))

    assert [by for _, by in steps(one, two, *resources)] == [
        "network/east",
        "nsg/one: out",
        "nsg/subnet: out",
        "nsg/subnet: in",
        "nsg/two: in",
    ]


def test_what_stops_a_packet_ends_its_way() -> None:
    resources = (
        subnet("east", "10.1.0.0/24", group="east"),
        subnet("west", "10.2.0.0/24", group="west"),
        *peered("east", "west"),
        group("east", rule("deny", 100, "Deny", "Outbound")),
        group("west", rule("deny", 100, "Deny")),
    )

    assert steps(EAST, WEST, *resources) == [("passes", "peering/east/west"), ("stops", "nsg/east: deny")]
    assert text(EAST, WEST, *resources) == "10.1.0.0/24 → 10.2.0.0/24:443 is denied by deny (priority 100)"


def test_a_range_that_is_let_through_in_part_passes_partly() -> None:
    half_of_it = rule("half", 100, sourceAddressPrefix="10.1.0.0/25")
    resources = (
        EAST_SUBNET,
        subnet("west", "10.2.0.0/24", group="west"),
        *peered("east", "west"),
        group("west", half_of_it, rule("deny", 200, "Deny")),
    )

    assert steps(EAST, WEST, *resources) == [("passes", "peering/east/west"), ("partly", "nsg/west: deny")]
    assert text(EAST, WEST, *resources) == (
        "10.1.0.0/25 → 10.2.0.0/24:443 is allowed by half (priority 100); "
        "anything else is denied by deny (priority 200)"
    )


def test_two_halves_of_a_range_that_have_no_address_in_common_stop_it() -> None:
    lower = rule("lower", 100, direction="Outbound", sourceAddressPrefix="10.1.0.0/25")
    upper = rule("upper", 100, sourceAddressPrefix="10.1.0.128/25")
    resources = (
        subnet("east", "10.1.0.0/24", group="east"),
        subnet("west", "10.2.0.0/24", group="west"),
        *peered("east", "west"),
        group("east", lower, rule("deny-out", 200, "Deny", "Outbound")),
        group("west", upper, rule("deny-in", 200, "Deny")),
    )

    assert steps(EAST, WEST, *resources) == [
        ("passes", "peering/east/west"),
        ("partly", "nsg/east: deny-out"),
        ("stops", "nsg/west: deny-in"),
    ]


def test_a_group_that_the_plan_does_not_have_is_not_known() -> None:
    resources = (subnet("east", "10.1.0.0/24", group="elsewhere"),)

    assert steps(EAST, EAST, *resources) == [
        ("passes", "network/east"),
        ("partly", "elsewhere"),
        ("partly", "elsewhere"),
    ]


def test_a_subnet_that_the_plan_does_not_have_is_not_known() -> None:
    assert steps(EAST, EAST)[1:] == [("partly", "nodes, which is not in the plan")] * 2


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        (("a", "10.2.0.0/16", "None"), ("stops", "routes/udr: a")),
        (("a", "10.2.0.0/16", "VirtualAppliance"), ("partly", "routes/udr: a")),
        (("a", "10.2.0.0/16", "VirtualNetworkGateway"), ("partly", "routes/udr: a")),
        (("a", "10.2.0.0/16", "Internet"), ("stops", "routes/udr: a")),
        (("a", "10.2.0.0/24", "None"), ("stops", "routes/udr: a")),
        (("a", "10.2.0.0/25", "None"), ("partly", "routes/udr: a")),
        (("a", "10.0.0.0/8", "None"), ("passes", "peering/east/west")),
        (("a", "0.0.0.0/0", "VirtualAppliance"), ("passes", "peering/east/west")),
    ],
    ids=str,
)
def test_the_longest_prefix_is_taken_and_among_the_same_the_users(
    route: tuple[str, str, str], expected: tuple[str, str]
) -> None:
    resources = (table("udr", route), subnet("east", "10.1.0.0/24", table="udr"), WEST_SUBNET, *peered("east", "west"))

    assert steps(EAST, WEST, *resources) == [expected]


def test_a_users_route_holds_inside_a_subnet_too() -> None:
    resources = (table("udr", ("own", "10.1.0.0/16", "None")), subnet("east", "10.1.0.0/24", table="udr"))

    assert steps(EAST, EAST, *resources) == [("stops", "routes/udr: own")]


def test_an_answer_that_finds_no_way_back_stops_the_connection() -> None:
    drop = table("udr", ("drop", "10.1.0.0/16", "None"))
    resources = (drop, EAST_SUBNET, subnet("west", "10.2.0.0/24", table="udr"), *peered("east", "west"))

    assert steps(EAST, WEST, *resources) == [("stops", "routes/udr: drop")]
    assert text(EAST, WEST, *resources) == (
        "10.1.0.0/24 → 10.2.0.0/24 goes to network/west by peering/east/west, "
        "but the answer 10.2.0.0/24 → 10.1.0.0/24 is dropped by the route routes/udr: drop"
    )


def test_routes_of_their_own_belong_to_their_table() -> None:
    alone = AzureResource(
        "route/drop",
        "azure-native:network:Route",
        f"{table('udr').id.upper()}/routes/drop",
        {"addressPrefix": "10.2.0.0/16", "nextHopType": "None"},
        "network",
    )
    resources = (alone, table("udr"), subnet("east", "10.1.0.0/24", table="udr"), WEST_SUBNET, *peered("east", "west"))

    assert steps(EAST, WEST, *resources) == [("stops", "routes/udr: drop")]


def test_pods_on_an_overlay_meet_the_group_of_their_nodes_both_ways() -> None:
    pods = Place("the pods", IPv4Network("10.244.0.0/16"), subnet_id("east"))
    allow = {"sourceAddressPrefix": "10.244.0.0/16", "destinationAddressPrefix": "10.244.0.0/16"}
    rules = (rule("in", 100, **allow), rule("out", 100, direction="Outbound", **allow))

    assert steps(pods, pods, subnet("east", "10.1.0.0/24", group="east"), group("east", *rules)) == [
        ("passes", "network/east"),
        ("passes", "nsg/east: out"),
        ("passes", "nsg/east: in"),
    ]


def test_overlay_addresses_lead_nowhere_from_another_network() -> None:
    pods = Place("the pods", IPv4Network("10.244.0.0/16"), subnet_id("east"))

    assert steps(WEST, pods, EAST_SUBNET, WEST_SUBNET, *peered("east", "west"))[0][0] == "stops"
    assert steps(pods, WEST, EAST_SUBNET, WEST_SUBNET, *peered("east", "west"))[0][0] == "stops"


def cluster(**profile: Any) -> AzureResource:
    return AzureResource(
        "cluster/east",
        "azure-native:containerservice:ManagedCluster",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.ContainerService/managedClusters/east",
        {"networkProfile": profile, "agentPoolProfiles": [{"vnetSubnetID": subnet_id("east")}]},
        "cluster",
    )


def test_virtual_network_covers_a_network_its_pods_its_open_peers_and_its_routes() -> None:
    networks = Networks.of(
        [
            *NETWORKS,
            cluster(podCidr="10.244.0.0/16"),
            *peered("east", "west"),
            half("east", "machines", allowVirtualNetworkAccess=False),
            half("machines", "east"),
            table("udr", ("a", "192.168.0.0/16", "VirtualAppliance")),
            table("default", ("a", "0.0.0.0/0", "VirtualAppliance")),
            table("tagged", ("a", "Storage", "Internet")),
        ]
    )
    east = "10.1.0.0–10.2.255.255 and 10.244.0.0/16 and 168.63.129.16"

    assert str(networks.virtual_network_tag(network_id("east")).possible) == east
    assert str(networks.virtual_network_tag(network_id("machines")).possible) == (
        "10.1.0.0/16 and 10.3.0.0/16 and 168.63.129.16"
    )
    with_routes = networks.virtual_network_tag(network_id("east"), table("udr").id)
    assert str(with_routes.certain) == "10.1.0.0–10.2.255.255 and 10.244.0.0/16 and 168.63.129.16 and 1 more ranges"
    by_default = networks.virtual_network_tag(network_id("east"), table("default").id)
    assert str(by_default.certain) == east
    assert by_default.possible == EVERYTHING, "it might also contain the default route"
    by_tag = networks.virtual_network_tag(network_id("east"), table("tagged").id)
    assert str(by_tag.certain) == east
    assert by_tag.possible >= PUBLIC


def test_a_network_behind_half_a_peering_is_no_part_of_virtual_network() -> None:
    networks = Networks.of([*NETWORKS, half("east", "west")])

    assert str(networks.virtual_network_tag(network_id("east")).possible) == "10.1.0.0/16 and 168.63.129.16"


def test_from_the_internet_only_public_addresses_are_reached() -> None:
    resources = (EAST_SUBNET, MACHINES_SUBNET)

    assert steps(INTERNET, INGRESS, *resources) == [("passes", "public-ip/east")]
    assert steps(INTERNET, MACHINE, *resources) == [("stops", "Azure's default: no route to private addresses")]


def test_a_network_may_have_public_addresses_for_its_own() -> None:
    resources = (network("own", "20.0.0.0/16"), subnet("own", "20.0.0.0/24", group="own"), group("own"))
    here = Place("here", IPv4Network("20.0.0.0/24"), subnet_id("own"))

    assert steps(here, here, *resources) == [
        ("passes", "network/own"),
        ("passes", "nsg/own: AllowVnetOutBound"),
        ("passes", "nsg/own: AllowVnetInBound"),
    ]


def test_an_interface_with_a_public_address_is_reached_from_the_internet() -> None:
    public = interface("db", "machines", "10.3.0.9")
    public.properties["ipConfigurations"][0]["publicIPAddress"] = {"id": "/public"}
    machine = Place("machine db", IPv4Address("10.3.0.9"), subnet_id("machines"), interface_id("db"))

    assert steps(INTERNET, machine, MACHINES_SUBNET, public) == [("passes", "interface/db")]


def test_an_ingress_that_lets_some_of_the_internet_in_is_partly_open() -> None:
    allow = rule("allow", 100, sourceAddressPrefixes=["203.0.113.0/24"])
    resources = (subnet("east", "10.1.0.0/24", group="east"), group("east", allow))
    partner = Place("a partner", IPv4Network("203.0.113.0/25"))

    assert steps(INTERNET, INGRESS, *resources)[-1] == ("partly", "nsg/east: DenyAllInBound")
    assert text(INTERNET, INGRESS, *resources) == (
        "203.0.113.0/24 → the address of public-ip/east:443 is allowed by allow (priority 100); "
        "anything else is denied by DenyAllInBound (priority 65500)"
    )
    assert steps(partner, INGRESS, *resources)[-1] == ("passes", "nsg/east: allow")


def test_answers_to_the_internet_that_an_appliance_gets_are_not_known_to_arrive() -> None:
    resources = (table("udr", ("all", "0.0.0.0/0", "VirtualAppliance")), subnet("east", "10.1.0.0/24", table="udr"))

    assert steps(INTERNET, INGRESS, *resources) == [("partly", "routes/udr: all")]


NAT = AzureResource(
    "nat/west",
    "azure-native:network:NatGateway",
    f"{network_id('x')}/natGateways/west",
    {"publicIpAddresses": [{"id": f"{network_id('x')}/publicIPAddresses/west"}]},
    "network",
)
NAT_ADDRESS = AzureResource(
    "public-ip/west", "azure-native:network:PublicIPAddress", f"{network_id('x')}/publicIPAddresses/west", {}, "network"
)


def test_who_leaves_by_a_nat_gateway_arrives_with_its_address() -> None:
    allow = rule("allow", 100, sourceAddressPrefix=Output("public-ip/west", "ipAddress"))
    resources = (
        NAT,
        NAT_ADDRESS,
        subnet("west", "10.2.0.0/24", natGateway={"id": NAT.id}),
        subnet("east", "10.1.0.0/24", group="east"),
        group("east", allow),
    )

    assert steps(WEST, INGRESS, *resources) == [("passes", "nat/west"), ("passes", "nsg/east: allow")]


def test_who_is_given_another_address_is_in_no_application_group_any_more() -> None:
    asg = [{"id": application_group_id("web")}]
    resources = (
        WEST_SUBNET,
        subnet("east", "10.1.0.0/24", group="east"),
        group("east", rule("web", 100, sourceApplicationSecurityGroups=asg)),
        application_group("web"),
        interface("web", "west", "10.2.0.4", groups=("web",)),
    )
    member = Place("a member", IPv4Address("10.2.0.4"), subnet_id("west"), interface_id("web"))

    assert steps(member, INGRESS, *resources)[-1] == ("stops", "nsg/east: DenyAllInBound")


def test_a_subnet_without_outbound_access_does_not_reach_the_internet() -> None:
    closed = subnet("east", "10.1.0.0/24", defaultOutboundAccess=False)

    assert steps(EAST, INTERNET, EAST_SUBNET) == [("passes", LENT)]
    assert steps(EAST, INTERNET, closed) == [("stops", "subnet/east/nodes")]


def test_nodes_leave_by_the_load_balancer_that_their_cluster_has_by_default() -> None:
    closed = subnet("east", "10.1.0.0/24", defaultOutboundAccess=False)

    assert steps(EAST, INTERNET, closed, cluster()) == [("passes", "cluster/east")]
    assert steps(EAST, INTERNET, closed, cluster(outboundType="userDefinedRouting"))[0][0] == "stops"


def test_of_a_network_that_the_plan_does_not_have_nothing_is_known() -> None:
    here, there = (Place(name, IPv4Address(f"10.8.0.{name}"), subnet_id("gone")) for name in "45")

    assert steps(here, there) == [("passes", "gone"), *[("partly", "nodes, which is not in the plan")] * 2]


def test_a_range_without_an_address_leads_nowhere() -> None:
    only_ipv6 = Networks.of([subnet("east", "fd00::/64")]).subnet(subnet_id("east")).prefix

    assert steps(EAST, Place("nobody", only_ipv6, subnet_id("east")), EAST_SUBNET)[0][0] == "stops"


@pytest.mark.parametrize("destination", [INTERNET, INGRESS])
@pytest.mark.parametrize(
    ("routes", "expected"),
    [
        ([("storage", "Storage", "VirtualAppliance")], ("partly", "routes/udr: storage")),
        ([("storage", "Storage", "Internet"), ("all", "0.0.0.0/0", "None")], ("partly", "routes/udr: storage")),
        (
            [("storage", "Storage", "Internet")],
            ("passes", LENT),
        ),
    ],
)
def test_whether_a_route_for_a_services_tag_is_taken_is_not_known(
    routes: list[tuple[str, str, str]], expected: tuple[str, str], destination: Place
) -> None:
    resources = (table("udr", *routes), subnet("west", "10.2.0.0/24", table="udr"), EAST_SUBNET)

    assert steps(WEST, destination, *resources) == [expected]


def test_a_private_caller_outside_every_network_may_come_by_a_way_that_is_not_in_the_plan() -> None:
    caller = Place("on premises", IPv4Network("192.168.0.0/16"))

    assert steps(caller, MACHINE, MACHINES_SUBNET)[0][0] == "partly"


def test_a_peering_with_a_network_outside_the_plan_may_lead_anywhere_private() -> None:
    resources = (EAST_SUBNET, WEST_SUBNET, half("east", "hub"))
    beyond = Place("beyond", IPv4Address("192.168.0.1"))

    assert steps(EAST, beyond, *resources) == [("partly", "peering/east/hub")]
    assert text(EAST, WEST, *resources) == (
        "10.1.0.0/24 → 10.2.0.0/24 is dropped: network/east and network/west are not peered"
    ), "what the plan has is not behind it"


def test_the_members_of_an_application_group_are_its_interfaces_addresses() -> None:
    asg = [{"id": application_group_id("web")}]
    resources = (
        EAST_SUBNET,
        subnet("machines", "10.3.0.0/24", group="machines"),
        *peered("east", "machines"),
        group("machines", rule("web", 100, sourceApplicationSecurityGroups=asg), rule("deny", 200, "Deny")),
        application_group("web"),
        interface("known", "east", "10.1.0.4", groups=("web",)),
    )
    member, other = Place("a", IPv4Address("10.1.0.4")), Place("b", IPv4Address("10.1.0.5"))
    chosen_by_azure = interface("unknown", "east", None, groups=("web",))

    assert steps(member, MACHINE, *resources)[-1] == ("passes", "nsg/machines: web")
    assert steps(other, MACHINE, *resources)[-1] == ("stops", "nsg/machines: deny")
    assert steps(other, MACHINE, *resources, chosen_by_azure)[-1] == ("partly", "nsg/machines: web")


def test_a_scale_set_has_the_groups_of_its_primary_interface() -> None:
    scale_set = AzureResource(
        "machine/ledger",
        "azure-native:compute:VirtualMachineScaleSet",
        "/subscriptions/s/resourceGroups/g/providers/Microsoft.Compute/virtualMachineScaleSets/ledger",
        {
            "virtualMachineProfile": {
                "networkProfile": {
                    "networkInterfaceConfigurations": [
                        {
                            "name": "primary",
                            "primary": True,
                            "networkSecurityGroup": {"id": group_id("ledger")},
                            "ipConfigurations": [{"name": "primary", "subnet": {"id": subnet_id("east")}}],
                        }
                    ]
                }
            }
        },
        "machine",
    )
    instances = Place("the instances of ledger", IPv4Network("10.1.0.0/24"), None, scale_set.id)

    assert steps(instances, instances, EAST_SUBNET, scale_set, group("ledger", rule("deny", 100, "Deny"))) == [
        ("passes", "network/east"),
        ("passes", "nsg/ledger: AllowVnetOutBound"),
        ("stops", "nsg/ledger: deny"),
    ]


def test_what_stands_in_a_networks_own_properties_counts_as_what_stands_alone() -> None:
    west = network(
        "west",
        "10.2.0.0/16",
        subnets=[{"name": "nodes", "addressPrefix": "10.2.0.0/24", "networkSecurityGroup": {"id": group_id("west")}}],
        virtualNetworkPeerings=[{"name": "to-east", "remoteVirtualNetwork": {"id": network_id("east")}}],
    )
    east = network("east", "10.1.0.0/16")
    resources = [east, EAST_SUBNET, west, half("east", "west"), group("west", rule("deny", 100, "Deny"))]

    found = Networks.of(resources).passage(EAST, WEST, 443)

    assert [step.by for step in found] == ["peering/east/west", "nsg/west: deny"]


def test_lookups_take_ids_of_any_case_and_addresses() -> None:
    networks = Networks.of([*NETWORKS, EAST_SUBNET, interface("db", "machines", "10.3.0.9")])

    assert networks.subnet(subnet_id("east").upper()).prefix == IPv4Network("10.1.0.0/24")
    assert networks.interface(interface_id("DB")).name == "interface/db"
    found = networks.subnet_of(IPv4Address("10.1.0.7"))
    assert found is not None
    assert found.name == "subnet/east/nodes"
    assert networks.subnet_of(IPv4Address("10.1.9.7")) is None
    space = networks.virtual_network_of(IPv4Network("10.2.0.0/18"))
    assert space is not None
    assert space.name == "network/west"
    assert networks.virtual_network(subnet_id("West")).name == "network/west"


def test_peerings_tell_what_is_missing_or_closed() -> None:
    networks = Networks.of(
        [
            *NETWORKS,
            half("east", "west"),
            half("east", "machines"),
            half("machines", "east", allowVirtualNetworkAccess=False),
        ]
    )

    assert [
        (peering.connected, [half.name for half in peering.halves], [half.name for half in peering.closed])
        for peering in networks.peerings
    ] == [
        (True, ["peering/east/machines", "peering/machines/east"], ["peering/machines/east"]),
        (False, ["peering/east/west"], []),
    ]
