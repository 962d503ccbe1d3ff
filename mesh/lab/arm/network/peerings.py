"""Virtual network peerings: two halves, Initiated by the first, Connected by the second, Disconnected without one."""

from collections.abc import Iterator
from ipaddress import ip_network
from typing import Any

from mesh.lab.arm import ids
from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.network import network_rules
from mesh.lab.arm.network.network_rules import overlap, same
from mesh.lab.arm.refusals import properties, validation
from mesh.lab.arm.resource_types import Body, Changes, Resources, ResourceType, Write

TYPE = "Microsoft.Network/virtualNetworks/virtualNetworkPeerings"
_NETWORKS = "Microsoft.Network/virtualNetworks"


def _remote_refusals(write: Write) -> Iterator[Rejection]:
    yield from network_rules.name_refusals(write)
    remote = properties(write).get("remoteVirtualNetwork") or {}
    if not remote.get("id"):
        yield network_rules.missing("remoteVirtualNetwork.id", write)
        return
    yield from network_rules.reference_refusals(write, [remote], None, _NETWORKS)
    if write.before and not same(_remote_id(write.before), remote["id"]):
        yield network_rules.refused(f"Changing the remote virtual network of peering {write.id} is not allowed.")


def _twice_refusals(write: Write) -> Iterator[Rejection]:
    for other in write.resources.of_type(TYPE, ids.parent(write.id)):
        if not same(other["id"], write.id) and same(_remote_id(other), _remote_id(write.body)):
            yield Rejection(
                "AnotherPeeringAlreadyReferencesRemoteVnet",
                f"Peering {other['id']} already references remote virtual network {_remote_id(write.body)}. Cannot add"
                f" another peering {write.id} referencing the same remote virtual network.",
            )


def _space_refusals(write: Write) -> Iterator[Rejection]:
    """The two spaces may not overlap; nor may that of the remote with another peer of the same network.

    Both codes are among those that Microsoft's own armerror package lists for virtual networks.
    """
    own, remote = _ends(write)
    if own is None or remote is None:
        return
    if _overlap(own, remote):
        yield Rejection(
            "VnetAddressSpacesOverlap",
            f"Cannot create or update peering {write.id}. Virtual networks {own['id']} and {remote['id']} cannot"
            " be peered"
            " because their address spaces overlap.",
        )
    for other in write.resources.of_type(TYPE, own["id"]):
        peer = write.resources.get(_remote_id(other))
        if peer and not same(other["id"], write.id) and not same(peer["id"], remote["id"]) and _overlap(peer, remote):
            yield Rejection(
                "VnetAddressSpaceOverlapsWithAlreadyPeeredVnet",
                f"Cannot create or update peering {write.id}. Virtual network {own['id']} cannot be peered with"
                f" {remote['id']} because the address space of {remote['id']} overlaps with that of virtual network"
                f" {peer['id']} already peered with {own['id']}.",
            )


def _state_refusals(write: Write) -> Iterator[Rejection]:
    """See hashicorp/terraform-provider-azurerm#14051 for the code and its message."""
    back = _back(ids.parent(write.id), _remote_id(write.body), write.resources)
    created = write.before is None or write.before["properties"]["peeringState"] == "Initiated"
    if created and back and back["properties"]["peeringState"] == "Disconnected":
        yield Rejection(
            "RemotePeeringIsDisconnected",
            f"Cannot create or update peering {write.id} because remote peering {back['id']} referencing parent virtual"
            f" network {ids.parent(write.id)} is in Disconnected state. Update or re-create the remote peering to"
            " get it"
            " back to Initiated state. Peering gets Disconnected when remote vnet or remote peering is deleted and"
            " re-created.",
        )


def _gateway_refusals(write: Write) -> Iterator[Rejection]:
    """No virtual network gateway is simulated, so that no remote network has one."""
    if properties(write).get("useRemoteGateways"):
        yield Rejection(
            "RemoteVnetHasNoGateways",
            f"Peering {write.id} cannot have UseRemoteGateways flag set to true because remote virtual network"
            f" {_remote_id(write.body)} referenced by the peering does not have any gateways.",
        )


def _completed(write: Write) -> Body:
    remote = write.resources.get(_remote_id(write.body))
    back = _back(ids.parent(write.id), _remote_id(write.body), write.resources)
    space = remote["properties"]["addressSpace"] if remote else {"addressPrefixes": []}
    given = {key: value for key, value in properties(write).items() if value is not None}
    return {
        "properties": {
            "allowVirtualNetworkAccess": True,
            "allowForwardedTraffic": False,
            "allowGatewayTransit": False,
            "useRemoteGateways": False,
            "doNotVerifyRemoteGateways": False,
            "peerCompleteVnets": True,
            **given,
            "remoteAddressSpace": space,
            "remoteVirtualNetworkAddressSpace": space,
            "peeringState": "Connected" if back else "Initiated",
            "resourceGuid": network_rules.guid(write.id),
        }
    }


def _consequences(before: Body | None, after: Body | None, resources: Resources) -> Changes:
    """The other half becomes Connected with this one, and Disconnected without it."""
    peering = after or before
    if peering is None:
        return {}
    back = _back(ids.parent(peering["id"]), _remote_id(peering), resources)
    return {back["id"]: in_state(back, "Connected" if after else "Disconnected")} if back else {}


def in_state(peering: Body, state: str) -> Body:
    return {**peering, "properties": {**peering["properties"], "peeringState": state}}


def referring_to_network(network_id: str, resources: Resources) -> list[Body]:
    """The halves, in other networks, of peerings with a network."""
    return list(resources.referring_to(network_id, TYPE))


def shown(body: Body, resources: Resources) -> Body:
    """With how far the two ends know each other's present address space."""
    own, remote = resources.get(ids.parent(body["id"])), resources.get(_remote_id(body))
    back = _back(ids.parent(body["id"]), _remote_id(body), resources)
    remote_known = remote is None or body["properties"]["remoteAddressSpace"] == remote["properties"]["addressSpace"]
    own_known = (
        back is None or own is None or back["properties"]["remoteAddressSpace"] == own["properties"]["addressSpace"]
    )
    level = {
        (True, True): "FullyInSync",
        (True, False): "LocalNotInSync",
        (False, True): "RemoteNotInSync",
        (False, False): "LocalAndRemoteNotInSync",
    }[remote_known, own_known]
    return {**body, "properties": {**body["properties"], "peeringSyncLevel": level}}


def _remote_id(peering: Body) -> str:
    remote: dict[str, Any] = (peering.get("properties") or {}).get("remoteVirtualNetwork") or {}
    return str(remote.get("id", ""))


def _ends(write: Write) -> tuple[Body | None, Body | None]:
    return write.resources.get(ids.parent(write.id)), write.resources.get(_remote_id(write.body))


def _back(network_id: str, remote_id: str, resources: Resources) -> Body | None:
    """The half in the remote network that points here."""
    halves = resources.of_type(TYPE, remote_id) if remote_id else ()
    return next((half for half in halves if same(_remote_id(half), network_id)), None)


def _overlap(one: Body, other: Body) -> bool:
    return any(overlap(a, b) for a in network_rules.space(one) for b in network_rules.space(other))


def overlaps_with_space(prefixes: list[str], network: Body) -> bool:
    return any(overlap(ip_network(prefix), other) for prefix in prefixes for other in network_rules.space(network))


TYPES = (
    ResourceType(
        name=TYPE,
        replaced_when_changed=("remoteVirtualNetwork",),
        validate=validation(
            _remote_refusals,
            _twice_refusals,
            _space_refusals,
            _state_refusals,
            _gateway_refusals,
        ),
        completed=_completed,
        seconds=network_rules.SECONDS,
        one_write_at_a_time_under=ids.parent,
        location="none",
        api_versions=network_rules.API_VERSIONS,
        shown=shown,
        consequences=_consequences,
    ),
)
