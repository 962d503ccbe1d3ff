"""Azure's resources, planned and live → what somebody changed, field by field, with what lies in them by hand."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from mesh.plan import Plan
from mesh.plan.resources import AzureResource
from mesh.review.drift import changes
from mesh.review.drift.changes import AzureAddress, Change
from mesh.review.drift.differences import UNKNOWN, Difference, at, differences, overlaid, resolved
from mesh.review.drift.live import Deployed, Live

_CHILDREN = {
    "VirtualNetwork": {
        "subnets": ("subnets", "network:Subnet"),
        "virtualNetworkPeerings": ("virtualNetworkPeerings", "network:VirtualNetworkPeering"),
    },
    "RouteTable": {"routes": ("routes", "network:Route")},
    "ManagedCluster": {"agentPoolProfiles": ("agentPools", "containerservice:AgentPool")},
}
"""What is shown inside a resource and may be a resource of its own: by property, how its id has it, and its type."""

_OURS_ALONE = {
    "NetworkSecurityGroup": ("securityRules",),
    "Subnet": ("networkSecurityGroup", "routeTable", "natGateway", "serviceEndpoints"),
    "NetworkInterface": ("networkSecurityGroup", "ipConfigurations", "enableIPForwarding"),
}
"""Where Azure adds nothing by itself: what is there and not declared was put there, whatever the state has seen."""

_WITHIN_CONFIGURATIONS = ("publicIPAddress", "applicationSecurityGroups")


def changed(plan: Plan, live: Live) -> Iterator[Change]:
    for resource in plan.deployed:
        if resource.name not in live.azure and resource.name in live.deployed:
            continue
        found = live.azure.get(resource.name)  # what the state has lost, such as by a refresh, nobody looks at
        if found is None:
            yield Change(resource.name, kind(resource), "missing", (), changes.without(resource.name))
            continue
        deployed = live.deployed.get(resource.name) or Deployed({}, {})
        if differing := _differing(resource, found, deployed):
            yield _change(resource, found, deployed, differing)
        yield from _children(plan, resource, found)


def kind(resource: AzureResource) -> str:
    return resource.token.rpartition(":")[2]


def _differing(resource: AzureResource, found: Mapping[str, Any], deployed: Deployed) -> tuple[Difference, ...]:
    own: dict[str, Any] = resolved(resource.properties, deployed.inputs)
    for field in _CHILDREN.get(kind(resource), ()):
        inline = {item["name"] for item in own.get(field) or ()}
        found = {**found, field: [item for item in found.get(field) or () if item["name"] in inline]}
    left_out = {name for name, value in own.items() if _is_in_id(name, value, resource)} | {"azureApiVersion"}
    differing = differences(_without(own, left_out), _without(found, left_out), same)
    return tuple(difference for difference in differing if _is_somebodys(difference, resource, deployed))


def _without(properties: Mapping[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in properties.items() if name not in names}


def _is_in_id(name: str, value: Any, resource: AzureResource) -> bool:
    """What only the id tells, Azure need not repeat."""
    return (
        isinstance(value, str) and name.endswith(("Name", "scope")) and value.strip("/").lower() in resource.id.lower()
    )


def _is_somebodys(difference: Difference, resource: AzureResource, deployed: Deployed) -> bool:
    """Not what Azure shows otherwise than it is given, or never shows, or adds by itself.

    The state has seen that too. Where a refresh has taken a change into the state, it is in the inputs there.
    """
    if difference.kind == "added":
        if _is_ours_alone(difference.path, resource):
            return True
        if difference.path.startswith("tags.") and at(deployed.inputs, difference.path) is not None:
            return True
        return not same(at(deployed.seen, difference.path), difference.live)
    declared = difference.declared
    given = at(deployed.inputs, difference.path)
    if given is not None and not same(given, declared):
        return True
    seen = at(deployed.seen, difference.path)
    return not same(seen, difference.live)


def _is_ours_alone(path: str, resource: AzureResource) -> bool:
    top = path.partition(".")[0].partition("[")[0]
    if top not in _OURS_ALONE.get(kind(resource), ()):
        return False
    return top != "ipConfigurations" or path.endswith(_WITHIN_CONFIGURATIONS)


def _change(
    resource: AzureResource, found: Mapping[str, Any], deployed: Deployed, differing: tuple[Difference, ...]
) -> Change:
    known = resolved(resource.properties, deployed.inputs)
    tops = sorted({difference.path.partition(".")[0].partition("[")[0] for difference in differing})
    properties = {
        top: overlaid(resource.properties[top], known[top], found[top], same)
        if top in known and top in found
        else found.get(top)
        for top in tops
    }
    applied = changes.with_properties(resource.name, properties)
    return Change(resource.name, kind(resource), "changed", differing, applied)


def _children(plan: Plan, resource: AzureResource, found: Mapping[str, Any]) -> Iterator[Change]:
    """Subnets, peerings and routes that are in no plan."""
    for field, (segment, type_name) in _CHILDREN.get(kind(resource), {}).items():
        inline = {item["name"].lower() for item in resource.properties.get(field) or ()}
        planned = {item.id.lower() for item in plan.azure}
        for item in found.get(field) or ():
            address = AzureAddress(f"azure-native:{type_name}", f"{resource.id}/{segment}/{item['name']}")
            if address.id.lower() in planned or item["name"].lower() in inline:
                continue
            beside = [*(resource.properties.get(field) or ()), item]
            applied = changes.with_properties(resource.name, {field: beside})
            subject, note = f"{resource.name}/{field}/{item['name']}", _note(field, item, plan)
            of_kind = type_name.rpartition(":")[2]
            yield Change(subject, of_kind, "unowned", (), applied, "nobody", note, address=address)


def _note(field: str, item: Mapping[str, Any], plan: Plan) -> str:
    match field:
        case "virtualNetworkPeerings":
            remote = str((item.get("remoteVirtualNetwork") or {}).get("id", ""))
            known = next((other.name for other in plan.azure if other.id.lower() == remote.lower()), None)
            return f"with {known or remote.rpartition('/')[2]}" + ("" if known else ", which this plan does not have")
        case "agentPoolProfiles":
            return f"with {item.get('count')} nodes"
        case "subnets":
            return f"{item.get('addressPrefix') or ', '.join(item.get('addressPrefixes') or ())}"
        case _:
            via = f" at {item['nextHopIpAddress']}" if item.get("nextHopIpAddress") else ""
            return f"{item.get('addressPrefix')} to {item.get('nextHopType')}{via}"


def same(declared: Any, live: Any) -> bool:
    """Azure compares ids and names of places without regard to case, and writes numbers as it likes."""
    if declared is UNKNOWN or live is UNKNOWN:
        return True
    if isinstance(declared, str) and isinstance(live, str):
        return declared == live or _folded(declared) == _folded(live)
    if isinstance(declared, Mapping) and isinstance(live, Mapping):
        return not differences(declared, live, same)
    if isinstance(declared, list | tuple) and isinstance(live, list | tuple):
        return not differences(list(declared), list(live), same)
    if isinstance(declared, list | tuple) and isinstance(live, Mapping):
        return _ids(declared) == _ids(live)  # identities are given as a list, and shown as a map
    return bool(declared == live)


def _folded(text: str) -> str:
    return text.lower() if text.startswith("/") else text.replace(" ", "").lower()


def _ids(found: Iterable[Any]) -> set[str]:
    return {str(item).lower() for item in found}
