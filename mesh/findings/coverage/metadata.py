"""Labels and annotations: which of them Istio, Kubernetes or Azure act on, by kind."""

from collections.abc import Iterator, Mapping
from typing import Any

from mesh.access.treatment import Harmless
from mesh.findings.coverage.fields import JUDGED, Field

_ACTED_ON = ("istio.io", "k8s.io", "kubernetes.io", "azure.com", "azure.workload.identity", "x-k8s.io")
"""Ends the domains of those that change what a platform does; all others are for people and other tools."""
_FOR_PEOPLE = Harmless("Istio, Kubernetes and Azure act on names of their own domains only")
_KNOWN: Mapping[str, Field] = {
    "kubectl.kubernetes.io/last-applied-configuration": Harmless("what kubectl remembers"),
    "app.kubernetes.io/*": _FOR_PEOPLE,
    "kubernetes.io/metadata.name": Harmless("the namespace's own name"),
    "pod-security.kubernetes.io/*": Harmless("which pods may start"),
    "service.istio.io/canonical-name": Harmless("how reports call it"),
    "service.istio.io/canonical-revision": Harmless("how reports call it"),
    "security.istio.io/tlsMode": JUDGED,
    "topology.istio.io/network": JUDGED,
    "topology.istio.io/*": Harmless("where it is; which of the places that answer gets a call"),
    "topology.kubernetes.io/*": Harmless("where it is; which of the places that answer gets a call"),
}
_BY_KIND: Mapping[str, Mapping[str, Field]] = {
    "Namespace": {"istio-injection": JUDGED, "istio.io/rev": JUDGED},
    "Secret": {
        "istio/multiCluster": JUDGED,
        "networking.istio.io/cluster": Harmless("the key of the secret says the same, and counts"),
        "kubernetes.io/service-account.name": JUDGED,
    },
    "AuthorizationPolicy": {"istio.io/dry-run": JUDGED},
    "Service": {"networking.istio.io/exportTo": JUDGED},
    "WorkloadEntry": {
        name: Harmless("how a machine has registered itself")
        for name in (
            *("istio.io/autoRegistrationGroup", "istio.io/workloadController", "istio.io/connectedAt"),
            *("istio.io/disconnectedAt", "proxy.istio.io/health-checks-enabled"),
        )
    },
    "Deployment": {"deployment.kubernetes.io/revision": Harmless("which of its changes it is")},
}


def unknown(kind: str, metadata: Mapping[str, Any], path: str = "metadata") -> Iterator[str]:
    known = {**_KNOWN, **_BY_KIND.get(kind, {})}
    for section in ("labels", "annotations"):
        for name in metadata.get(section) or {}:
            domain, slash, _ = name.rpartition("/")
            acted_on = bool(slash) and any(domain == end or domain.endswith(f".{end}") for end in _ACTED_ON)
            if acted_on and name not in known and f"{domain}/*" not in known:
                yield f"{path}.{section}[{name}]"
