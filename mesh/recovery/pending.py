"""A stack's state with interrupted creates → the state in which a refresh finds out what became of them.

The names of everything this program makes are in the inputs, so the id of a resource follows from them, whether the
create came through or not. The resource is put into the state under that id and marked as being updated: the next
refresh reads it, keeps it where it exists and drops it where it does not. The mark makes sure that an interrupted
recovery is itself recovered. (The engine's own `refresh --import-pending-creates` cannot be used: 3.255.0 turns the
create into a pending import and then forgets it, which leaves the resource without an owner.)
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mesh import azure_ids

Deployment = dict[str, Any]

_IN_PROGRESS = frozenset({"Creating", "Updating", "Deleting", "Accepted", "Provisioning", "InProgress", "Scaling"})
_FAILED = frozenset({"Failed", "Canceled"})


class Unidentified(Exception):
    """A resource whose id does not follow from what the state holds."""


@dataclass(frozen=True)
class Adoption:
    """An interrupted create, with the id that the resource has if it came through."""

    urn: str
    id: str


def adoptions(deployment: Deployment) -> tuple[Adoption, ...]:
    """Providers are left out: they exist only in the state."""
    return tuple(
        Adoption(operation["resource"]["urn"], _identity(operation["resource"], deployment))
        for operation in deployment.get("pending_operations") or ()
        if operation["type"] == "creating" and not operation["resource"]["type"].startswith("pulumi:")
    )


def adopted(deployment: Deployment) -> Deployment:
    """The state with every interrupted create as a resource whose existence is to be found out."""
    state = copy.deepcopy(deployment)
    identities = {adoption.urn: adoption.id for adoption in adoptions(deployment)}
    resources, operations = state.setdefault("resources", []), []
    for operation in state.get("pending_operations") or ():
        if operation["type"] != "creating":
            operations.append(operation)
            continue
        resource = operation["resource"]
        if resource["urn"] not in identities:
            continue
        resource = {**resource, "id": identities[resource["urn"]], "outputs": resource.get("inputs", {})}
        operations.append({"resource": resource, "type": "updating"})
        before = [one for one in resources if one["urn"] == resource["urn"] and not one.get("delete")]
        if any(one.get("id") == resource["id"] for one in before):
            continue
        for one in before:
            one["delete"] = True  # it was being replaced; the engine deletes it once the new one stands
        resources.append(resource)
    state["pending_operations"] = operations
    return state


def unsettled(deployment: Deployment) -> tuple[str, ...]:
    """URNs of what Azure is still creating, changing or deleting."""
    return tuple(one["urn"] for one in _resources(deployment) if _provisioning_state(one) in _IN_PROGRESS)


def failed(deployment: Deployment) -> tuple[str, ...]:
    """URNs of what Azure accepted and then failed, unless the next update is to repair it already."""
    return tuple(
        one["urn"]
        for one in _resources(deployment)
        if _provisioning_state(one) in _FAILED and not one.get("initErrors")
    )


def to_be_repaired(deployment: Deployment) -> Deployment:
    """The state in which the next update writes again what Azure failed (the engine does so for init errors)."""
    state, urns = copy.deepcopy(deployment), set(failed(deployment))
    for one in state["resources"]:
        if one["urn"] in urns:
            one["initErrors"] = [f"Azure ended the last write as {_provisioning_state(one)}."]
    return state


def _resources(deployment: Deployment) -> list[dict[str, Any]]:
    return deployment.get("resources") or []


def _provisioning_state(resource: Mapping[str, Any]) -> str | None:
    outputs = resource.get("outputs") or {}
    nested = outputs.get("properties")
    found = outputs.get("provisioningState") or (nested.get("provisioningState") if isinstance(nested, dict) else None)
    return found if isinstance(found, str) else None


def _identity(resource: Mapping[str, Any], deployment: Deployment) -> str:
    kind, inputs = resource["type"], resource.get("inputs") or {}
    try:
        if kind.startswith("azure-native:"):
            return azure_ids.resource_id(kind, _subscription(resource, deployment), inputs)
        if kind == "kubernetes:helm.sh/v3:Release":
            return f"{inputs['namespace']}/{inputs['name']}"
        if kind.startswith("kubernetes:"):
            metadata = inputs["metadata"]
            return "/".join(part for part in (metadata.get("namespace"), metadata["name"]) if part)
    except KeyError as missing:
        raise Unidentified(f"{resource['urn']}: {missing} is needed for its id and is not known") from missing
    raise Unidentified(f"{resource['urn']}: the ids of {kind} do not follow from its inputs")


def _subscription(resource: Mapping[str, Any], deployment: Deployment) -> str:
    provider = resource["provider"].rpartition("::")[0]
    declared = next(one for one in _resources(deployment) if one["urn"] == provider)
    return str((declared.get("inputs") or {})["subscriptionId"])
