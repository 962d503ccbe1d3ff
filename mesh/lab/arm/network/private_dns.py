"""Private DNS zones, their links to virtual networks and their A records."""

import re
from collections.abc import Iterator
from ipaddress import AddressValueError, IPv4Address

from mesh.lab.arm import ids
from mesh.lab.arm.defaults import filled
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.refusals import properties, properties_before, validation
from mesh.lab.arm.resource_types import Body, Resources, ResourceType, Write

ZONE_TYPE = "Microsoft.Network/privateDnsZones"
LINK_TYPE = f"{ZONE_TYPE}/virtualNetworkLinks"
RECORD_TYPE = f"{ZONE_TYPE}/A"
_NETWORK_TYPE = "Microsoft.Network/virtualNetworks"

# Documented: private-dns-privatednszone. Private DNS refuses with BadRequest; the support article
# createorupdatevirtualnetworklinkfailed-error has the message about overlapping namespaces.
MIN_LABELS, MAX_LABELS = 2, 34
MAX_TTL = 2**31 - 1
_LABEL = re.compile(r"[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?")
_RECORD_NAME = re.compile(r"@|(\*|[A-Za-z0-9_]([-A-Za-z0-9_]{0,61}[A-Za-z0-9_])?)(\.[-A-Za-z0-9_]{1,63})*")
_LINK_NAME = re.compile(r"[A-Za-z0-9]([-.\w]{0,78}\w)?")


def _zone_refusals(write: Write) -> Iterator[Rejection]:
    labels = write.name.split(".")
    if not MIN_LABELS <= len(labels) <= MAX_LABELS or not all(map(_LABEL.fullmatch, labels)):
        yield _bad(
            f"The zone '{write.name}' is invalid: a private zone has {MIN_LABELS} to {MAX_LABELS} labels of 1 "
            "to 63 letters, "
            "digits, underscores and hyphens."
        )


def _completed_zone(write: Write) -> Body:
    limits = {
        "maxNumberOfRecordSets": 25000,
        "maxNumberOfVirtualNetworkLinks": 1000,
        "maxNumberOfVirtualNetworkLinksWithRegistration": 100,
    }
    return write.body | {"properties": limits}


def _shown_zone(zone: Body, resources: Resources) -> Body:
    links = list(resources.of_type(LINK_TYPE, zone["id"]))
    counts = {
        "numberOfRecordSets": 1 + len(list(resources.of_type(RECORD_TYPE, zone["id"]))),
        "numberOfVirtualNetworkLinks": len(links),
        "numberOfVirtualNetworkLinksWithRegistration": sum(link["properties"]["registrationEnabled"] for link in links),
    }
    return zone | {"properties": zone["properties"] | counts}


def _refuse_to_delete_with_links(zone: Body, resources: Resources) -> None:
    for link in resources.of_type(LINK_TYPE, zone["id"]):
        raise Rejection(
            "CannotDeleteResource",
            "Cannot delete resource while nested resources exist. Some existing nested resource IDs include: "
            f"'{link['id']}'. Please delete all nested resources before deleting this resource.",
            409,
        )


def _link_refusals(write: Write) -> Iterator[Rejection]:
    sent = properties(write)
    network_id = str((sent.get("virtualNetwork") or {}).get("id") or "")
    if not _LINK_NAME.fullmatch(write.name):
        yield _bad(f"The virtual network link name '{write.name}' is invalid.")
    if not network_id or sent.get("registrationEnabled") is None:
        yield _bad("The properties 'virtualNetwork' and 'registrationEnabled' of a virtual network link are required.")
    network = write.resources.get(network_id)
    if network is None or network["type"].lower() != _NETWORK_TYPE.lower():
        yield Rejection("ResourceNotFound", f"The virtual network '{network_id}' was not found.", 404)
    if write.before and ids.folded(properties_before(write)["virtualNetwork"]["id"]) != ids.folded(network_id):
        yield _bad("The virtual network of a link cannot be changed.")
    zone = ids.name(ids.parent(write.id)).lower()
    for other in write.resources.referring_to(network_id, LINK_TYPE):
        if ids.folded(other["id"]) == ids.folded(write.id):
            continue
        # Reported with this message for two zones of one name, whatever their groups.
        if ids.name(ids.parent(other["id"])).lower() == zone:
            yield _bad(
                "A virtual network cannot be linked to multiple zones with overlapping namespaces. You tried "
                "to link virtual "
                f"network with '{zone}' and '{zone}' zones."
            )
        # Documented (private-dns-virtual-network-links): one registration zone a virtual network.
        if sent["registrationEnabled"] and other["properties"]["registrationEnabled"]:
            yield _bad(f"The virtual network '{network_id}' has a registration zone already: {other['id']}.")


def _completed_link(write: Write) -> Body:
    # Azure answers only for the privatelink zones how names resolve that the zone does not have.
    policy = {"resolutionPolicy": "Default"} if ids.name(ids.parent(write.id)).startswith("privatelink.") else {}
    defaults = {"registrationEnabled": False, "virtualNetworkLinkState": "Completed"} | policy
    return write.body | {"properties": filled(properties(write), defaults)}


def _record_refusals(write: Write) -> Iterator[Rejection]:
    sent = properties(write)
    addresses = [record.get("ipv4Address") for record in _records(sent)]
    if not _RECORD_NAME.fullmatch(write.name):
        yield _bad(f"The relative record set name '{write.name}' is invalid.")
    if not 1 <= (sent.get("ttl") or 0) <= MAX_TTL:
        yield _bad(f"The TTL of record set '{write.name}' must be within 1 and {MAX_TTL}.")
    if not addresses:
        yield _bad(f"The record set '{write.name}' of type A must have at least one record.")
    for address in addresses:
        try:
            IPv4Address(address)
        except AddressValueError:
            yield _bad(f"'{address}' is not an IPv4 address.")
    if len(addresses) != len(set(addresses)):
        yield _bad(f"The record set '{write.name}' has the same record twice.")


def _records(sent: Body) -> list[Body]:
    return sent.get("aRecords") or sent.get("ARecords") or []


def _completed_record(write: Write) -> Body:
    zone = ids.name(ids.parent(write.id))
    name = zone if write.name == "@" else f"{write.name}.{zone}"
    kept = {key: value for key, value in properties(write).items() if key not in ("aRecords", "ARecords")}
    records = {"aRecords": _records(properties(write))}
    return {"properties": kept | records | {"fqdn": f"{name}.", "isAutoRegistered": False}}


def _bad(message: str) -> Rejection:
    return Rejection("BadRequest", message)


TYPES = (
    ResourceType(
        ZONE_TYPE,
        validate=validation(_zone_refusals),
        completed=_completed_zone,
        validate_delete=_refuse_to_delete_with_links,
        seconds=0.2,
        location="global",
        shown=_shown_zone,
    ),
    ResourceType(
        LINK_TYPE,
        validate=validation(_link_refusals),
        completed=_completed_link,
        seconds=0.2,
        location="global",
    ),
    ResourceType(RECORD_TYPE, validate=validation(_record_refusals), completed=_completed_record, location="none"),
)
