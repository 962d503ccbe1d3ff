"""Private endpoints: an interface in a subnet by which a service is reached, and its names in private zones."""

from collections.abc import Iterator

from mesh.lab.arm import ids, regions
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.network import network_interfaces, network_rules
from mesh.lab.arm.refusals import properties, validation
from mesh.lab.arm.resource_types import Body, Changes, Resources, ResourceType, Write

TYPE = "Microsoft.Network/privateEndpoints"
GROUP_TYPE = f"{TYPE}/privateDnsZoneGroups"
_SUBNETS = "Microsoft.Network/virtualNetworks/subnets"
_ZONES = "Microsoft.Network/privateDnsZones"
_ZONES_MAX = 5
_CONNECTIONS = ("privateLinkServiceConnections", "manualPrivateLinkServiceConnections")


def _refusals(write: Write) -> Iterator[Rejection]:
    yield from network_rules.name_refusals(write, longest=64, shortest=2)
    subnet = properties(write).get("subnet") or {}
    if not subnet.get("id"):
        yield network_rules.missing("subnet.id", write)
        return
    yield from network_rules.reference_refusals(write, [subnet], None, _SUBNETS)
    network = write.resources.get(ids.parent(subnet["id"]))
    if network and regions.normalized(network["location"]) != regions.normalized(write.body["location"]):
        yield network_rules.invalid_reference(subnet["id"], write.id)
    if write.before and not network_rules.same(write.before["properties"]["subnet"]["id"], subnet["id"]):
        yield network_rules.refused(f"The subnet of private endpoint {write.id} cannot be changed.", write.id)


def _connection_refusals(write: Write) -> Iterator[Rejection]:
    given = [one for key in _CONNECTIONS for one in properties(write).get(key) or []]
    if len(given) != 1:
        yield network_rules.refused(
            f"Private endpoint {write.id} must have exactly one connection, automatic or manual; it has {len(given)}.",
            write.id,
        )
    for connection in given:
        if not connection.get("name"):
            yield network_rules.missing("privateLinkServiceConnections.name", write)
        service = (connection.get("properties") or {}).get("privateLinkServiceId")
        if not service:
            yield network_rules.missing("privateLinkServiceConnections.properties.privateLinkServiceId", write)
        yield from network_rules.reference_refusals(write, [service], None)


def _completed(write: Write) -> Body:
    given = {key: value for key, value in properties(write).items() if value is not None}
    return {
        **{key: write.body[key] for key in ("location", "tags") if write.body.get(key) is not None},
        "properties": {
            "customNetworkInterfaceName": "",
            "customDnsConfigs": [],
            "ipConfigurations": [],
            **given,
            "networkInterfaces": [{"id": _interface_id(write.id, given)}],
            **{
                key: [_connection(write.id, key, connection) for connection in given.get(key) or []]
                for key in _CONNECTIONS
            },
        },
    }


def _connection(endpoint: str, kind: str, given: Body) -> Body:
    manual = kind.startswith("manual")
    return {
        "name": given["name"],
        "id": f"{endpoint}/{kind}/{given['name']}",
        "type": f"{TYPE}/{kind}",
        "properties": {
            **given["properties"],
            "provisioningState": "Succeeded",
            "privateLinkServiceConnectionState": {
                "status": "Pending" if manual else "Approved",
                "description": "Awaiting Approval" if manual else "Auto-Approved",
                "actionsRequired": "None",
            },
        },
    }


def _interface_id(endpoint: str, given: Body) -> str:
    name = given.get("customNetworkInterfaceName") or f"{ids.name(endpoint)}.nic.{network_rules.guid(endpoint)}"
    return f"{ids.group_id(endpoint)}/providers/{network_interfaces.TYPE}/{name}"


def _consequences(before: Body | None, after: Body | None, resources: Resources) -> Changes:
    """Its interface is made and goes with it."""
    if after is None:
        return {one["id"]: None for one in (before or {"properties": {}})["properties"].get("networkInterfaces", [])}
    interface_id = after["properties"]["networkInterfaces"][0]["id"]
    configuration = {
        "name": "privateEndpointIpConfig",
        "properties": {
            "subnet": after["properties"]["subnet"],
            "privateIPAllocationMethod": "Dynamic",
        },
    }
    body = {
        "location": after["location"],
        "properties": {"ipConfigurations": [configuration]},
    }
    write = Write(
        interface_id,
        ids.name(interface_id),
        body,
        resources.get(interface_id),
        resources,
    )
    interface = network_interfaces.TYPES[0].completed(write)
    return {
        interface_id: {
            **interface,
            "properties": {
                **interface["properties"],
                "privateEndpoint": {"id": after["id"]},
            },
        }
    }


def _group_refusals(write: Write) -> Iterator[Rejection]:
    yield from network_rules.name_refusals(write)
    others = [
        group
        for group in write.resources.of_type(GROUP_TYPE, ids.parent(write.id))
        if not network_rules.same(group["id"], write.id)
    ]
    if others:
        yield network_rules.refused(
            f"A private endpoint has one private DNS zone group; {others[0]['id']} exists.",
            write.id,
        )
    given = properties(write).get("privateDnsZoneConfigs") or []
    if not 1 <= len(given) <= _ZONES_MAX:
        yield network_rules.refused(
            f"A private DNS zone group has 1 to {_ZONES_MAX} zones, not {len(given)}.",
            write.id,
        )
    for configuration in given:
        if not configuration.get("name"):
            yield network_rules.missing("privateDnsZoneConfigs.name", write)
        zone = (configuration.get("properties") or {}).get("privateDnsZoneId")
        yield from network_rules.reference_refusals(write, [zone], None, _ZONES)


def _group_completed(write: Write) -> Body:
    return {
        "properties": {
            "privateDnsZoneConfigs": [
                {
                    "name": zone["name"],
                    "properties": {"recordSets": [], **zone["properties"]},
                }
                for zone in properties(write)["privateDnsZoneConfigs"]
            ]
        }
    }


TYPES = (
    ResourceType(
        name=TYPE,
        replaced_when_changed=("subnet",),
        validate=validation(_refusals, _connection_refusals),
        completed=_completed,
        seconds=network_rules.SECONDS,
        api_versions=network_rules.API_VERSIONS,
        consequences=_consequences,
    ),
    ResourceType(
        name=GROUP_TYPE,
        validate=validation(_group_refusals),
        completed=_group_completed,
        seconds=network_rules.SECONDS,
        one_write_at_a_time_under=ids.parent,
        location="none",
        api_versions=network_rules.API_VERSIONS,
    ),
)
