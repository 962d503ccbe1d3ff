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
    "revision": "",
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


def parts(chart: Chart, lab: Lab) -> list[Object]:
    # What is under `pilot` counts as if it were at the top: how the chart spares its older users.
    values = merged(merged(_DEFAULTS, chart.values), chart.values.get("pilot") or {})
    settings = values["global"]
    make = _Maker(chart, values["revision"])
    istiod = make.revised("istiod")
    return [
        make("v1", "ServiceAccount", istiod),
        make("v1", "ConfigMap", make.revised("istio"), data=_mesh_data(chart, istiod, values)),
        *_rights(make, "istiod-clusterrole", istiod, istiod_rights.istiod()),
        *(
            _rights(make, "istio-reader-clusterrole", "istio-reader-service-account", istiod_rights.reader())
            if settings["enableReaderRBAC"]
            else ()
        ),
        *_local_rights(make, istiod),
        make("v1", "Service", istiod, spec=_service(make)),
        make("apps/v1", "Deployment", istiod, spec=_deployment(make, istiod, values)),
        *_scaling(make, istiod, values),
    ]


class _Maker:
    """Makes objects of one release. A revision stands in their names, and keeps its pods apart from the others'."""

    def __init__(self, chart: Chart, revision: str) -> None:
        self.chart = chart
        self.revision = revision or "default"
        self._suffix = f"-{revision}" if revision else ""
        self.selector = {"app": "istiod", "istio.io/rev": revision} if revision else {"app": "istiod", "istio": "pilot"}
        self.deployed = self.selector if revision else {"istio": "pilot"}
        self.pod_labels = {
            "app": "istiod",
            "istio": "istiod" if revision else "pilot",
            "istio.io/rev": self.revision,
            "sidecar.istio.io/inject": "false",
        }

    def revised(self, name: str) -> str:
        return f"{name}{self._suffix}"

    def __call__(self, api_version: str, kind: str, name: str, **content: Any) -> Object:
        labels = {
            **self.chart.labels,
            "app": "istiod",
            "istio": "pilot",
            "app.kubernetes.io/name": "istiod",
            "istio.io/rev": self.revision,
            "operator.istio.io/component": "Pilot",
            "release": self.chart.name,
        }
        metadata: dict[str, Any] = {"name": name, "labels": labels}
        if not kind.startswith("Cluster"):
            metadata["namespace"] = self.chart.namespace
        return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **content}


def _mesh_data(chart: Chart, istiod: str, values: Mapping[str, Any]) -> dict[str, str]:
    settings = values["global"]
    default_config = {"discoveryAddress": f"{istiod}.{chart.namespace}.svc:15012"}
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


def _rights(make: _Maker, role: str, account: str, rules: list[Object]) -> list[Object]:
    name = f"{make.revised(role)}-{make.chart.namespace}"
    group = "rbac.authorization.k8s.io/v1"
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": name}
    subjects = [{"kind": "ServiceAccount", "name": account, "namespace": make.chart.namespace}]
    return [
        make(group, "ClusterRole", name, rules=rules),
        make(group, "ClusterRoleBinding", name, roleRef=reference, subjects=subjects),
    ]


def _local_rights(make: _Maker, istiod: str) -> list[Object]:
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": istiod}
    subjects = [{"kind": "ServiceAccount", "name": istiod, "namespace": make.chart.namespace}]
    group = "rbac.authorization.k8s.io/v1"
    return [
        make(group, "Role", istiod, rules=istiod_rights.LOCAL),
        make(group, "RoleBinding", istiod, roleRef=reference, subjects=subjects),
    ]


def _service(make: _Maker) -> Object:
    ports = [{"name": name, "port": port, "protocol": "TCP", "targetPort": target} for name, port, target in _PORTS]
    return {"ports": ports, "selector": make.selector}


def _deployment(make: _Maker, istiod: str, values: Mapping[str, Any]) -> Object:
    settings = values["global"]
    variables = {
        "REVISION": make.revision,
        "PILOT_CERT_PROVIDER": "istiod",
        "CLUSTER_ID": settings["multiCluster"]["clusterName"] or "Kubernetes",
        **values["env"],
    }
    container = {
        "name": "discovery",
        "image": f"{settings['hub']}/pilot:{settings.get('tag') or make.chart.version}",
        "args": ["discovery", "--monitoringAddr=:15014"],
        "env": [{"name": name, "value": str(value)} for name, value in sorted(variables.items())],
        "ports": [{"name": name[:15], "containerPort": target, "protocol": "TCP"} for name, _, target in _PORTS],
        "resources": values["resources"],
    }
    spec: Object = {
        "selector": {"matchLabels": make.deployed},
        "template": {
            "metadata": {"labels": make.pod_labels},
            "spec": {"serviceAccountName": istiod, "containers": [container]},
        },
    }
    return spec if values["autoscaleEnabled"] else {**spec, "replicas": values["replicaCount"]}


def _scaling(make: _Maker, istiod: str, values: Mapping[str, Any]) -> list[Object]:
    objects = []
    if values["autoscaleEnabled"]:
        use = values["cpu"]["targetAverageUtilization"]
        spec = scaling.autoscaler(istiod, values["autoscaleMin"], values["autoscaleMax"], use)
        objects.append(make("autoscaling/v2", "HorizontalPodAutoscaler", istiod, spec=spec))
    if values["global"]["defaultPodDisruptionBudget"]["enabled"] and _least(values) > 1:
        budget = {**values["pdb"], "selector": {"matchLabels": make.selector}}
        objects.append(make("policy/v1", "PodDisruptionBudget", istiod, spec=budget))
    return objects


def _least(values: Mapping[str, Any]) -> int:
    return int(values["autoscaleMin"] if values["autoscaleEnabled"] else values["replicaCount"])
