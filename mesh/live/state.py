"""The state of a stack → what each resource was last given and last seen as, and how each cluster is reached."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mesh.engine import troubles
from mesh.engine.recovery import pending, states
from mesh.engine.runs import Engine, EngineFailed
from mesh.failures import Failure
from mesh.review.drift.live import Deployed

_SECRET, _SIGNATURE = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"
_PROVIDER = "pulumi:providers:kubernetes"


@dataclass(frozen=True)
class State:
    deployed: Mapping[str, Deployed] = field(repr=False)
    """By name in the plan."""
    urns: Mapping[str, str]
    """By name in the plan."""
    kubeconfigs: Mapping[str, str] = field(repr=False)
    """By cluster, as AKS listed them at the last update."""


def read(engine: Engine) -> State:
    """Raises Failure where a run is at work on it, or was killed: what is live then is on its way somewhere else."""
    try:
        held = states.state(engine).locks()
        exported = (
            {} if held else json.loads(engine.answer("stack", "export", "--show-secrets", "--stack", engine.stack))
        )
    except EngineFailed as failed:
        said = str(failed).removeprefix("error: ")
        raise Failure(
            f"The state of stack {engine.stack} cannot be read:\n  {said}\n{troubles.fix([said], engine.stack)}."
        ) from None
    if held:
        listed = "\n".join(f"  {lock.text}" for lock in held)
        raise Failure(
            f"Stack {engine.stack} is locked, so nobody can say what is drift and what is being deployed:\n{listed}\n"
            f"Try again when that run has ended. If it is dead: mesh recover --stack {engine.stack}"
        )
    deployment = exported.get("deployment") or {}
    if pending.interrupted(deployment):
        raise Failure(
            f"A run of stack {engine.stack} was killed in the middle. First: mesh recover --stack {engine.stack}"
        )
    resources = [one for one in deployment.get("resources") or () if not one.get("delete")]
    if not any(one.get("custom") for one in resources):
        raise Failure(f"Stack {engine.stack} holds nothing yet. Deploy it first: pulumi up --stack {engine.stack}")
    return _state(resources)


def name(urn: str) -> str:
    return urn.rpartition("::")[2]


def _state(resources: list[dict[str, Any]]) -> State:
    custom = [one for one in resources if one.get("custom") and not one["type"].startswith("pulumi:")]
    return State(
        deployed={
            name(one["urn"]): Deployed(_shown(one.get("inputs") or {}), _shown(one.get("outputs") or {}))
            for one in custom
        },
        urns={name(one["urn"]): one["urn"] for one in custom},
        kubeconfigs={
            name(one["urn"]).removeprefix("kubernetes/"): _shown((one.get("inputs") or {})["kubeconfig"])
            for one in resources
            if one["type"] == _PROVIDER and "kubeconfig" in (one.get("inputs") or {})
        },
    )


def _shown(value: Any) -> Any:
    """Without the marks of secrets."""
    if isinstance(value, Mapping):
        if value.get(_SECRET) == _SIGNATURE:
            return _shown(json.loads(value["plaintext"])) if "plaintext" in value else None
        return {key: _shown(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_shown(item) for item in value]
    return value
