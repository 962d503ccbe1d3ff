"""Which values each chart knows. The charts ignore most typos in silence; the lab refuses them, and says what there is.

Listed are those that the lab's renderings heed, and those that only matter to pods or webhooks, which are not here.
`None` means anything below.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_Known = Mapping[str, Any]

_VALIDATION: _Known = {"validationFailurePolicy": None, "validationURL": None, "validationCABundle": None}
_GLOBAL: _Known = {
    "configValidation": None,
    "defaultPodDisruptionBudget": {"enabled": None},
    "enableReaderRBAC": None,
    "hub": None,
    "imagePullPolicy": None,
    "imagePullSecrets": None,
    "istioNamespace": None,
    "logAsJson": None,
    "logging": {"level": None},
    "meshID": None,
    "meshNetworks": None,
    "multiCluster": {"clusterName": None},
    "network": None,
    "networkPolicy": {"enabled": None},
    "priorityClassName": None,
    "proxy": None,
    "proxy_init": None,
    "tag": None,
    "variant": None,
}
_PILOT: _Known = {
    "affinity": None,
    "autoscaleEnabled": None,
    "autoscaleMax": None,
    "autoscaleMin": None,
    "cpu": {"targetAverageUtilization": None},
    "env": None,
    "nodeSelector": None,
    "pdb": {"minAvailable": None, "maxUnavailable": None, "unhealthyPodEvictionPolicy": None},
    "replicaCount": None,
    "resources": None,
    "tolerations": None,
    "topologySpreadConstraints": None,
    "traceSampling": None,
}
_KNOWN: Mapping[str, _Known] = {
    "base": {
        "base": {**_VALIDATION, "enableCRDTemplates": None, "excludedCRDs": None},
        "defaultRevision": None,
        "global": _GLOBAL,
    },
    "istiod": {
        **_PILOT,
        "base": _VALIDATION,
        "global": _GLOBAL,
        "meshConfig": None,
        "pilot": _PILOT,
        "revision": None,
        "sidecarInjectorWebhook": None,
        "telemetry": None,
    },
    "gateway": {
        "affinity": None,
        "annotations": None,
        "autoscaling": {
            "enabled": None,
            "minReplicas": None,
            "maxReplicas": None,
            "targetCPUUtilizationPercentage": None,
        },
        "env": None,
        "global": _GLOBAL,
        "kind": None,
        "labels": None,
        "name": None,
        "networkGateway": None,
        "networkGatewayPorts": {"status-port": None, "tls": None, "tls-istiod": None, "tls-webhook": None},
        "nodeSelector": None,
        "podAnnotations": None,
        "podDisruptionBudget": {"minAvailable": None, "maxUnavailable": None, "unhealthyPodEvictionPolicy": None},
        "rbac": {"enabled": None},
        "replicaCount": None,
        "resources": {"requests": None, "limits": None},
        "service": {
            "annotations": None,
            "clusterIP": None,
            "externalIPs": None,
            "externalTrafficPolicy": None,
            "healthCheckNodePort": None,
            "internalTrafficPolicy": None,
            "ipFamilies": None,
            "ipFamilyPolicy": None,
            "loadBalancerClass": None,
            "loadBalancerIP": None,
            "loadBalancerSourceRanges": None,
            "ports": None,
            "type": None,
        },
        "serviceAccount": {"create": None, "annotations": None, "name": None},
        "terminationGracePeriodSeconds": None,
        "tolerations": None,
        "topologySpreadConstraints": None,
        "volumeMounts": None,
        "volumes": None,
    },
}


def unknown_keys(chart: str, values: Mapping[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The path of each value that the chart does not know, with what it knows at that place."""
    return _unknown(_KNOWN[chart], values, "")


def _unknown(known: _Known, values: Mapping[str, Any], path: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    for key, value in values.items():
        if key not in known:
            yield f"{path}{key}", tuple(sorted(known))
        elif known[key] is not None and isinstance(value, Mapping):
            yield from _unknown(known[key], value, f"{path}{key}.")
