"""A stack's state with interrupted creates → the state in which a refresh finds out what became of them.

The names of everything this program makes are in the inputs, so the id of a resource follows from them, whether the
create came through or not. The resource is put into the state under that id, with a mark: the next refresh reads it,
keeps it where it exists, drops it where it does not, and removes the mark. A mark that is still there tells that a
recovery was itself interrupted; importing a state clears its pending operations, so they cannot tell. (The engine's own
`refresh --import-pending-creates` cannot be used: 3.255.0 turns the create into a pending import and then forgets it,
which leaves the resource without an owner.)
"""

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mesh import azure_ids

Deployment = dict[str, Any]

_IN_PROGRESS = frozenset({"Creating", "Updating", "Deleting", "Accepted", "Provisioning", "InProgress", "Scaling"})
_FAILED = frozenset({"Failed", "Canceled"})
_MARK = "The engine was killed while it worked on this; `mesh recover` finds out what became of it."


class Unidentified(Exception):
    """A resource whose id does not follow from what the state holds."""


@dataclass(frozen=True)
class Adoption:
    """An interrupted create, with the id that the resource has if it came through."""

    urn: str
    id: str


def adoptions(deployment: Deployment) -> tuple[Adoption, ...]:
    return tuple(
        Adoption(operation["resource"]["urn"], _identity(operation["resource"], deployment))
        for operation in deployment.get("pending_operations") or ()
        if operation["type"] == "creating" and _is_real(operation["resource"])
    )


def adopted(deployment: Deployment) -> Deployment:
    """The state with every resource that an operation was interrupted on, created or not, marked for a look at it."""
    state = copy.deepcopy(deployment)
    resources = state.setdefault("resources", [])
    identities = {adoption.urn: adoption.id for adoption in adoptions(deployment)}
    for operation in state.pop("pending_operations", None) or ():
        urn = operation["resource"]["urn"]
        present = [one for one in resources if one["urn"] == urn and not one.get("delete")]
        wanted = identities.get(urn) if operation["type"] == "creating" else None
        if wanted and wanted not in {one.get("id") for one in present}:
            for one in present:
                one["delete"] = True  # it was being replaced; the engine deletes it once the new one stands
            present = [_created(operation["resource"], wanted)]
            resources += present
        for one in present:
            one["initErrors"] = [_MARK]
    return state


def declared_inputs(deployment: Deployment) -> dict[str, Any]:
    """By URN, what interrupted creates were sent."""
    return {
        operation["resource"]["urn"]: operation["resource"].get("inputs") or {}
        for operation in deployment.get("pending_operations") or ()
        if operation["type"] == "creating" and _is_real(operation["resource"])
    }


def as_declared(deployment: Deployment, declared: Mapping[str, Any]) -> Deployment:
    """The state with the inputs that resources were created with.

    A refresh that knows no earlier answer of the cloud's takes all that the cloud adds for inputs, and leaves out what
    only the id tells; the next update would then change the resource, or even replace it.
    """
    state = copy.deepcopy(deployment)
    for one in _resources(state):
        if one["urn"] in declared and not one.get("delete"):
            one["inputs"] = declared[one["urn"]]
    return state


def marked(deployment: Deployment) -> tuple[str, ...]:
    """URNs of what an earlier recovery wanted to look at and did not."""
    return tuple(one["urn"] for one in _resources(deployment) if _MARK in (one.get("initErrors") or ()))


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


def _is_real(resource: Mapping[str, Any]) -> bool:
    """Components and providers exist only in the state."""
    return bool(resource.get("custom")) and not resource["type"].startswith("pulumi:")


def _created(resource: dict[str, Any], identity: str) -> dict[str, Any]:
    return {**resource, "id": identity, "outputs": resource.get("inputs", {})}


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
