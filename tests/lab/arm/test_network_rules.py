"""What Microsoft.Network refuses, rule by rule: what breaks it, the code, and what is accepted instead."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from arm_client import (
    GROUP,
    NETWORK,
    Azure,
    RecordingServers,
    address,
    azure_in,
    in_region,
    interface,
    network,
    peering,
    prefix,
    rule,
    space,
    subnet,
)

ASG = f"{NETWORK}/applicationSecurityGroups"
NSG = f"{NETWORK}/networkSecurityGroups"
PUBLIC = f"{NETWORK}/publicIPAddresses"
TABLE = f"{NETWORK}/routeTables"
NAT = f"{NETWORK}/natGateways"
NIC = f"{NETWORK}/networkInterfaces"
APPS = subnet("east", "apps")
NEW_NETWORK = network("new")
NEW_SUBNET = subnet("east", "new")
NEW_PEERING = peering("east", "new")
NEW_GROUP = f"{NSG}/new"
NEW_RULE = f"{NSG}/apps/securityRules/new"
NEW_TABLE = f"{TABLE}/new"
NEW_ADDRESS = f"{PUBLIC}/new"
NEW_NAT = f"{NAT}/new"
NEW_INTERFACE = f"{NIC}/new"
STANDARD = {"sku": {"name": "Standard"}}
STATIC = {"publicIPAllocationMethod": "Static"}


@pytest.fixture(scope="module")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    database = tmp_path_factory.mktemp("shop") / "azure.db"
    with azure_in(database, RecordingServers()) as azure:
        make_shop(azure)
    return database


@pytest.fixture
def shop(made_once: Path, tmp_path: Path) -> Iterator[Azure]:
    """A copy for each test."""
    database = tmp_path / "azure.db"
    with closing(sqlite3.connect(made_once)) as one, closing(sqlite3.connect(database)) as copy:
        one.backup(copy)
    with azure_in(database, RecordingServers()) as azure:
        yield azure


def make_shop(azure: Azure) -> None:
    """Networks east (with subnets apps, tiny and data, delegated) and west, and one of each kind beside them."""
    azure.made(GROUP, {"location": "westeurope"})
    azure.made(network("east"), space("10.10.0.0/16"))
    azure.made(network("west"), space("10.20.0.0/16"))
    azure.made(network("twin"), space("10.20.128.0/17"))
    azure.made(network("far"), in_region({"addressSpace": {"addressPrefixes": ["10.99.0.0/16"]}}, "northeurope"))
    azure.made(f"{NSG}/apps", in_region({"securityRules": [{"name": "https", **rule(priority=300)}]}))
    azure.made(f"{NSG}/far", in_region({}, "northeurope"))
    azure.made(f"{ASG}/machines", {"location": "westeurope"})
    azure.made(f"{ASG}/far", {"location": "northeurope"})
    azure.made(f"{TABLE}/out", in_region({}))
    azure.made(f"{PUBLIC}/gateway", in_region(STATIC, **STANDARD))
    azure.made(f"{PUBLIC}/basic", in_region({"publicIPAllocationMethod": "Dynamic"}))
    azure.made(f"{PUBLIC}/held", in_region(STATIC, **STANDARD))
    azure.made(f"{NAT}/out", by_addresses("held"))
    azure.made(APPS, prefix("10.10.0.0/24"))
    azure.made(subnet("east", "tiny"), prefix("10.10.3.0/29"))
    azure.made(
        subnet("east", "data"),
        prefix(
            "10.10.2.0/24",
            delegations=[{"name": "pg", "properties": {"serviceName": "Microsoft.DBforPostgreSQL/flexibleServers"}}],
        ),
    )
    azure.made(subnet("west", "apps"), prefix("10.20.0.0/24", natGateway={"id": f"{NAT}/out"}))
    azure.made(
        f"{NIC}/ledger",
        interface(address(APPS, privateIPAllocationMethod="Static", privateIPAddress="10.10.0.10")),
    )
    for number in range(3):
        azure.made(f"{NIC}/tiny-{number}", interface(address(subnet("east", "tiny"))))


class Rule(NamedTuple):
    sentence: str
    path: str
    refused: dict[str, Any]
    code: str
    accepted: dict[str, Any] | None
    accepted_path: str = ""


def peer(remote: str, **properties: Any) -> dict[str, Any]:
    return {"properties": {"remoteVirtualNetwork": {"id": network(remote)}, **properties}}


def named_by(*servers: str) -> dict[str, Any]:
    return in_region(
        {"addressSpace": {"addressPrefixes": ["10.0.0.0/16"]}, "dhcpOptions": {"dnsServers": list(servers)}}
    )


def with_subnets(whole: str, *parts: str) -> dict[str, Any]:
    subnets = [{"name": f"part-{at}", **prefix(part)} for at, part in enumerate(parts)]
    return in_region({"addressSpace": {"addressPrefixes": [whole]}, "subnets": subnets})


def by_addresses(*names: str) -> dict[str, Any]:
    return in_region({"publicIpAddresses": [{"id": f"{PUBLIC}/{name}"} for name in names]}, **STANDARD)


def from_groups(*names: str) -> dict[str, Any]:
    return rule(sourceAddressPrefix=None, sourceApplicationSecurityGroups=[{"id": f"{ASG}/{name}"} for name in names])


def second(subnet_id: str) -> dict[str, Any]:
    return {**address(subnet_id), "name": "second"}


def group(*rules: dict[str, Any]) -> dict[str, Any]:
    return in_region({"securityRules": list(rules)})


def static(value: str) -> dict[str, Any]:
    return interface(address(APPS, privateIPAllocationMethod="Static", privateIPAddress=value))


def route(**properties: Any) -> dict[str, Any]:
    return in_region({"routes": [{"name": "all", "properties": {"addressPrefix": "0.0.0.0/0", **properties}}]})


RULES = (
    # Names
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
    Rule(
        "a group's name has 80 characters at most",
        f"{NSG}/{'n' * 81}",
        in_region({}),
        "InvalidResourceName",
        in_region({}),
        f"{NSG}/{'n' * 80}",
    ),
    Rule(
        "a rule's name has no blank",
        f"{NSG}/apps/securityRules/a b",
        rule(),
        "InvalidResourceName",
        rule(),
        f"{NSG}/apps/securityRules/a.b",
    ),
    # Virtual networks
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
    # Subnets
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
    # Peerings
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
    # Security rules
    Rule("a rule has a protocol", NEW_RULE, rule(protocol=None), "InvalidRequestFormat", rule(protocol="*")),
    Rule("a rule's protocol is known", NEW_RULE, rule(protocol="Http"), "InvalidRequestFormat", rule(protocol="tcp")),
    Rule("a rule has a direction", NEW_RULE, rule(direction=None), "InvalidRequestFormat", rule(direction="Outbound")),
    Rule("a rule allows or denies", NEW_RULE, rule(access="Maybe"), "InvalidRequestFormat", rule(access="Deny")),
    Rule("a rule has a priority", NEW_RULE, rule(priority=None), "InvalidRequestFormat", rule(priority=4096)),
    Rule("a priority is 100 at least", NEW_RULE, rule(priority=99), "SecurityRuleInvalidPriority", rule(priority=100)),
    Rule(
        "a priority is 4096 at most", NEW_RULE, rule(priority=4097), "SecurityRuleInvalidPriority", rule(priority=4096)
    ),
    Rule(
        "a priority is used once in a direction",
        NEW_RULE,
        rule(priority=300),
        "SecurityRuleConflict",
        rule(priority=300, direction="Outbound"),
    ),
    Rule(
        "two rules of one group do not conflict",
        NEW_GROUP,
        group({"name": "a", **rule()}, {"name": "b", **rule()}),
        "SecurityRuleConflict",
        group({"name": "a", **rule()}, {"name": "b", **rule(priority=201)}),
    ),
    Rule(
        "two rules of one group have two names",
        NEW_GROUP,
        group({"name": "a", **rule()}, {"name": "A", **rule(priority=201)}),
        "InvalidRequestFormat",
        group({"name": "a", **rule()}, {"name": "b", **rule(priority=201)}),
    ),
    Rule(
        "a list of ports is not written with commas",
        NEW_RULE,
        rule(destinationPortRange="80,443"),
        "SecurityRuleInvalidPortRange",
        rule(destinationPortRange=None, destinationPortRanges=["80", "443"]),
    ),
    Rule(
        "a port is 65535 at most",
        NEW_RULE,
        rule(destinationPortRange="65536"),
        "SecurityRuleInvalidPortRange",
        rule(destinationPortRange="65535"),
    ),
    Rule(
        "a port range ascends",
        NEW_RULE,
        rule(destinationPortRange="90-80"),
        "SecurityRuleInvalidPortRange",
        rule(destinationPortRange="80-90"),
    ),
    Rule(
        "a list of ports has no star",
        NEW_RULE,
        rule(destinationPortRange=None, destinationPortRanges=["*"]),
        "SecurityRuleParameterContainsInvalidPortRanges",
        rule(destinationPortRange="*"),
    ),
    Rule(
        "each port of a list is one",
        NEW_RULE,
        rule(destinationPortRange=None, destinationPortRanges=["443", "80-"]),
        "SecurityRuleInvalidPortRange",
        rule(destinationPortRange=None, destinationPortRanges=["443", "80-81"]),
    ),
    Rule(
        "each address of a list is one",
        NEW_RULE,
        rule(sourceAddressPrefix=None, sourceAddressPrefixes=["10.0.0.0/8", "everywhere"]),
        "SecurityRuleInvalidAddressPrefix",
        rule(sourceAddressPrefix=None, sourceAddressPrefixes=["10.0.0.0/8", "192.0.2.0/24"]),
    ),
    Rule(
        "a rule names its ports once",
        NEW_RULE,
        rule(destinationPortRanges=["80"]),
        "InvalidParameter",
        rule(destinationPortRanges=[]),
    ),
    Rule("a rule has ports", NEW_RULE, rule(destinationPortRange=None), "InvalidRequestFormat", rule()),
    Rule(
        "a rule has a source",
        NEW_RULE,
        rule(sourceAddressPrefix=None),
        "InvalidRequestFormat",
        rule(sourceAddressPrefix="*"),
    ),
    Rule(
        "an address prefix has no host bits",
        NEW_RULE,
        rule(sourceAddressPrefix="50.206.209.68/27"),
        "SecurityRuleInvalidAddressPrefix",
        rule(sourceAddressPrefix="50.206.209.64/27"),
    ),
    Rule(
        "an address prefix has 32 bits at most",
        NEW_RULE,
        rule(sourceAddressPrefix="10.0.0.0/33"),
        "SecurityRuleInvalidAddressPrefix",
        rule(sourceAddressPrefix="10.0.0.1/32"),
    ),
    Rule(
        "a service tag is known",
        NEW_RULE,
        rule(sourceAddressPrefix="AzureBastionSubnet"),
        "SecurityRuleInvalidAddressPrefix",
        rule(sourceAddressPrefix="virtualnetwork"),
    ),
    Rule(
        "a regional tag names a region",
        NEW_RULE,
        rule(sourceAddressPrefix="Storage.Mars"),
        "SecurityRuleInvalidAddressPrefix",
        rule(sourceAddressPrefix="Storage.WestEurope"),
    ),
    Rule(
        "a global tag names no region",
        NEW_RULE,
        rule(sourceAddressPrefix="Internet.WestEurope"),
        "SecurityRuleInvalidAddressPrefix",
        rule(sourceAddressPrefix="Internet"),
    ),
    Rule(
        "a list of addresses has no service tag",
        NEW_RULE,
        rule(sourceAddressPrefix=None, sourceAddressPrefixes=["Internet"]),
        "SecurityRuleParameterContainsUnsupportedValue",
        rule(sourceAddressPrefix=None, sourceAddressPrefixes=["10.0.0.0/8", "192.0.2.1"]),
    ),
    Rule(
        "a rule names its source once",
        NEW_RULE,
        rule(sourceApplicationSecurityGroups=[{"id": f"{ASG}/machines"}]),
        "InvalidParameter",
        from_groups("machines"),
    ),
    Rule(
        "a rule's application group exists",
        NEW_RULE,
        from_groups("none"),
        "InvalidResourceReference",
        from_groups("machines"),
    ),
    Rule(
        "a rule's application group is in its region",
        NEW_RULE,
        from_groups("far"),
        "InvalidResourceReference",
        from_groups("machines"),
    ),
    Rule(
        "a rule has ten application groups a side",
        NEW_RULE,
        from_groups(*["machines"] * 11),
        "InvalidParameter",
        from_groups(*["machines"] * 10),
    ),
    Rule(
        "a description has 140 characters at most",
        NEW_RULE,
        rule(description="d" * 141),
        "InvalidParameter",
        rule(description="d" * 140),
    ),
    Rule(
        "a group has 4000 source addresses at most",
        NEW_GROUP,
        group({"name": "a", **rule(sourceAddressPrefix=None, sourceAddressPrefixes=["10.0.0.1"] * 4001)}),
        "SecurityRuleAddressesOrPortsPerSecurityGroupLimitReached",
        group(
            {
                "name": "a",
                **rule(
                    sourceAddressPrefix=None,
                    sourceAddressPrefixes=["10.0.0.1"] * 4000,
                    destinationAddressPrefix=None,
                    destinationAddressPrefixes=["10.0.0.1"] * 4000,
                ),
            }
        ),
    ),
    # Routes
    Rule("a route says where it goes", NEW_TABLE, route(), "InvalidRequestFormat", route(nextHopType="Internet")),
    Rule(
        "a route goes somewhere known",
        NEW_TABLE,
        route(nextHopType="Moon"),
        "InvalidRequestFormat",
        route(nextHopType="none"),
    ),
    Rule(
        "an appliance has an address",
        NEW_TABLE,
        route(nextHopType="VirtualAppliance"),
        "InvalidParameter",
        route(nextHopType="VirtualAppliance", nextHopIpAddress="10.0.0.4"),
    ),
    Rule(
        "only an appliance has an address",
        NEW_TABLE,
        route(nextHopType="Internet", nextHopIpAddress="10.0.0.4"),
        "InvalidParameter",
        route(nextHopType="VnetLocal"),
    ),
    Rule(
        "a route has a prefix",
        NEW_TABLE,
        route(nextHopType="Internet", addressPrefix="everywhere"),
        "InvalidAddressPrefixFormat",
        route(nextHopType="Internet", addressPrefix="AzureCloud"),
    ),
    Rule(
        "a prefix has one route",
        NEW_TABLE,
        in_region(
            {
                "routes": [
                    {"name": name, "properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "None"}} for name in "ab"
                ]
            }
        ),
        "RouteConflict",
        route(nextHopType="None"),
    ),
    # Public addresses and NAT gateways
    Rule(
        "a Standard address is static",
        NEW_ADDRESS,
        in_region({}, **STANDARD),
        "StandardSkuPublicIPAddressesMustBeStatic",
        in_region(STATIC, **STANDARD),
    ),
    Rule(
        "a Basic address has no zones",
        NEW_ADDRESS,
        in_region(STATIC, zones=["1"]),
        "ZonesNotAllowedInBasicSkuResource",
        in_region(STATIC, zones=["1"], **STANDARD),
    ),
    Rule(
        "a sku is known",
        NEW_ADDRESS,
        in_region(STATIC, sku={"name": "Gold"}),
        "InvalidRequestFormat",
        in_region(STATIC, sku={"name": "standard"}),
    ),
    Rule(
        "a region has the zones asked for",
        NEW_ADDRESS,
        in_region(STATIC, "westus", zones=["1"], **STANDARD),
        "InvalidParameter",
        in_region(STATIC, "westeurope", zones=["1", "2", "3"], **STANDARD),
    ),
    Rule(
        "an address does not change zones",
        f"{PUBLIC}/gateway",
        in_region(STATIC, zones=["1"], **STANDARD),
        "ResourceCannotUpdateZones",
        in_region(STATIC, **STANDARD),
    ),
    Rule(
        "an address idles 30 minutes at most",
        NEW_ADDRESS,
        in_region({**STATIC, "idleTimeoutInMinutes": 31}, **STANDARD),
        "InvalidParameter",
        in_region({**STATIC, "idleTimeoutInMinutes": 30}, **STANDARD),
    ),
    Rule("a NAT gateway is Standard", NEW_NAT, in_region({}), "InvalidRequestFormat", in_region({}, **STANDARD)),
    Rule(
        "a NAT gateway idles 120 minutes at most",
        NEW_NAT,
        in_region({"idleTimeoutInMinutes": 121}, **STANDARD),
        "InvalidParameter",
        in_region({"idleTimeoutInMinutes": 120}, **STANDARD),
    ),
    Rule(
        "a NAT gateway takes Standard addresses",
        NEW_NAT,
        by_addresses("basic"),
        "InvalidParameter",
        by_addresses("gateway"),
    ),
    Rule(
        "a NAT gateway's addresses exist",
        NEW_NAT,
        by_addresses("none"),
        "InvalidResourceReference",
        by_addresses("gateway"),
    ),
    Rule("an address has one holder", NEW_NAT, by_addresses("held"), "PublicIPAddressInUse", by_addresses("gateway")),
    Rule(
        "a NAT gateway is in one zone",
        NEW_NAT,
        in_region({}, zones=["1", "2"], **STANDARD),
        "InvalidParameter",
        in_region({}, zones=["1"], **STANDARD),
    ),
    Rule(
        "a NAT gateway has 16 addresses at most",
        NEW_NAT,
        by_addresses(*["gateway"] * 17),
        "InvalidParameter",
        by_addresses("gateway"),
    ),
    # Interfaces
    Rule("an interface has an address", NEW_INTERFACE, interface(), "InvalidRequestFormat", interface(address(APPS))),
    Rule(
        "an interface's subnet exists",
        NEW_INTERFACE,
        interface(address(subnet("east", "none"))),
        "InvalidResourceReference",
        interface(address(APPS)),
    ),
    Rule(
        "an interface is in its network's region",
        NEW_INTERFACE,
        {**interface(address(APPS)), "location": "northeurope"},
        "InvalidResourceReference",
        interface(address(APPS)),
    ),
    Rule(
        "an interface is in no delegated subnet",
        NEW_INTERFACE,
        interface(address(subnet("east", "data"))),
        "ResourceNotPermittedOnDelegatedSubnet",
        interface(address(APPS)),
    ),
    Rule(
        "an interface fits into its subnet",
        NEW_INTERFACE,
        interface(address(subnet("east", "tiny"))),
        "SubnetIsFull",
        interface(address(APPS)),
    ),
    Rule(
        "a static address is inside",
        NEW_INTERFACE,
        static("10.10.1.5"),
        "PrivateIPAddressNotInSubnet",
        static("10.10.0.5"),
    ),
    Rule(
        "a static address is none of the first four",
        NEW_INTERFACE,
        static("10.10.0.3"),
        "PrivateIPAddressInReservedRange",
        static("10.10.0.4"),
    ),
    Rule(
        "a static address is not the last",
        NEW_INTERFACE,
        static("10.10.0.255"),
        "PrivateIPAddressInReservedRange",
        static("10.10.0.254"),
    ),
    Rule(
        "a static address is free",
        NEW_INTERFACE,
        static("10.10.0.10"),
        "PrivateIPAddressIsAllocated",
        static("10.10.0.11"),
    ),
    Rule(
        "a static address is given",
        NEW_INTERFACE,
        interface(address(APPS, privateIPAllocationMethod="Static")),
        "InvalidParameter",
        static("10.10.0.12"),
    ),
    Rule(
        "an interface is in one network",
        NEW_INTERFACE,
        interface(address(APPS, primary=True), second(subnet("west", "apps"))),
        "InvalidParameter",
        interface(address(APPS, primary=True), second(APPS)),
    ),
    Rule(
        "one of several addresses is primary",
        NEW_INTERFACE,
        interface(address(APPS), second(APPS)),
        "InvalidParameter",
        interface(address(APPS, primary=True), second(APPS)),
    ),
    Rule(
        "an interface's security group exists",
        NEW_INTERFACE,
        interface(address(APPS), networkSecurityGroup={"id": f"{NSG}/none"}),
        "InvalidResourceReference",
        interface(address(APPS), networkSecurityGroup={"id": f"{NSG}/apps"}),
    ),
    Rule(
        "an interface's public address is free",
        NEW_INTERFACE,
        interface(address(APPS, publicIPAddress={"id": f"{PUBLIC}/held"})),
        "PublicIPAddressInUse",
        interface(address(APPS, publicIPAddress={"id": f"{PUBLIC}/gateway"})),
    ),
    Rule(
        "an application group is in the interface's region",
        NEW_INTERFACE,
        interface(address(APPS, applicationSecurityGroups=[{"id": f"{ASG}/far"}])),
        "InvalidResourceReference",
        interface(address(APPS, applicationSecurityGroups=[{"id": f"{ASG}/machines"}])),
    ),
    # What is left
    Rule(
        "a peering's name has no blank",
        peering("east", "a b"),
        peer("west"),
        "InvalidResourceName",
        peer("west"),
        peering("east", "a-b"),
    ),
    Rule(
        "a route table's name has no blank",
        f"{TABLE}/a b",
        in_region({}),
        "InvalidResourceName",
        in_region({}),
        NEW_TABLE,
    ),
    Rule(
        "a route's name has no blank",
        f"{TABLE}/out/routes/a b",
        {"properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "None"}},
        "InvalidResourceName",
        {"properties": {"addressPrefix": "0.0.0.0/0", "nextHopType": "None"}},
        f"{TABLE}/out/routes/a-b",
    ),
    Rule(
        "a public address's name has no blank",
        f"{PUBLIC}/a b",
        in_region(STATIC, **STANDARD),
        "InvalidResourceName",
        in_region(STATIC, **STANDARD),
        NEW_ADDRESS,
    ),
    Rule(
        "a NAT gateway's name has no blank",
        f"{NAT}/a b",
        in_region({}, **STANDARD),
        "InvalidResourceName",
        in_region({}, **STANDARD),
        NEW_NAT,
    ),
    Rule(
        "an application group's name has no blank",
        f"{ASG}/a b",
        {"location": "westeurope"},
        "InvalidResourceName",
        {"location": "westeurope"},
        f"{ASG}/new",
    ),
    Rule(
        "an interface's name has no blank",
        f"{NIC}/a b",
        interface(address(APPS)),
        "InvalidResourceName",
        interface(address(APPS)),
        NEW_INTERFACE,
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
    Rule(
        "a group has 1000 rules at most",
        NEW_GROUP,
        group(*({"name": f"r{n}", **rule(priority=100 + n)} for n in range(1001))),
        "InvalidParameter",
        group({"name": "r", **rule()}),
    ),
    Rule(
        "a rule beside others keeps to the addresses of its group",
        NEW_RULE,
        rule(sourceAddressPrefix=None, sourceAddressPrefixes=["10.0.0.1"] * 4001),
        "SecurityRuleAddressesOrPortsPerSecurityGroupLimitReached",
        rule(sourceAddressPrefix=None, sourceAddressPrefixes=["10.0.0.1"] * 4000),
    ),
    Rule(
        "a rule names its destination once",
        NEW_RULE,
        rule(destinationAddressPrefixes=["10.0.0.1"]),
        "InvalidParameter",
        rule(destinationAddressPrefix=None, destinationAddressPrefixes=["10.0.0.1"]),
    ),
    Rule(
        "an appliance's address is one",
        NEW_TABLE,
        route(nextHopType="VirtualAppliance", nextHopIpAddress="firewall"),
        "InvalidParameter",
        route(nextHopType="VirtualAppliance", nextHopIpAddress="10.0.0.4"),
    ),
    Rule(
        "a table has 400 routes at most",
        NEW_TABLE,
        in_region({"routes": [{"name": f"r{n}", "properties": {}} for n in range(401)]}),
        "InvalidParameter",
        route(nextHopType="None"),
    ),
    Rule(
        "an address is allocated in a way that is known",
        NEW_ADDRESS,
        in_region({"publicIPAllocationMethod": "Sometimes"}),
        "InvalidRequestFormat",
        in_region({"publicIPAllocationMethod": "dynamic"}),
    ),
    Rule(
        "a Standard address stays one",
        f"{PUBLIC}/gateway",
        in_region(STATIC, sku={"name": "Basic"}),
        "InvalidParameter",
        in_region(STATIC, tags={"a": "b"}, **STANDARD),
    ),
    Rule(
        "an interface has 256 addresses at most",
        NEW_INTERFACE,
        interface(*({"name": f"c{n}", "properties": {"primary": n == 0, "subnet": {"id": APPS}}} for n in range(257))),
        "InvalidParameter",
        interface(address(APPS)),
    ),
    Rule(
        "an address of an interface has a name",
        NEW_INTERFACE,
        interface({"properties": {"subnet": {"id": APPS}}}),
        "InvalidRequestFormat",
        interface(address(APPS)),
    ),
    Rule(
        "an address of an interface is in a subnet",
        NEW_INTERFACE,
        interface({"name": "first", "properties": {}}),
        "InvalidRequestFormat",
        interface(address(APPS)),
    ),
    Rule(
        "an address of an interface is allocated in a way that is known",
        NEW_INTERFACE,
        interface(address(APPS, privateIPAllocationMethod="Sometimes")),
        "InvalidRequestFormat",
        interface(address(APPS, privateIPAllocationMethod="dynamic")),
    ),
    Rule(
        "an interface's public address exists",
        NEW_INTERFACE,
        interface(address(APPS, publicIPAddress={"id": f"{PUBLIC}/none"})),
        "InvalidResourceReference",
        interface(address(APPS, publicIPAddress={"id": f"{PUBLIC}/gateway"})),
    ),
)


@pytest.mark.parametrize("case", RULES, ids=lambda case: case.sentence)
def test_what_breaks_a_rule_is_refused_by_its_code_and_what_keeps_it_is_accepted(shop: Azure, case: Rule):
    assert shop.refused(case.path, case.refused) == case.code
    shop.made(case.accepted_path or case.path, case.accepted)
