"""Helm releases that a killed run left in the middle, so that the next update can install or upgrade them.

Helm keeps a record of each revision, first as pending. A record that stays so blocks every further operation, and
nothing takes it away by itself. Without it the release is as it was before: not there, or at its last revision.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from urllib3.exceptions import HTTPError

from mesh.failures import Failure

_TYPE = "kubernetes:helm.sh/v3:Release"
_PENDING = "pending-install,pending-upgrade,pending-rollback"
_SECONDS_TO_ANSWER = 30


@dataclass(frozen=True)
class Release:
    namespace: str
    name: str
    kubeconfig: str = field(repr=False)


def worked_on(deployment: Mapping[str, Any]) -> bool:
    """Whether the killed run was at work on a release."""
    return any(operation["resource"]["type"] == _TYPE for operation in deployment.get("pending_operations") or ())


def interrupted(deployment: Mapping[str, Any]) -> tuple[Release, ...]:
    """The releases that the killed run was at work on, from a state whose secrets are shown."""
    kubeconfigs = {
        resource["urn"]: _shown((resource.get("inputs") or {}).get("kubeconfig"))
        for resource in deployment.get("resources") or ()
        if resource["type"] == "pulumi:providers:kubernetes"
    }
    return tuple(
        Release(
            namespace=_shown(operation["resource"]["inputs"]["namespace"]),
            name=_shown(operation["resource"]["inputs"]["name"]),
            kubeconfig=kubeconfigs[operation["resource"]["provider"].rpartition("::")[0]],
        )
        for operation in deployment.get("pending_operations") or ()
        if operation["resource"]["type"] == _TYPE
    )


def clear(release: Release) -> int:
    """Deletes the pending records of a release, and tells how many there were. Raises Failure."""
    from kubernetes import client, config  # most commands start without it: it takes longer than they do

    pending: dict[str, Any] = {
        "label_selector": f"owner=helm,name={release.name},status in ({_PENDING})",
        "_request_timeout": _SECONDS_TO_ANSWER,
    }
    try:
        credentials = yaml.safe_load(release.kubeconfig)
        with config.new_client_from_config_dict(credentials) as connection:  # type: ignore[no-untyped-call]
            secrets = client.CoreV1Api(connection)
            records = secrets.list_namespaced_secret(release.namespace, **pending).items
            secrets.delete_collection_namespaced_secret(release.namespace, **pending)
            return len(records)
    except (client.ApiException, HTTPError, config.ConfigException) as error:
        why = getattr(error, "reason", None) or error
        raise Failure(
            f"The Helm release {release.namespace}/{release.name} was being worked on, and its cluster does not tell "
            f"how far that came: {why}. Try again when it answers."
        ) from None


def _shown(value: Any) -> str:
    """A text, also where the state keeps it as a secret: then as JSON beside a signature."""
    return str(json.loads(value["plaintext"]) if isinstance(value, Mapping) else value)
