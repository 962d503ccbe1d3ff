"""Kubernetes' own kinds, field by field; a kind of which every object is harmless has its reason here."""

from collections.abc import Mapping

from mesh.access.treatment import Harmless
from mesh.findings.coverage.fields import JUDGED, Field, only

_RUNS = Harmless("how a pod runs; who may call it, and whom it may call, say its labels and its account")

_POD: Mapping[str, Field] = {
    **dict.fromkeys(
        (
            *("containers", "initContainers", "volumes", "restartPolicy", "terminationGracePeriodSeconds"),
            *("nodeSelector", "affinity", "tolerations", "topologySpreadConstraints", "priorityClassName"),
            *("imagePullSecrets", "schedulerName", "automountServiceAccountToken", "securityContext"),
        ),
        _RUNS,
    ),
    "serviceAccountName": JUDGED,
    "hostNetwork": only(False),
}
_WITH_PODS: Mapping[str, Field] = {
    "spec": {
        **dict.fromkeys(
            (
                *("replicas", "selector", "strategy", "updateStrategy", "minReadySeconds", "revisionHistoryLimit"),
                *("progressDeadlineSeconds", "podManagementPolicy", "serviceName", "volumeClaimTemplates"),
            ),
            _RUNS,
        ),
        "template": {"metadata": {"labels": JUDGED, "annotations": JUDGED}, "spec": _POD},
    }
}
_OF_NETWORK_POLICY: Mapping[str, Field] = {
    "podSelector": JUDGED,
    "namespaceSelector": JUDGED,
    "ipBlock": {"cidr": JUDGED, "except": JUDGED},
}
_PORTS: Mapping[str, Field] = {"protocol": only("TCP", "UDP", "SCTP"), "port": JUDGED, "endPort": JUDGED}
KINDS: Mapping[str, Mapping[str, Field]] = {
    "Namespace": {"spec": Harmless("finalizers")},
    "Service": {
        "spec": {
            "selector": JUDGED,
            "type": only("ClusterIP"),
            "clusterIP": JUDGED,
            "clusterIPs": JUDGED,
            "ports": {
                "name": JUDGED,
                "port": JUDGED,
                "targetPort": JUDGED,
                "protocol": only("TCP", "UDP"),
                "appProtocol": JUDGED,
            },
            "sessionAffinity": Harmless("which of its pods gets a call"),
            "sessionAffinityConfig": Harmless("which of its pods gets a call"),
            "internalTrafficPolicy": Harmless("which of its pods gets a call"),
            "trafficDistribution": Harmless("which of its pods gets a call"),
            "publishNotReadyAddresses": Harmless("when its pods get calls"),
            "ipFamilies": only("IPv4"),
            "ipFamilyPolicy": only("SingleStack"),
        }
    },
    "Secret": {"type": JUDGED, "stringData": JUDGED, "data": JUDGED, "immutable": Harmless("whether it can change")},
    "ServiceAccount": {
        "automountServiceAccountToken": Harmless("whether pods of the account get its token"),
        "imagePullSecrets": Harmless("what its pods pull images with"),
    },
    "networking.k8s.io/NetworkPolicy": {
        "spec": {
            "podSelector": JUDGED,
            "policyTypes": JUDGED,
            "ingress": {"from": _OF_NETWORK_POLICY, "ports": _PORTS},
            "egress": {"to": _OF_NETWORK_POLICY, "ports": _PORTS},
        }
    },
    "apps/Deployment": _WITH_PODS,
    "apps/StatefulSet": _WITH_PODS,
    "apps/DaemonSet": _WITH_PODS,
    "rbac.authorization.k8s.io/Role": {
        "rules": {"apiGroups": JUDGED, "resources": JUDGED, "resourceNames": JUDGED, "verbs": JUDGED}
    },
    "rbac.authorization.k8s.io/RoleBinding": {
        "roleRef": {"apiGroup": JUDGED, "kind": JUDGED, "name": JUDGED},
        "subjects": {"apiGroup": JUDGED, "kind": JUDGED, "name": JUDGED, "namespace": JUDGED},
    },
    "secrets-store.csi.x-k8s.io/SecretProviderClass": {
        "spec": {"provider": JUDGED, "parameters": JUDGED, "secretObjects": JUDGED}
    },
}
HARMLESS: Mapping[str, str] = {
    "PersistentVolumeClaim": "storage",
    "PersistentVolume": "storage",
    "storage.k8s.io/StorageClass": "storage",
    "LimitRange": "how much pods may use",
    "ResourceQuota": "how much pods may use",
    "Event": "what happened",
    "events.k8s.io/Event": "what happened",
    "coordination.k8s.io/Lease": "which of several replicas acts",
    "policy/PodDisruptionBudget": "how many pods may stop at once",
    "autoscaling/HorizontalPodAutoscaler": "how many pods run",
    "scheduling.k8s.io/PriorityClass": "which pods start first",
    "apiextensions.k8s.io/CustomResourceDefinition": "a kind; each of its objects is told by itself",
}
WITHOUT_EFFECT: Mapping[str, str] = {
    "Namespace": "nothing runs in a namespace until somebody declares it",
    "Service": "it says of a declared host what is known of it already",
    "ServiceAccount": "an account is nobody until pods or machines have it, and those are declared",
    "Secret": "it holds what a declared part of the environment reads",
    "apps/Deployment": "it runs a declared workload, with its account",
    "apps/StatefulSet": "it runs a declared workload, with its account",
    "apps/DaemonSet": "it runs a declared workload, with its account",
    "networking.k8s.io/NetworkPolicy": "it selects no pod of a declared workload, or allows them nothing new",
    "rbac.authorization.k8s.io/Role": "it gives tokens of one declared account to those whom a binding names",
    "rbac.authorization.k8s.io/RoleBinding": "it gives a declared machine the tokens of its own workload",
    "secrets-store.csi.x-k8s.io/SecretProviderClass": "it gives a declared gateway its own certificates",
}
"""Of kinds that are judged: why an object is harmless that changes no answer and has no finding."""
