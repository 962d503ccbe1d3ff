"""What a stack file says of a thing that others made, into the model's; or the problems of saying it."""

from collections.abc import Iterator

from mesh import azure_ids, model
from mesh.declaration import spec, spelling
from mesh.declaration.problems import Path, Problem

NETWORK = "azure-native:network:VirtualNetwork"
SECURITY_GROUP = "azure-native:network:NetworkSecurityGroup"
CLUSTER = "azure-native:containerservice:ManagedCluster"
ZONE = "azure-native:privatedns:PrivateZone"
_WORDS = {
    CLUSTER: ("AKS cluster", "providers/Microsoft.ContainerService/managedClusters/NAME"),
    ZONE: ("private DNS zone", "providers/Microsoft.Network/privateDnsZones/NAME"),
    NETWORK: ("virtual network", "providers/Microsoft.Network/virtualNetworks/NAME"),
    SECURITY_GROUP: ("security group", "providers/Microsoft.Network/networkSecurityGroups/NAME"),
}


def resolved(token: str, existing: spec.Existing, own: str) -> model.Existing:
    """`own` is the subscription of the environment."""
    if existing.id is None:
        return model.Existing(existing.subscription or own, existing.group or "", existing.name or "")
    group, name = azure_ids.inputs(token, existing.id).values()
    return model.Existing(subscription(existing, own), group, name)


def subscription(existing: spec.Existing, own: str) -> str:
    """The one that a thing is in; `own` is the environment's."""
    return existing.id.split("/")[2].lower() if existing.id else existing.subscription or own


def problems(path: Path, token: str, existing: spec.Existing) -> Iterator[Problem]:
    word, ending = _WORDS[token]
    beside = [key for key in ("subscription", "group", "name") if getattr(existing, key) is not None]
    if existing.id is not None:
        try:
            azure_ids.inputs(token, existing.id)
        except KeyError:
            yield Problem(
                (*path, "id"),
                f"it is not the id of a {word}",
                f"Write /subscriptions/SUBSCRIPTION/resourceGroups/GROUP/{ending}",
            )
        if beside:
            yield Problem(
                (*path, beside[0]), f"the id has {spelling.listed(beside)} in it", f"Remove {spelling.listed(beside)}"
            )
    elif missing := [key for key in ("group", "name") if getattr(existing, key) is None]:
        yield Problem(
            path,
            f"it does not say which {word} it is: {spelling.listed(missing)} {'are' if missing[1:] else 'is'} missing",
            "Write {id: …}, or {group: …, name: …}",
        )
