"""What Azure refuses of virtual networks, subnets and peerings, rule by rule."""

import pytest
from arm_client import Azure, in_region, network, peering, prefix, space, subnet
from shop import (
    APPS,
    NAT,
    NEW_NETWORK,
    NEW_PEERING,
    NEW_SUBNET,
    NSG,
    TABLE,
    Rule,
    named_by,
    peer,
    with_subnets,
)

RULES = (
    Rule(
        "a network's name has two characters at least",
        network("n"),
        space("10.0.0.0/16"),
        "InvalidResourceName",
        space("10.0.0.0/16"),
        network("nn"),
    ),
    Rule(
        "a network's name has 64 characters at most",
        network("n" * 65),
        space("10.0.0.0/16"),
        "InvalidResourceName",
        space("10.0.0.0/16"),
        network("n" * 64),
    ),
    Rule(
        "a network's name does not end with a hyphen",
        network("shop-"),
        space("10.0.0.0/16"),
        "InvalidResourceName",
        space("10.0.0.0/16"),
        network("shop_"),
    ),
    Rule(
        "a subnet's name does not start with a hyphen",
        subnet("east", "-a"),
        prefix("10.10.4.0/24"),
        "InvalidResourceName",
        prefix("10.10.4.0/24"),
        subnet("east", "a-b"),
    ),
    Rule("a network has an address space", NEW_NETWORK, in_region({}), "InvalidRequestFormat", space("10.0.0.0/16")),
    Rule(
        "a space is in CIDR notation", NEW_NETWORK, space("10.0.0.0"), "InvalidAddressPrefixFormat", space("10.0.0.0/8")
    ),
    Rule(
        "a prefix has 32 bits at most",
        NEW_NETWORK,
        space("10.0.0.0/33"),
        "InvalidAddressPrefixFormat",
        space("10.0.0.0/29"),
    ),
    Rule("a space has no host bits", NEW_NETWORK, space("10.1.2.3/16"), "InvalidCIDRNotation", space("10.1.0.0/16")),
    Rule(
        "a space is not multicast",
        NEW_NETWORK,
        space("224.0.0.0/8"),
        "NetcfgInvalidIPAddressPrefix",
        space("223.0.0.0/8"),
    ),
    Rule(
        "a space is not link-local",
        NEW_NETWORK,
        space("169.254.0.0/24"),
        "NetcfgInvalidIPAddressPrefix",
        space("169.253.0.0/24"),
    ),
    Rule(
        "a space is not loopback",
        NEW_NETWORK,
        space("127.0.0.0/16"),
        "NetcfgInvalidIPAddressPrefix",
        space("126.0.0.0/16"),
    ),
    Rule(
        "a space does not hold Azure's own address",
        NEW_NETWORK,
        space("168.63.129.0/24"),
        "NetcfgInvalidIPAddressPrefix",
        space("168.63.130.0/24"),
    ),
    Rule(
        "the prefixes of a space do not overlap",
        NEW_NETWORK,
        space("10.0.0.0/16", "10.0.1.0/24"),
        "NetcfgInvalidIPAddressPrefix",
        space("10.0.0.0/16", "10.1.0.0/16"),
    ),
    Rule(
        "a space keeps its subnets inside",
        network("east"),
        space("10.11.0.0/16"),
        "NetcfgSubnetRangeOutsideVnet",
        space("10.10.0.0/16", "10.11.0.0/16"),
    ),
    Rule("a DNS server is an address", NEW_NETWORK, named_by("dns"), "InvalidParameter", named_by("10.0.0.4")),
    Rule(
        "there are 20 DNS servers at most",
        NEW_NETWORK,
        named_by(*(f"10.0.0.{n}" for n in range(4, 25))),
        "InvalidParameter",
        named_by(*(f"10.0.0.{n}" for n in range(4, 24))),
    ),
    Rule(
        "a list of subnets does not leave out one in use",
        network("east"),
        with_subnets("10.10.0.0/16"),
        "InUseSubnetCannotBeDeleted",
        space("10.10.0.0/16"),
    ),
    Rule(
        "subnets inside a network do not overlap",
        NEW_NETWORK,
        with_subnets("10.0.0.0/16", "10.0.0.0/24", "10.0.0.128/25"),
        "NetcfgSubnetRangesOverlap",
        with_subnets("10.0.0.0/16", "10.0.0.0/25", "10.0.0.128/25"),
    ),
    Rule(
        "a subnet has a prefix",
        NEW_SUBNET,
        {"properties": {}},
        "AddressPrefixStringCannotBeNullOrEmpty",
        {"properties": {"addressPrefixes": ["10.10.4.0/24"]}},
    ),
    Rule(
        "a subnet lies inside its network",
        NEW_SUBNET,
        prefix("10.11.0.0/24"),
        "NetcfgSubnetRangeOutsideVnet",
        prefix("10.10.4.0/24"),
    ),
    Rule(
        "a subnet overlaps no other",
        NEW_SUBNET,
        prefix("10.10.0.128/25"),
        "NetcfgSubnetRangesOverlap",
        prefix("10.10.1.0/25"),
    ),
    Rule("a subnet is /29 at least", NEW_SUBNET, prefix("10.10.4.0/30"), "NetcfgInvalidSubnet", prefix("10.10.4.0/29")),
    Rule(
        "a subnet has no host bits", NEW_SUBNET, prefix("10.10.4.1/24"), "InvalidCIDRNotation", prefix("10.10.4.0/24")
    ),
    Rule(
        "a subnet's prefix stays while it is used",
        APPS,
        prefix("10.10.0.0/25"),
        "InUsePrefixCannotBeDeleted",
        prefix("10.10.0.0/24", networkSecurityGroup={"id": f"{NSG}/apps"}),
    ),
    Rule(
        "a subnet's security group exists",
        NEW_SUBNET,
        prefix("10.10.4.0/24", networkSecurityGroup={"id": f"{NSG}/none"}),
        "InvalidResourceReference",
        prefix("10.10.4.0/24", networkSecurityGroup={"id": f"{NSG}/apps"}),
    ),
    Rule(
        "a subnet's security group is in its region",
        NEW_SUBNET,
        prefix("10.10.4.0/24", networkSecurityGroup={"id": f"{NSG}/far"}),
        "InvalidResourceReference",
        prefix("10.10.4.0/24", networkSecurityGroup={"id": f"{NSG}/APPS"}),
    ),
    Rule(
        "a subnet's route table is one",
        NEW_SUBNET,
        prefix("10.10.4.0/24", routeTable={"id": f"{NSG}/apps"}),
        "InvalidResourceReference",
        prefix("10.10.4.0/24", routeTable={"id": f"{TABLE}/out"}),
    ),
    Rule(
        "a NAT gateway serves one network",
        NEW_SUBNET,
        prefix("10.10.4.0/24", natGateway={"id": f"{NAT}/out"}),
        "InvalidParameter",
        prefix("10.20.4.0/24", natGateway={"id": f"{NAT}/out"}),
        subnet("west", "new"),
    ),
    Rule(
        "a NAT gateway serves no gateway subnet",
        subnet("west", "GatewaySubnet"),
        prefix("10.20.4.0/24", natGateway={"id": f"{NAT}/out"}),
        "InvalidParameter",
        prefix("10.20.4.0/24"),
    ),
    Rule(
        "a delegation names a service",
        NEW_SUBNET,
        prefix("10.10.4.0/24", delegations=[{"name": "pg"}]),
        "InvalidRequestFormat",
        prefix(
            "10.10.4.0/24", delegations=[{"name": "pg", "properties": {"serviceName": "Microsoft.Web/serverFarms"}}]
        ),
    ),
    Rule("a peering has a remote network", NEW_PEERING, {"properties": {}}, "InvalidRequestFormat", peer("west")),
    Rule("a remote network exists", NEW_PEERING, peer("none"), "InvalidResourceReference", peer("west")),
    Rule(
        "peered spaces do not overlap", peering("west", "new"), peer("twin"), "VnetAddressSpacesOverlap", peer("east")
    ),
    Rule("a network is not peered with itself", NEW_PEERING, peer("east"), "VnetAddressSpacesOverlap", peer("far")),
    Rule(
        "gateways are used only where there are some",
        NEW_PEERING,
        peer("west", useRemoteGateways=True),
        "RemoteVnetHasNoGateways",
        peer("west", useRemoteGateways=False),
    ),
    Rule(
        "a peering's name has no blank",
        peering("east", "a b"),
        peer("west"),
        "InvalidResourceName",
        peer("west"),
        peering("east", "a-b"),
    ),
    Rule(
        "flows time out after 4 to 30 minutes",
        NEW_NETWORK,
        in_region({"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "flowTimeoutInMinutes": 31}),
        "InvalidParameter",
        in_region({"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "flowTimeoutInMinutes": 30}),
    ),
    Rule(
        "a subnet inside a network has a name",
        NEW_NETWORK,
        in_region({"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "subnets": [prefix("10.0.0.0/24")]}),
        "InvalidRequestFormat",
        with_subnets("10.0.0.0/16", "10.0.0.0/24"),
    ),
)


@pytest.mark.parametrize("case", RULES, ids=lambda case: case.sentence)
def test_what_breaks_a_rule_is_refused_by_its_code_and_what_keeps_it_is_accepted(shop: Azure, case: Rule):
    assert shop.refused(case.path, case.refused) == case.code
    shop.made(case.accepted_path or case.path, case.accepted)
