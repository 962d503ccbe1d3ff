"""Istio's charts, as far as anything else in the lab needs what they install. Nothing here runs a pod.

Left out: the webhooks (there is no istiod to answer them) and the sidecar injector's templates.
"""

from collections.abc import Callable

from mesh.lab.paths import Lab
from mesh.lab.providers.kubernetes.charts import base, gateway, istiod
from mesh.lab.providers.kubernetes.charts.chart import Chart
from mesh.lab.providers.kubernetes.cluster import Object

__all__ = ["CHARTS", "REPOSITORY", "Chart", "rendered"]

REPOSITORY = "https://istio-release.storage.googleapis.com/charts"
CHARTS: dict[str, Callable[[Chart, Lab], list[Object]]] = {
    "base": base.parts,
    "istiod": istiod.parts,
    "gateway": gateway.parts,
}


def rendered(chart: Chart, lab: Lab) -> list[Object]:
    """The objects of a release, in the order in which Helm applies kinds."""
    return sorted(CHARTS[chart.kind](chart, lab), key=lambda part: _ORDER.index(part["kind"]))


_ORDER = (
    "PodDisruptionBudget",
    "ServiceAccount",
    "ConfigMap",
    "CustomResourceDefinition",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "Service",
    "DaemonSet",
    "Deployment",
    "HorizontalPodAutoscaler",
)
