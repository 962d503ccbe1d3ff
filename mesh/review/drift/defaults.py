"""A live Kubernetes object → what of it somebody chose: without what an API server, or its controllers, fill in."""

import re
from collections.abc import Mapping
from typing import Any

_SERVERS_OWN = ("creationTimestamp", "deletionGracePeriodSeconds", "generation", "managedFields", "resourceVersion",
                "selfLink", "uid")  # fmt: skip
_ANY = object()

_EVERY_KIND: Mapping[str, Any] = {
    "metadata.labels.kubernetes.io/metadata.name": _ANY,
    "metadata.annotations.kubectl.kubernetes.io/last-applied-configuration": _ANY,
    "metadata.annotations.deployment.kubernetes.io/revision": _ANY,
    "metadata.annotations.pulumi.com/autonamed": _ANY,
    # Helm marks what it installs, beside what its record says.
    "metadata.annotations.meta.helm.sh/release-name": _ANY,
    "metadata.annotations.meta.helm.sh/release-namespace": _ANY,
    "metadata.labels.app.kubernetes.io/managed-by": "Helm",
}

_SERVICE: Mapping[str, Any] = {
    "spec.clusterIP": _ANY,
    "spec.clusterIPs": _ANY,
    "spec.ipFamilies": _ANY,
    "spec.ipFamilyPolicy": "SingleStack",
    "spec.internalTrafficPolicy": "Cluster",
    "spec.externalTrafficPolicy": "Cluster",
    "spec.sessionAffinity": "None",
    "spec.type": "ClusterIP",
    "spec.allocateLoadBalancerNodePorts": True,
    "spec.healthCheckNodePort": _ANY,
    "spec.ports[].protocol": "TCP",
    "spec.ports[].nodePort": _ANY,
    "metadata.finalizers": ["service.kubernetes.io/load-balancer-cleanup"],
}
_POD: Mapping[str, Any] = {
    "metadata.creationTimestamp": _ANY,
    "spec.restartPolicy": "Always",
    "spec.dnsPolicy": "ClusterFirst",
    "spec.schedulerName": "default-scheduler",
    "spec.terminationGracePeriodSeconds": 30,
    "spec.serviceAccount": _ANY,
    "spec.containers[].imagePullPolicy": _ANY,
    "spec.containers[].terminationMessagePath": "/dev/termination-log",
    "spec.containers[].terminationMessagePolicy": "File",
    "spec.containers[].ports[].protocol": "TCP",
    "spec.containers[].env[].valueFrom.fieldRef.apiVersion": "v1",
    **{
        f"spec.containers[].{probe}.{field}": value
        for probe in ("readinessProbe", "livenessProbe", "startupProbe")
        for field, value in (("failureThreshold", 3), ("periodSeconds", 10), ("successThreshold", 1),
                             ("timeoutSeconds", 1), ("httpGet.scheme", "HTTP"))
    },
    **{f"spec.volumes[].{source}.defaultMode": 420 for source in ("configMap", "secret", "projected")},
}  # fmt: skip
_KINDS: Mapping[str, Mapping[str, Any]] = {
    "Service": _SERVICE,
    "Namespace": {"spec.finalizers": ["kubernetes"]},
    "Secret": {
        "type": "Opaque",
        "metadata.annotations.kubernetes.io/service-account.uid": _ANY,
        "metadata.labels.kubernetes.io/legacy-token-last-used": _ANY,
    },
    "ServiceAccount": {"secrets": _ANY},
    "Deployment": {
        "spec.progressDeadlineSeconds": 600,
        "spec.revisionHistoryLimit": 10,
        "spec.replicas": 1,
        "spec.strategy.type": "RollingUpdate",
        "spec.strategy.rollingUpdate.maxSurge": "25%",
        "spec.strategy.rollingUpdate.maxUnavailable": "25%",
        **{f"spec.template.{path}": value for path, value in _POD.items()},
    },
    "RoleBinding": {"roleRef.apiGroup": "rbac.authorization.k8s.io",
                    "subjects[].apiGroup": "rbac.authorization.k8s.io"},
    "ClusterRoleBinding": {"roleRef.apiGroup": "rbac.authorization.k8s.io",
                           "subjects[].apiGroup": "rbac.authorization.k8s.io"},
    "MutatingWebhookConfiguration": {
        "webhooks[].matchPolicy": "Equivalent",
        "webhooks[].reinvocationPolicy": "Never",
        "webhooks[].timeoutSeconds": 10,
        "webhooks[].clientConfig.service.port": 443,
        "webhooks[].rules[].scope": "*",
    },
    "ValidatingWebhookConfiguration": {
        "webhooks[].matchPolicy": "Equivalent",
        "webhooks[].timeoutSeconds": 10,
        "webhooks[].clientConfig.service.port": 443,
        "webhooks[].rules[].scope": "*",
    },
    "Telemetry": {},
}  # fmt: skip


def chosen(manifest: Mapping[str, Any], declared: Mapping[str, Any]) -> dict[str, Any]:
    """A default stays where the declaration has a value of its own to hold against it."""
    metadata = {name: value for name, value in manifest["metadata"].items() if name not in _SERVERS_OWN}
    content = {name: value for name, value in manifest.items() if name not in ("status", "apiVersion", "kind")}
    pruned = {**content, "metadata": metadata}
    patterns = {**_EVERY_KIND, **_KINDS.get(manifest["kind"], {})}
    cleaned: dict[str, Any] = _without(pruned, "", patterns, declared)
    if manifest["kind"] == "Secret" and manifest.get("type") == "kubernetes.io/service-account-token":
        cleaned.pop("data", None)  # the token itself, which the server makes
    return cleaned


def _without(value: Any, pattern: str, patterns: Mapping[str, Any], declared: Any) -> Any:
    if isinstance(value, Mapping):
        kept = {}
        for name, item in value.items():
            inner = f"{pattern}.{name}" if pattern else name
            here = declared.get(name) if isinstance(declared, Mapping) else None
            if here is None and inner in patterns and patterns[inner] in (_ANY, item):
                continue
            left = _without(item, inner, patterns, here)
            if left != {} or item == {} or here is not None:
                kept[name] = left
        if pattern == "spec.ports[]" and value.get("targetPort") == value.get("port") and not _has_target(declared):
            kept.pop("targetPort", None)
        return kept
    if isinstance(value, list):
        return [
            _without(item, f"{pattern}[]", patterns, _beside(declared, item, position))
            for position, item in enumerate(value)
        ]
    return value


def _has_target(declared: Any) -> bool:
    return isinstance(declared, Mapping) and "targetPort" in declared


def _beside(declared: Any, item: Any, position: int) -> Any:
    """The declared element that a live one is held against: of its name, else in its place."""
    if not isinstance(declared, list | tuple):
        return None
    if isinstance(item, Mapping) and isinstance(item.get("name"), str):
        return next((one for one in declared if isinstance(one, Mapping) and one.get("name") == item["name"]), None)
    return declared[position] if position < len(declared) else None


_QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(m|k|Ki|M|Mi|G|Gi|T|Ti)?")
_UNITS = {"m": 0.001, None: 1, "k": 1e3, "Ki": 2**10, "M": 1e6, "Mi": 2**20, "G": 1e9, "Gi": 2**30, "T": 1e12,
          "Ti": 2**40}  # fmt: skip


def same(declared: Any, live: Any) -> bool:
    """Quantities are the same in any unit, and a number is the same as its text."""
    if declared == live:
        return True
    one, other = (_QUANTITY.fullmatch(str(value)) for value in (declared, live))
    if isinstance(declared, bool) or isinstance(live, bool) or not one or not other:
        return False
    return abs(float(one[1]) * _UNITS[one[2]] - float(other[1]) * _UNITS[other[2]]) < 1e-9
