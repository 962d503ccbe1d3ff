"""A shop's networks and what lies in them, and rules as tests have them: what breaks one, its code, what keeps it."""

from typing import Any, NamedTuple

from arm_client import (
    GROUP,
    NETWORK,
    Azure,
    address,
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
