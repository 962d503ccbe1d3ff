"""Kubernetes' label selectors: whether one covers the labels of a pod or of a namespace.

https://kubernetes.io/docs/reference/generated/kubernetes-api/v1.34/#labelselector-v1-meta
"""

from collections.abc import Mapping
from typing import Any

Labels = Mapping[str, str]


def covers(selector: Mapping[str, Any], labels: Labels) -> bool:
    """An empty selector covers everything; of several requirements all have to hold."""
    wanted: Labels = selector.get("matchLabels") or {}
    return all(labels.get(key) == value for key, value in wanted.items()) and all(
        _holds(requirement, labels) for requirement in selector.get("matchExpressions") or ()
    )


def _holds(requirement: Mapping[str, Any], labels: Labels) -> bool:
    key, values = requirement["key"], requirement.get("values") or ()
    match requirement["operator"]:
        case "In":
            return labels.get(key) in values
        case "NotIn":
            # A label that is not there is in no list.
            return labels.get(key) not in values
        case "Exists":
            return key in labels
        case "DoesNotExist":
            return key not in labels
    raise ValueError(f"{requirement['operator']} is no operator of a label selector")
