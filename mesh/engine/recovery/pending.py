"""A stack's state with interrupted creates → the state in which a refresh finds out what became of them.

The names of everything this program makes are in the inputs, so the id of a resource follows from them, whether the
create came through or not. The resource is put into the state under that id: the next refresh reads it, keeps it where
it exists, and drops it where it does not. Importing a state clears its pending operations; what they were stands in
the state itself until the recovery is over, in a component that no provider knows, so that a recovery may be killed at
any moment too. (The engine's own `refresh --import-pending-creates` cannot be used: 3.255.0 turns the create into a
pending import and then forgets it, which leaves the resource without an owner.)
"""

import copy
from collections.abc import Mapping
from typing import Any

from mesh import azure_ids

Deployment = dict[str, Any]

_IN_PROGRESS = frozenset({"Creating", "Updating", "Deleting", "Accepted", "Provisioning", "InProgress", "Scaling"})
_FAILED = frozenset({"Failed", "Canceled"})
CUT_OFF = "Disconnected"
"""A peering whose other half is gone. The other half is refused until this one is written again."""
_NOTE = "hybrid-mesh:recovery:Interruption"
"""The type of the component that keeps, by URN, what interrupted creates were sent."""


class Unidentified(Exception):
    """A resource whose id does not follow from what the state holds."""


def interrupted(deployment: Deployment) -> frozenset[str]:
    """URNs of what was being worked on when the engine, or an earlier recovery, was killed."""
    operations = {operation["resource"]["urn"] for operation in deployment.get("pending_operations") or ()}
    return frozenset(
        operations.union(resource["urn"] for resource in _resources(deployment) if resource["type"] == _NOTE)
    )


def sent_inputs(deployment: Deployment) -> dict[str, Any]:
    """By URN, what interrupted creates were sent, as pending operations or the note of an earlier recovery tell."""
    noted = (resource.get("outputs") or {} for resource in _resources(deployment) if resource["type"] == _NOTE)
    return {
        **dict(item for note in noted for item in note.items()),
        **{creation["urn"]: creation.get("inputs") or {} for creation in _creations(deployment)},
    }


def adopted(deployment: Deployment) -> Deployment:
    """The state with every resource whose create was interrupted, whether it came through or not, and a note of it."""
    if not deployment.get("pending_operations"):
        return deployment
    state = copy.deepcopy(deployment)
    stack = "::".join(state.pop("pending_operations")[0]["resource"]["urn"].split("::")[:2])
    resources = state["resources"] = [one for one in _resources(state) if one["type"] != _NOTE]
    for creation in _creations(deployment):
        identity = _identity(creation, deployment)
        present = [one for one in resources if one["urn"] == creation["urn"] and not one.get("delete")]
        if identity not in {one.get("id") for one in present}:
            for one in present:
                one["delete"] = True  # it was being replaced; the engine deletes it once the new one stands
            resources.append({**creation, "id": identity, "outputs": creation.get("inputs", {})})
    note = {"urn": f"{stack}::{_NOTE}::interruption", "type": _NOTE, "custom": False}
    resources.append({**note, "outputs": sent_inputs(deployment)})
    return state


def settled(deployment: Deployment) -> Deployment:
    """The refreshed state without the note, with the inputs that resources were created with, and what failed marked.

    A refresh that knows no earlier answer of the cloud's takes all that the cloud adds for inputs, and leaves out what
    only the id tells; the next update would then change the resource, or even replace it. What Azure failed is written
    again by the next update where it has init errors.
    """
    state, sent, to_repair = copy.deepcopy(deployment), sent_inputs(deployment), failed(deployment)
    state["resources"] = [resource for resource in _resources(state) if resource["type"] != _NOTE]
    for resource in state["resources"]:
        if resource["urn"] in sent and not resource.get("delete"):
            resource["inputs"] = sent[resource["urn"]]
        if resource["urn"] in to_repair:
            resource["initErrors"] = [f"Azure says that it is {_failure(resource)}."]
    return state


def unsettled(deployment: Deployment) -> tuple[str, ...]:
    """URNs of what Azure is still creating, changing or deleting."""
    return tuple(
        resource["urn"] for resource in _resources(deployment) if _provisioning_state(resource) in _IN_PROGRESS
    )


def failed(deployment: Deployment) -> tuple[str, ...]:
    """URNs of what Azure accepted and then failed, or cut off, unless the next update is to repair it already."""
    return tuple(
        resource["urn"]
        for resource in _resources(deployment)
        if _failure(resource) and not resource.get("delete") and not resource.get("initErrors")
    )


def _creations(deployment: Deployment) -> list[dict[str, Any]]:
    """What was being created, but for components and providers, which exist only in the state."""
    return [
        operation["resource"]
        for operation in deployment.get("pending_operations") or ()
        if operation["type"] == "creating"
        and operation["resource"].get("custom")
        and not operation["resource"]["type"].startswith("pulumi:")
    ]


def _resources(deployment: Deployment) -> list[dict[str, Any]]:
    return deployment.get("resources") or []


def _failure(resource: Mapping[str, Any]) -> str | None:
    if (resource.get("outputs") or {}).get("peeringState") == CUT_OFF:
        return CUT_OFF
    state = _provisioning_state(resource)
    return state if state in _FAILED else None


def _provisioning_state(resource: Mapping[str, Any]) -> str | None:
    outputs = resource.get("outputs") or {}
    nested = outputs.get("properties")
    state = outputs.get("provisioningState") or (nested.get("provisioningState") if isinstance(nested, dict) else None)
    return state if isinstance(state, str) else None


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
    declared = next(resource_ for resource_ in _resources(deployment) if resource_["urn"] == provider)
    return str((declared.get("inputs") or {})["subscriptionId"])
