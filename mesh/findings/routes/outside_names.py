"""Names of what runs outside the mesh, where a DNS server may answer otherwise than the routes expect."""

from collections.abc import Iterator

from mesh import model
from mesh.declaration import spelling
from mesh.findings.context import Context
from mesh.findings.finding import Finding, Kind
from mesh.plan import Plan

NAME_NEEDS_A_PRIVATE_ZONE = Kind(
    code="name-needs-a-private-zone",
    severity="note",
    what="A managed database is called from a network in which the plan does not make its name known.",
    why="Its name leads to its private address only in networks to which its private DNS zone is linked; elsewhere "
    "the name is unknown, or leads to a public address that answers nobody.",
    example="orders-db: orders.postgres.database.azure.com is called from network east; its private DNS zone has to be "
    "linked to it",
    fix="Write managed.zone: {group, name}, which links the zone to each caller's network; or link it yourself.",
)
OUTSIDE_TAKEN_FOR_PUBLIC = Kind(
    code="outside-taken-for-public",
    severity="note",
    what="A service outside the mesh is taken to have a public address, and may have a private one.",
    why="Calls to private addresses, such as those of a data centre behind a gateway, are stopped by security groups.",
    example="oracle: scan.corp.example:1521 is called on the internet; at a private address no security group lets it "
    "through",
    fix="If its address is private, write external.range, and the range in reaches of its callers' networks.",
)
KINDS = (NAME_NEEDS_A_PRIVATE_ZONE, OUTSIDE_TAKEN_FOR_PUBLIC)

_LINK = ":VirtualNetworkLink"
_INTERNAL = frozenset({"corp", "home", "internal", "intra", "intranet", "lan", "local", "onprem", "private"})
"""Labels of names that are rarely public."""


def findings(context: Context) -> Iterator[Finding]:
    environment = context.plan.environment
    for workload in environment.workloads:
        calls = environment.calls_to(workload)
        if workload.outside is None or not calls:
            continue
        if workload.outside.network is not None:
            called_from = sorted(
                {network.name for call in calls for network in call.networks} - {workload.outside.network.name}
            )
            yield from _without_zone(context.plan, workload, workload.outside, called_from)
        elif workload.outside.range is None:
            yield from _perhaps_private(workload, workload.outside)


def _without_zone(
    plan: Plan, workload: model.Workload, outside: model.Outside, called_from: list[str]
) -> Iterator[Finding]:
    ids = {resource.id.lower(): resource.name for resource in plan.azure}
    linked = {
        (str(link.properties.get("privateZoneName", "")), ids.get(str(network.get("id", "")).lower()))
        for link in plan.azure
        if link.token.endswith(_LINK) and isinstance(network := link.properties.get("virtualNetwork"), dict)
    }
    for host in outside.hosts:
        known = {network for zone, network in linked if _knows(zone, host)}
        missing = [name for name in called_from if f"network/{name}" not in known]
        if missing:
            where = f"network{'s' if len(missing) > 1 else ''} {spelling.listed(missing)}"
            them = "them" if len(missing) > 1 else "it"
            text = f"{host} is called from {where}; its private DNS zone has to be linked to {them}"
            yield Finding(NAME_NEEDS_A_PRIVATE_ZONE, workload.name, text)


def _knows(zone: str, host: str) -> bool:
    """Whether a private zone answers for a host, or for the alias that Azure makes of it: `privatelink.…`."""
    return host.endswith((f".{zone}", f".{zone.removeprefix('privatelink.')}"))


def _perhaps_private(workload: model.Workload, outside: model.Outside) -> Iterator[Finding]:
    plain = [port for port in workload.ports if port.protocol == "tcp"]
    for host in outside.hosts:
        inside = _INTERNAL & set(host.split("."))
        for port in workload.ports if inside else plain:
            at = f"{host}:{port.number}"
            text = f"{at} is called on the internet; at a private address no security group lets it through"
            yield Finding(OUTSIDE_TAKEN_FOR_PUBLIC, workload.name, text)
