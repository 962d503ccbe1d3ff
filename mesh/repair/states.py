"""A state as it is kept → the one from which the next update puts back what a refresh does not see. Pure."""

import copy
from collections.abc import Collection, Iterable
from typing import Any

from mesh import azure_ids
from mesh.engine.recovery import pending
from mesh.review.drift.changes import AzureAddress

Deployment = dict[str, Any]

_RELEASE = "kubernetes:helm.sh/v3:Release"
_NOT_AS_RECORDED = {"hybrid-mesh": "not as Helm's record has it: to be upgraded"}
"""Stands for values of a release that somebody gave by hand, which may be secret."""
_AZURE = "azure-native:"
_PEERING = "azure-native:network:VirtualNetworkPeering"


def with_named(deployment: Deployment, named: Iterable[tuple[str, AzureAddress]]) -> Deployment:
    """With resources that nobody declared, by a name and the address of each: the next update deletes them."""
    state = copy.deepcopy(deployment)
    resources = state.get("resources") or []
    sample = next(resource for resource in resources if resource["type"].startswith(_AZURE))
    stack = next(resource["urn"] for resource in resources if resource["type"] == "pulumi:pulumi:Stack")
    prefix = "::".join(stack.split("::")[:2])
    known = {str(resource.get("id", "")).lower() for resource in resources}
    for name, address in named:
        if address.id.lower() not in known:
            inputs = azure_ids.inputs(address.token, address.id)
            resources.append(
                {
                    "urn": f"{prefix}::{address.token}::{name}",
                    "custom": True,
                    "id": address.id,
                    "type": address.token,
                    "inputs": inputs,
                    "outputs": dict(inputs),
                    "parent": stack,
                    "provider": sample["provider"],
                }
            )
    return state


def with_causes(deployment: Deployment, releases: Collection[str]) -> Deployment:
    """A refreshed state in which releases differ whose record does, and what Azure failed or cut off is to be written.

    The provider reads of a release what it was given itself, so that values given by hand are no drift to it.
    """
    state = pending.settled(deployment)
    for resource in state.get("resources") or ():
        if resource["type"] == _RELEASE and resource["urn"].rpartition("::")[2] in releases:
            resource["inputs"] = {**(resource.get("inputs") or {}), "values": _NOT_AS_RECORDED}
            outputs = {**(resource.get("outputs") or {}), "values": _NOT_AS_RECORDED}
            if isinstance(outputs.get("__inputs"), dict):
                outputs["__inputs"] = {**outputs["__inputs"], "values": _NOT_AS_RECORDED}
            resource["outputs"] = outputs
    return state


def cut_off(deployment: Deployment) -> tuple[str, ...]:
    """URNs of peerings whose other half is gone: that one is refused until these are written again."""
    return tuple(
        resource["urn"]
        for resource in deployment.get("resources") or ()
        if (resource.get("outputs") or {}).get("peeringState") == pending.CUT_OFF and not resource.get("delete")
    )


def gone_peerings(refreshed: Deployment, before: Deployment) -> tuple[str, ...]:
    """URNs of peerings that a refresh took out of the state."""
    left = {resource["urn"] for resource in refreshed.get("resources") or ()}
    resources = before.get("resources") or ()
    return tuple(one["urn"] for one in resources if one["type"] == _PEERING and one["urn"] not in left)


def with_gone(refreshed: Deployment, before: Deployment, gone: Collection[str]) -> Deployment:
    """With these resources once more, where they stood: an update of what depends on them needs them in the state."""
    resources = list(refreshed.get("resources") or ())
    place = 0
    for known in before.get("resources") or ():
        if known["urn"] in gone:
            resources.insert(place, known)
        places = [number for number, resource in enumerate(resources) if resource["urn"] == known["urn"]]
        place = max([place, *(number + 1 for number in places)])
    return {**refreshed, "resources": resources}
