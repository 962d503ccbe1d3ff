"""Private DNS zones, their links and records: each rule kept and broken."""

from typing import Any

import pytest
from arm_client import NETWORK, Azure
from cluster_ground import network
from rules import Rule, changed, each, each_kept

ZONES = f"{NETWORK}/privateDnsZones"
ZONE = f"{ZONES}/shop.internal"
LINK = f"{ZONE}/virtualNetworkLinks/east"
RECORD = f"{ZONE}/A/orders"
EAST = f"{NETWORK}/virtualNetworks/east"


@pytest.fixture(autouse=True)
def _ground(azure: Azure) -> None:
    network(azure, "east", "10.10.0.0/16")
    azure.made(ZONE, {"location": "global"})


def link(network_id: str = EAST, registers: bool = False) -> dict[str, Any]:
    return {
        "location": "global",
        "properties": {"virtualNetwork": {"id": network_id}, "registrationEnabled": registers},
    }


def record(**properties: Any) -> dict[str, Any]:
    return {"properties": {"ttl": 300, "aRecords": [{"ipv4Address": "10.10.0.4"}], **properties}}


@pytest.mark.parametrize(
    "name", ["shop.example", "privatelink.postgres.database.azure.com", "_tcp.shop.example", ".".join(["a"] * 34)]
)
def test_azure_accepts_the_zone_name(azure: Azure, name: str) -> None:
    azure.made(f"{ZONES}/{name}", {"location": "global"})


@pytest.mark.parametrize(
    "name", ["internal", "shop..internal", f"{'a' * 64}.internal", ".".join(["a"] * 35), "-a.internal"]
)
def test_azure_refuses_the_zone_name(azure: Azure, name: str) -> None:
    assert azure.refused(f"{ZONES}/{name}", {"location": "global"}) == "BadRequest"


def test_a_zone_counts_what_is_in_it(azure: Azure) -> None:
    azure.made(LINK, link(registers=True))
    azure.made(RECORD, record())

    properties = azure.body(ZONE)["properties"]

    assert properties["numberOfRecordSets"] == 2, "with its SOA record"
    assert properties["numberOfVirtualNetworkLinksWithRegistration"] == 1


def test_a_zone_with_links_is_not_deleted(azure: Azure) -> None:
    azure.made(LINK, link())
    assert azure.refused_delete(ZONE) == "CannotDeleteResource"

    azure.gone(LINK)
    azure.gone(ZONE)


LINKS = [
    Rule("it names a network", {"properties.virtualNetwork": None}, "BadRequest"),
    Rule(
        "it says whether machines register",
        {"properties.registrationEnabled": None},
        "BadRequest",
        {"properties.registrationEnabled": True},
    ),
    Rule("its network exists", {"properties.virtualNetwork.id": f"{EAST}-x"}, "ResourceNotFound"),
    Rule("its network is a network", {"properties.virtualNetwork.id": ZONE}, "ResourceNotFound"),
]


@each_kept(LINKS)
def test_azure_accepts_a_link_where(azure: Azure, rule: Rule) -> None:
    azure.made(LINK, changed(link(), rule.kept))


@each(LINKS)
def test_azure_refuses_a_link_unless(azure: Azure, rule: Rule) -> None:
    assert azure.refused(LINK, changed(link(), rule.broken)) == rule.code


@pytest.mark.parametrize("name", ["-east", "east-", "ea st", "e" * 81])
def test_azure_refuses_the_link_name(azure: Azure, name: str) -> None:
    assert azure.refused(f"{ZONE}/virtualNetworkLinks/{name}", link()) == "BadRequest"


def test_a_network_is_linked_to_one_zone_of_a_name(azure: Azure) -> None:
    azure.made(LINK, link())
    azure.made(f"{ZONES}/other.internal", {"location": "global"})

    assert azure.refused(f"{ZONE}/virtualNetworkLinks/again", link()) == "BadRequest"
    azure.made(f"{ZONES}/other.internal/virtualNetworkLinks/east", link())


def test_a_networks_machines_register_in_one_zone(azure: Azure) -> None:
    azure.made(LINK, link(registers=True))
    azure.made(f"{ZONES}/other.internal", {"location": "global"})
    other = f"{ZONES}/other.internal/virtualNetworkLinks/east"

    assert azure.refused(other, link(registers=True)) == "BadRequest"
    azure.made(other, link(registers=False))


def test_a_link_keeps_its_network(azure: Azure) -> None:
    west = network(azure, "west", "10.20.0.0/16")
    azure.made(LINK, link())

    assert azure.refused(LINK, link(west)) == "BadRequest"
    assert azure.made(LINK, link(registers=True))["properties"]["virtualNetworkLinkState"] == "Completed"


RECORDS = [
    Rule("it has a time to live", {"properties.ttl": None}, "BadRequest", {"properties.ttl": 1}),
    Rule("its time to live is positive", {"properties.ttl": 0}, "BadRequest", {"properties.ttl": 2**31 - 1}),
    Rule("it has an address", {"properties.aRecords": []}, "BadRequest"),
    Rule(
        "its addresses are IPv4",
        {"properties.aRecords": [{"ipv4Address": "10.10.0.256"}]},
        "BadRequest",
        {"properties.aRecords": [{"ipv4Address": "10.10.0.4"}, {"ipv4Address": "10.10.0.5"}]},
    ),
    Rule(
        "no address is there twice",
        {"properties.aRecords": [{"ipv4Address": "10.10.0.4"}, {"ipv4Address": "10.10.0.4"}]},
        "BadRequest",
    ),
]


@each_kept(RECORDS)
def test_azure_accepts_a_record_where(azure: Azure, rule: Rule) -> None:
    azure.made(RECORD, changed(record(), rule.kept))


@each(RECORDS)
def test_azure_refuses_a_record_unless(azure: Azure, rule: Rule) -> None:
    assert azure.refused(RECORD, changed(record(), rule.broken)) == rule.code


@pytest.mark.parametrize(
    ("name", "full"), [("@", "shop.internal."), ("*", "*.shop.internal."), ("a.b", "a.b.shop.internal.")]
)
def test_a_record_says_its_full_name(azure: Azure, name: str, full: str) -> None:
    assert azure.made(f"{ZONE}/A/{name}", record())["properties"]["fqdn"] == full
    assert azure.refused(f"{ZONE}/A/a*b", record()) == "BadRequest"
