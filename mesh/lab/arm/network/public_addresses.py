"""Public IP addresses: how they are allocated, and who holds one."""

from collections.abc import Iterator
from ipaddress import IPv4Address
from zlib import crc32

from mesh.lab.arm import regions
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.network import network_rules
from mesh.lab.arm.refusals import properties, validation
from mesh.lab.arm.resource_types import Body, Resources, ResourceType, Write

TYPE = "Microsoft.Network/publicIPAddresses"
NAT_TYPE = "Microsoft.Network/natGateways"
INTERFACE_TYPE = "Microsoft.Network/networkInterfaces"
_USERS = (INTERFACE_TYPE, NAT_TYPE, "Microsoft.Network/loadBalancers")
_ZONES = ("1", "2", "3")
_IDLE_MINUTES = range(4, 31)
_DOCUMENTATION = IPv4Address("203.0.113.0")
"""Addresses come from here: nobody has them (RFC 5737)."""


def _name_refusals(write: Write) -> Iterator[Rejection]:
    yield from network_rules.name_refusals(write)


def _address_refusals(write: Write) -> Iterator[Rejection]:
    name, method = (
        sku(write.body),
        properties(write).get("publicIPAllocationMethod", "Dynamic"),
    )
    if name == "Standard" and method != "Static":
        yield Rejection(
            "StandardSkuPublicIPAddressesMustBeStatic",
            f"Standard sku publicIp {write.id} must have AllocationMethod set to Static.",
        )
    if name == "Basic" and write.body.get("zones"):
        # cloudfoundry/bosh-azure-cpi-release#608
        yield Rejection(
            "ZonesNotAllowedInBasicSkuResource",
            f"Request for resource {write.id} is invalid as the sku is Basic.",
        )
    minutes = properties(write).get("idleTimeoutInMinutes")
    if minutes is not None and minutes not in _IDLE_MINUTES:
        yield network_rules.refused(f"IdleTimeoutInMinutes {minutes} is invalid. Allowed range 4-30.", write.id)


def zone_refusals(write: Write) -> Iterator[Rejection]:
    zones = write.body.get("zones") or []
    location = regions.normalized(write.body["location"])
    if any(zone not in _ZONES for zone in zones) or (zones and location in regions.WITHOUT_ZONES):
        yield network_rules.refused(
            f"Zones {', '.join(zones)} are not available in location {location}.",
            write.id,
        )
    present = write.before.get("zones", []) if write.before else zones
    if sorted(zones) != sorted(present):
        yield network_rules.refused(
            f"Resource {write.id} has an existing availability zone constraint {', '.join(present) or 'NoZone'} and the"
            f" request has availability zone constraint {', '.join(zones) or 'NoZone'}, which do not match. Zones"
            " cannot be added/updated/removed once the resource is created.",
            write.id,
        )


def _change_refusals(write: Write) -> Iterator[Rejection]:
    if write.before and sku(write.before) == "Standard" and sku(write.body) != "Standard":
        yield network_rules.refused(f"The sku of public IP address {write.id} cannot be changed back to Basic.")


def sku(body: Body) -> str:
    return str((body.get("sku") or {}).get("name", "Basic"))


def _completed(write: Write) -> Body:
    given = {key: value for key, value in properties(write).items() if value is not None}
    static = given.get("publicIPAllocationMethod") == "Static"
    address = {"ipAddress": _address(write)} if static else {}
    return {
        **{key: write.body[key] for key in ("location", "tags", "zones") if write.body.get(key) is not None},
        "sku": {
            "name": sku(write.body),
            "tier": (write.body.get("sku") or {}).get("tier", "Regional"),
        },
        "properties": {
            "publicIPAddressVersion": "IPv4",
            "idleTimeoutInMinutes": 4,
            "ipTags": [],
            "ddosSettings": {"protectionMode": "VirtualNetworkInherited"},
            **given,
            "publicIPAllocationMethod": "Static" if static else "Dynamic",
            "resourceGuid": network_rules.guid(write.id),
            **address,
        },
    }


def _address(write: Write) -> str:
    """The address it has, else one that no other has; the same for the same id where that is free."""
    if write.before and (present := write.before["properties"].get("ipAddress")):
        return str(present)
    taken = {one["properties"].get("ipAddress") for one in write.resources.of_type(TYPE, "")}
    start = crc32(write.id.lower().encode())
    free = (str(_DOCUMENTATION + 1 + (start + step) % 254) for step in range(254))
    # More than 254 go on with TEST-NET-2 and the addresses behind it, which RFC 2544 sets apart for benchmarks.
    more = (str(IPv4Address("198.18.0.0") + step) for step in range(1 << 17))
    return next(address for source in (free, more) for address in source if address not in taken)


def _shown(body: Body, resources: Resources) -> Body:
    added: Body = {}
    for interface in resources.referring_to(body["id"], INTERFACE_TYPE):
        for configuration in interface["properties"]["ipConfigurations"]:
            held = configuration["properties"].get("publicIPAddress") or {}
            if network_rules.same(held.get("id", ""), body["id"]):
                added["ipConfiguration"] = {"id": configuration["id"]}
    gateways = network_rules.users(body["id"], resources, NAT_TYPE)
    if gateways:
        added["natGateway"] = {"id": gateways[0]}
    return {**body, "properties": {**body["properties"], **added}}


def _validate_delete(body: Body, resources: Resources) -> None:
    using = network_rules.users(body["id"], resources, *_USERS)
    if using:
        raise Rejection(
            "PublicIPAddressCannotBeDeleted",
            f"Public IP address {body['id']} can not be deleted since it is still allocated to resource"
            f" {using[0]}. In order"
            " to delete the public IP, disassociate/detach the Public IP address from the resource. To learn how to do"
            " this, see aka.ms/deletepublicip.",
        )


def in_use_refusals(write: Write, address: Body) -> Iterator[Rejection]:
    """A public IP address belongs to one resource at a time (MicrosoftLearning/AZ-100 issue 15 has the message)."""
    for holder in network_rules.users(address["id"], write.resources, *_USERS):
        if not network_rules.same(holder, write.id):
            yield Rejection(
                "PublicIPAddressInUse",
                f"Resource {write.id} is referencing public IP address {address['id']} that is already allocated to"
                " resource"
                f" {holder}.",
            )


TYPES = (
    ResourceType(
        name=TYPE,
        replaced_when_changed=("publicIPAddressVersion", "publicIPPrefix", "sku", "zones"),
        validate=validation(_name_refusals, _address_refusals, zone_refusals, _change_refusals),
        completed=_completed,
        validate_delete=_validate_delete,
        seconds=network_rules.SECONDS,
        api_versions=network_rules.API_VERSIONS,
        shown=_shown,
    ),
)
