"""What Istio's control plane may do in its cluster, and what the control planes of the other clusters may read."""

from mesh.lab.providers.kubernetes.cluster import Object

_GROUPS_OF_ISTIO = ["security.istio.io", "networking.istio.io", "telemetry.istio.io", "extensions.istio.io"]
_READ = ["get", "list", "watch"]
LOCAL: list[Object] = [
    {"apiGroups": ["networking.istio.io"], "resources": ["gateways"], "verbs": ["create"]},
    {"apiGroups": [""], "resources": ["secrets"], "verbs": ["create", *_READ, "update", "delete"]},
    {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["delete"]},
    {"apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["get", "update", "patch", "create"]},
]
"""What it may do in its own namespace."""


def istiod() -> list[Object]:
    everything = [*_READ, "update", "patch", "create", "delete"]
    return [
        {"apiGroups": _GROUPS_OF_ISTIO, "resources": ["*"], "verbs": _READ},
        {
            "apiGroups": ["networking.istio.io"],
            "resources": ["workloadentries", "workloadentries/status", "serviceentries/status"],
            "verbs": everything,
        },
        {"apiGroups": ["security.istio.io"], "resources": ["authorizationpolicies/status"], "verbs": everything},
        {"apiGroups": [""], "resources": ["services/status"], "verbs": everything},
        {"apiGroups": ["apiextensions.k8s.io"], "resources": ["customresourcedefinitions"], "verbs": _READ},
        {
            "apiGroups": [""],
            "resources": ["pods", "nodes", "services", "namespaces", "endpoints", "secrets"],
            "verbs": _READ,
        },
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": _READ},
        {"apiGroups": [""], "resources": ["configmaps"], "verbs": ["create", *_READ, "update"]},
        *_reviews(),
        {
            "apiGroups": ["admissionregistration.k8s.io"],
            "resources": ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
            "verbs": [*_READ, "update", "patch"],
        },
    ]


def reader() -> list[Object]:
    core = ["endpoints", "pods", "services", "nodes", "replicationcontrollers", "namespaces", "secrets", "configmaps"]
    return [
        {"apiGroups": _GROUPS_OF_ISTIO, "resources": ["*"], "verbs": _READ},
        {"apiGroups": [""], "resources": core, "verbs": _READ},
        {"apiGroups": ["apiextensions.k8s.io"], "resources": ["customresourcedefinitions"], "verbs": _READ},
        {"apiGroups": ["discovery.k8s.io"], "resources": ["endpointslices"], "verbs": _READ},
        {"apiGroups": ["apps"], "resources": ["replicasets"], "verbs": _READ},
        *_reviews(),
    ]


def _reviews() -> list[Object]:
    return [
        {"apiGroups": ["authentication.k8s.io"], "resources": ["tokenreviews"], "verbs": ["create"]},
        {"apiGroups": ["authorization.k8s.io"], "resources": ["subjectaccessreviews"], "verbs": ["create"]},
    ]
