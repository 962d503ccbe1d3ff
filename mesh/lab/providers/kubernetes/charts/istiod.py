"""Chart istiod: the control plane's account, rights, Service, mesh configuration and Deployment."""

from collections.abc import Mapping
from typing import Any

import yaml

from mesh.lab.paths import Lab
from mesh.lab.providers.kubernetes.charts import istiod_rights, scaling
from mesh.lab.providers.kubernetes.charts.chart import Chart, merged
from mesh.lab.providers.kubernetes.cluster import Object

_DEFAULTS: dict[str, Any] = {
    "autoscaleEnabled": True,
    "autoscaleMin": 1,
    "autoscaleMax": 5,
    "replicaCount": 1,
    "cpu": {"targetAverageUtilization": 80},
    "env": {},
    "pdb": {"minAvailable": 1},
    "resources": {"requests": {"cpu": "500m", "memory": "2048Mi"}},
    "meshConfig": {"enablePrometheusMerge": True},
    "global": {
        "istioNamespace": "istio-system",
        "enableReaderRBAC": True,
        "hub": "registry.istio.io/release",
        "meshID": "",
        "network": "",
        "multiCluster": {"clusterName": ""},
        "meshNetworks": {},
        "defaultPodDisruptionBudget": {"enabled": True},
    },
}
_PORTS = (
    ("grpc-xds", 15010, 15010),
    ("https-dns", 15012, 15012),
    ("https-webhook", 443, 15017),
    ("http-monitoring", 15014, 15014),
)
_SELECTOR = {"app": "istiod", "istio": "pilot"}


def parts(chart: Chart, lab: Lab) -> list[Object]:
    # What is under `pilot` counts as if it were at the top: how the chart spares its older users.
    values = merged(merged(_DEFAULTS, chart.values), chart.values.get("pilot") or {})
    settings = values["global"]
    return [
        _named(chart, "v1", "ServiceAccount", "istiod"),
        _named(chart, "v1", "ConfigMap", "istio", data=_mesh_data(chart, values)),
        *_rights(chart, "istiod-clusterrole", "istiod", istiod_rights.istiod()),
        *(
            _rights(chart, "istio-reader-clusterrole", "istio-reader-service-account", istiod_rights.reader())
            if settings["enableReaderRBAC"]
            else ()
        ),
        *_local_rights(chart),
        _named(chart, "v1", "Service", "istiod", spec=_service()),
        _named(chart, "apps/v1", "Deployment", "istiod", spec=_deployment(chart, values)),
        *_scaling(chart, values),
    ]


def _named(chart: Chart, api_version: str, kind: str, name: str, **content: Any) -> Object:
    labels = {
        **chart.labels,
        **_SELECTOR,
        "app.kubernetes.io/name": "istiod",
        "istio.io/rev": "default",
        "operator.istio.io/component": "Pilot",
        "release": chart.name,
    }
    metadata: dict[str, Any] = {"name": name, "labels": labels}
    if not kind.startswith("Cluster"):
        metadata["namespace"] = chart.namespace
    return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **content}


def _mesh_data(chart: Chart, values: Mapping[str, Any]) -> dict[str, str]:
    settings = values["global"]
    default_config = {"discoveryAddress": f"istiod.{chart.namespace}.svc:15012"}
    if settings["meshID"]:
        default_config["meshId"] = settings["meshID"]
    mesh = {
        "trustDomain": "cluster.local",
        "rootNamespace": settings["istioNamespace"],
        "defaultProviders": {"metrics": ["prometheus"]},
        "defaultConfig": default_config,
    }
    return {
        "mesh": yaml.safe_dump(merged(mesh, values["meshConfig"])),
        "meshNetworks": yaml.safe_dump({"networks": settings["meshNetworks"]}),
    }


def _rights(chart: Chart, role: str, account: str, rules: list[Object]) -> list[Object]:
    name = f"{role}-{chart.namespace}"
    return [
        _named(chart, "rbac.authorization.k8s.io/v1", "ClusterRole", name, rules=rules),
        _named(
            chart,
            "rbac.authorization.k8s.io/v1",
            "ClusterRoleBinding",
            name,
            roleRef={"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name},
            subjects=[{"kind": "ServiceAccount", "name": account, "namespace": chart.namespace}],
        ),
    ]


def _local_rights(chart: Chart) -> list[Object]:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "istiod"}
    subjects = [{"kind": "ServiceAccount", "name": "istiod", "namespace": chart.namespace}]
    group = "rbac.authorization.k8s.io/v1"
    return [
        _named(chart, group, "Role", "istiod", rules=istiod_rights.LOCAL),
        _named(chart, group, "RoleBinding", "istiod", roleRef=reference, subjects=subjects),
    ]


def _service() -> Object:
    ports = [{"name": name, "port": port, "protocol": "TCP", "targetPort": target} for name, port, target in _PORTS]
    return {"ports": ports, "selector": _SELECTOR}


def _deployment(chart: Chart, values: Mapping[str, Any]) -> Object:
    settings = values["global"]
    variables = {
        "REVISION": "default",
        "PILOT_CERT_PROVIDER": "istiod",
        "CLUSTER_ID": settings["multiCluster"]["clusterName"] or "Kubernetes",
        **values["env"],
    }
    container = {
        "name": "discovery",
        "image": f"{settings['hub']}/pilot:{settings.get('tag') or chart.version}",
        "args": ["discovery", "--monitoringAddr=:15014"],
        "env": [{"name": name, "value": str(value)} for name, value in sorted(variables.items())],
        "ports": [{"name": name[:15], "containerPort": target, "protocol": "TCP"} for name, _, target in _PORTS],
        "resources": values["resources"],
    }
    spec: Object = {
        "selector": {"matchLabels": {"istio": "pilot"}},
        "template": {
            "metadata": {"labels": {**_SELECTOR, "istio.io/rev": "default", "sidecar.istio.io/inject": "false"}},
            "spec": {"serviceAccountName": "istiod", "containers": [container]},
        },
    }
    return spec if values["autoscaleEnabled"] else {**spec, "replicas": values["replicaCount"]}


def _scaling(chart: Chart, values: Mapping[str, Any]) -> list[Object]:
    objects = []
    if values["autoscaleEnabled"]:
        use = values["cpu"]["targetAverageUtilization"]
        spec = scaling.autoscaler("istiod", values["autoscaleMin"], values["autoscaleMax"], use)
        objects.append(_named(chart, "autoscaling/v2", "HorizontalPodAutoscaler", "istiod", spec=spec))
    if values["global"]["defaultPodDisruptionBudget"]["enabled"] and _least(values) > 1:
        budget = {**values["pdb"], "selector": {"matchLabels": _SELECTOR}}
        objects.append(_named(chart, "policy/v1", "PodDisruptionBudget", "istiod", spec=budget))
    return objects


def _least(values: Mapping[str, Any]) -> int:
    return int(values["autoscaleMin"] if values["autoscaleEnabled"] else values["replicaCount"])
