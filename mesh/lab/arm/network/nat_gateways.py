"""NAT gateways: the public addresses by which subnets leave for the internet.

https://learn.microsoft.com/azure/nat-gateway/nat-gateway-resource
"""

from collections.abc import Iterator

from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.network import network_rules, public_addresses
from mesh.lab.arm.network.public_addresses import sku
from mesh.lab.arm.refusals import properties, validation
from mesh.lab.arm.resource_types import Body, Resources, ResourceType, Write

TYPE = "Microsoft.Network/natGateways"
_SUBNETS = "Microsoft.Network/virtualNetworks/subnets"
_IDLE_MINUTES = range(4, 121)
_ADDRESSES_MAX = 16


def _refusals(write: Write) -> Iterator[Rejection]:
    yield from network_rules.name_refusals(write)
    if sku(write.body).lower() != "standard":
        yield network_rules.missing("sku.name", write)
    minutes = properties(write).get("idleTimeoutInMinutes")
    if minutes is not None and minutes not in _IDLE_MINUTES:
        yield network_rules.refused(f"IdleTimeoutInMinutes {minutes} is invalid. Allowed range 4-120.", write.id)
    if len(write.body.get("zones") or []) > 1:
        yield network_rules.refused(f"NAT gateway {write.id} can be in one zone only.", write.id)


def _address_refusals(write: Write) -> Iterator[Rejection]:
    given = properties(write).get("publicIpAddresses") or []
    if len(given) + len(properties(write).get("publicIpPrefixes") or []) > _ADDRESSES_MAX:
        yield network_rules.refused(f"NAT gateway {write.id} has more than {_ADDRESSES_MAX} public IP addresses.")
    yield from network_rules.reference_refusals(write, given, write.body["location"], public_addresses.TYPE)
    for reference in given:
        address = write.resources.get(reference["id"])
        if address is None:
            continue
        if sku(address).lower() != "standard" or address["properties"]["publicIPAddressVersion"] != "IPv4":
            yield network_rules.refused(
                f"NAT gateway {write.id} takes public IP addresses of sku Standard and version IPv4 only;"
                f" {reference['id']}"
                " is none."
            )
        yield from public_addresses.in_use_refusals(write, address)


def _completed(write: Write) -> Body:
    given = {key: value for key, value in properties(write).items() if value is not None}
    return {
        **{key: write.body[key] for key in ("location", "tags", "zones") if write.body.get(key) is not None},
        "sku": {"name": "Standard"},
        "properties": {
            "idleTimeoutInMinutes": 4,
            **given,
            "resourceGuid": network_rules.guid(write.id),
        },
    }


def _shown(body: Body, resources: Resources) -> Body:
    subnets = [{"id": subnet_id} for subnet_id in network_rules.users(body["id"], resources, _SUBNETS)]
    return {
        **body,
        "properties": {
            **body["properties"],
            **({"subnets": subnets} if subnets else {}),
        },
    }


def _validate_delete(body: Body, resources: Resources) -> None:
    using = network_rules.users(body["id"], resources, _SUBNETS)
    if using:
        raise Rejection(
            "InUseNatGatewayCannotBeDeleted",
            f"Nat Gateway {body['id']} cannot be deleted because it is in use by {', '.join(using)}.",
        )


TYPES = (
    ResourceType(
        name=TYPE,
        replaced_when_changed=("zones", "sku"),
        validate=validation(_refusals, public_addresses.zone_refusals, _address_refusals),
        completed=_completed,
        validate_delete=_validate_delete,
        seconds=network_rules.SECONDS,
        api_versions=network_rules.API_VERSIONS,
        shown=_shown,
    ),
)
