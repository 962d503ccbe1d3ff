"""Route tables and their routes."""

from collections.abc import Iterator
from ipaddress import ip_address

from mesh.lab.arm import ids
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.inline_children import InlineChildren
from mesh.lab.arm.network import network_rules, service_tags
from mesh.lab.arm.refusals import properties, validation
from mesh.lab.arm.resource_types import Body, Resources, ResourceType, Write

TYPE = "Microsoft.Network/routeTables"
ROUTE_TYPE = f"{TYPE}/routes"
_SUBNETS = "Microsoft.Network/virtualNetworks/subnets"
_ROUTES_MAX = 400


def _route_refusals(write: Write, table: Body, siblings: list[Body]) -> Iterator[Rejection]:
    yield from network_rules.name_refusals(write)
    given = properties(write)
    if given.get("nextHopType") is None:  # of a route in its table that has no properties at all
        yield network_rules.missing("nextHopType", write)
    if not service_tags.is_known(str(given.get("addressPrefix"))):
        yield from network_rules.prefix_refusals(given.get("addressPrefix"), write.id)
    for sibling in siblings:
        if sibling["properties"].get("addressPrefix") == given.get("addressPrefix"):
            yield network_rules.refused(
                f"Route {write.name} conflicts with route {sibling['name']}: both have address prefix"
                f" {given.get('addressPrefix')}.",
            )
    yield from _next_hop_address_refusals(write)


def _next_hop_address_refusals(write: Write) -> Iterator[Rejection]:
    """Given where the next hop is an appliance, and only there (Azure/terraform-azurerm-hubnetworking#48)."""
    hop, address = properties(write).get("nextHopType"), properties(write).get("nextHopIpAddress")
    if hop == "VirtualAppliance" and not address:
        yield network_rules.refused(
            f"NextHopIpAddress cannot be Null or Empty in route {write.name} when NextHopType is VirtualAppliance."
        )
    if hop != "VirtualAppliance" and address:
        yield network_rules.refused(
            f"NextHopIpAddress cannot be specified in route {write.name} when NextHopType is not VirtualAppliance."
        )
    if address:
        try:
            ip_address(address)
        except ValueError:
            yield network_rules.refused(f"NextHopIpAddress {address} in route {write.name} is no IP address.")


def _route_completed(write: Write) -> Body:
    given = {key: value for key, value in properties(write).items() if value is not None}
    return {
        "properties": {
            "hasBgpOverride": False,
            **given,
        }
    }


def _refusals(write: Write) -> Iterator[Rejection]:
    yield from network_rules.name_refusals(write)
    if len(properties(write).get("routes") or []) > _ROUTES_MAX:
        yield network_rules.refused(f"Route table {write.id} has more than {_ROUTES_MAX} routes.", write.id)


def _completed(write: Write) -> Body:
    given = {key: value for key, value in properties(write).items() if value is not None}
    return {
        **{key: write.body[key] for key in ("location", "tags") if write.body.get(key) is not None},
        "properties": {
            "disableBgpRoutePropagation": False,
            **given,
            "resourceGuid": network_rules.guid(write.id),
            **ROUTES.completed_inside(write),
        },
    }


def _shown(body: Body, resources: Resources) -> Body:
    subnets = [{"id": subnet_id} for subnet_id in network_rules.users(body["id"], resources, _SUBNETS)]
    return {
        **body,
        "properties": {
            **body["properties"],
            "routes": ROUTES.shown(body, resources),
            **({"subnets": subnets} if subnets else {}),
        },
    }


def _validate_delete(body: Body, resources: Resources) -> None:
    using = network_rules.users(body["id"], resources, _SUBNETS)
    if using:
        raise Rejection(
            "InUseRouteTableCannotBeDeleted",
            f"Route table {body['name']} is in use and cannot be deleted: it is associated with {', '.join(using)}.",
        )


ROUTES = InlineChildren("routes", ROUTE_TYPE, _route_refusals, _route_completed, kept_when_absent=False)

TYPES = (
    ResourceType(
        name=TYPE,
        validate=validation(_refusals, ROUTES.refusals_inside),
        completed=_completed,
        validate_delete=_validate_delete,
        seconds=network_rules.SECONDS,
        api_versions=network_rules.API_VERSIONS,
        shown=_shown,
        consequences=ROUTES.consequences,
    ),
    ResourceType(
        name=ROUTE_TYPE,
        validate=validation(ROUTES.refusals_alone),
        completed=_route_completed,
        seconds=network_rules.SECONDS,
        one_write_at_a_time_under=ids.parent,
        location="none",
        api_versions=network_rules.API_VERSIONS,
    ),
)
