"""The state of a stack → what each resource was last given and last seen as, and how each cluster is reached."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mesh.engine import locked
from mesh.engine.recovery import pending
from mesh.engine.runs import Engine
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
    """Raises Failure where a run was killed in the middle, or the stack holds nothing."""
    with locked.readable(engine):
        exported = json.loads(engine.answer("stack", "export", "--show-secrets", "--stack", engine.stack))
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
