"""Virtual networks: their address space, with subnets and peerings as far as these are shown inside them."""

from collections.abc import Iterator
from ipaddress import IPv4Network, ip_address, ip_network
from typing import Any

from mesh.lab.arm.errors import Rejection
from mesh.lab.arm.network import network_rules, peerings, subnets
from mesh.lab.arm.network.network_rules import overlap
from mesh.lab.arm.refusals import properties, validation
from mesh.lab.arm.resource_types import Body, Changes, Resources, ResourceType, Write

TYPE = "Microsoft.Network/virtualNetworks"
_LARGEST = 2
_DNS_SERVERS_MAX = 20
_FLOW_TIMEOUTS = range(4, 31)


def _name_refusals(write: Write) -> Iterator[Rejection]:
    yield from network_rules.name_refusals(write, longest=64, shortest=2)


def _space_refusals(write: Write) -> Iterator[Rejection]:
    given = _prefixes(write)
    if not given:
        yield network_rules.missing("addressSpace.addressPrefixes", write)
        return
    for prefix in given:
        yield from network_rules.prefix_refusals(prefix, write.id)
    for at, network in enumerate(map(ip_network, given)):
        reserved = [range_ for range_ in network_rules.RESERVED_RANGES if overlap(network, range_)]
        too_large = isinstance(network, IPv4Network) and network.prefixlen < _LARGEST
        if reserved or too_large or any(overlap(network, ip_network(other)) for other in given[:at]):
            # The code stands among the unrecoverable ones of Azure/azure-service-operator.
            yield Rejection(
                "NetcfgInvalidIPAddressPrefix",
                f"Address prefix {network} of virtual network {write.name} is not valid: it is larger than /{_LARGEST},"
                " overlaps another one, or includes a range that Azure keeps for itself"
                f" ({', '.join(map(str, network_rules.RESERVED_RANGES))}).",
            )


def _peer_refusals(write: Write) -> Iterator[Rejection]:
    """A space may change while peered, but not into that of a peer."""
    for peering in write.resources.of_type(peerings.TYPE, write.id):
        remote = write.resources.get(peering["properties"]["remoteVirtualNetwork"]["id"])
        if remote and peerings.overlaps_with_space(_prefixes(write), remote):
            yield Rejection(
                "VnetAddressSpacesOverlap",
                f"Cannot update virtual network {write.id}: its address space would overlap with that of"
                f" {remote['id']},"
                " with which it is peered.",
            )


def _dns_refusals(write: Write) -> Iterator[Rejection]:
    servers = (properties(write).get("dhcpOptions") or {}).get("dnsServers") or []
    if len(servers) > _DNS_SERVERS_MAX:
        yield network_rules.refused(f"A virtual network has at most {_DNS_SERVERS_MAX} DNS servers.", write.id)
    for server in servers:
        try:
            ip_address(server)
        except ValueError:
            yield network_rules.refused(
                f"IP address {server} of a DNS server is not formatted correctly.",
                write.id,
            )


def _flow_refusals(write: Write) -> Iterator[Rejection]:
    timeout = properties(write).get("flowTimeoutInMinutes")
    if timeout is not None and timeout not in _FLOW_TIMEOUTS:
        yield network_rules.refused(f"FlowTimeoutInMinutes {timeout} is invalid. Allowed range 4-30.", write.id)


def _removed_subnet_refusals(write: Write) -> Iterator[Rejection]:
    """A list of subnets deletes those that it leaves out."""
    given = properties(write).get("subnets")
    if given is None:
        return
    kept = {subnet["name"].lower() for subnet in given}
    for subnet in write.resources.of_type(subnets.TYPE, write.id):
        if subnet["name"].lower() not in kept:
            try:
                subnets.validate_delete(subnet, write.resources)
            except Rejection as rejection:
                yield rejection


def _completed(write: Write) -> Body:
    given = {key: value for key, value in properties(write).items() if value is not None}
    given.pop("subnets", None)
    given.pop("virtualNetworkPeerings", None)
    return {
        **{key: write.body[key] for key in ("location", "tags", "extendedLocation") if write.body.get(key) is not None},
        "properties": {
            "enableDdosProtection": False,
            "privateEndpointVNetPolicies": "Disabled",
            **given,
            "dhcpOptions": {"dnsServers": [], **(given.get("dhcpOptions") or {})},
            "resourceGuid": network_rules.guid(write.id),
            **subnets.INLINE.completed_inside(write),
        },
    }


def _shown(body: Body, resources: Resources) -> Body:
    return {
        **body,
        "properties": {
            **body["properties"],
            "subnets": [subnets.shown(child, resources) for child in subnets.INLINE.shown(body, resources)],
            "virtualNetworkPeerings": [
                peerings.shown(child, resources) for child in resources.of_type(peerings.TYPE, body["id"])
            ],
        },
    }


def _consequences(before: Body | None, after: Body | None, resources: Resources) -> Changes:
    if after is None and before is not None:
        others = peerings.referring_to_network(before["id"], resources)
        return {peering["id"]: peerings.in_state(peering, "Disconnected") for peering in others}
    return subnets.INLINE.consequences(before, after, resources)


def _validate_delete(body: Body, resources: Resources) -> None:
    for subnet in resources.of_type(subnets.TYPE, body["id"]):
        subnets.validate_delete(subnet, resources)


def _prefixes(write: Write) -> Any:
    return (properties(write).get("addressSpace") or {}).get("addressPrefixes")


TYPES = (
    ResourceType(
        name=TYPE,
        validate=validation(
            *(
                _name_refusals,
                _space_refusals,
                _peer_refusals,
                _dns_refusals,
                _flow_refusals,
            ),
            subnets.INLINE.refusals_inside,
            _removed_subnet_refusals,
        ),
        completed=_completed,
        validate_delete=_validate_delete,
        seconds=network_rules.SECONDS,
        api_versions=network_rules.API_VERSIONS,
        shown=_shown,
        consequences=_consequences,
    ),
)
