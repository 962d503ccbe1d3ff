"""Chart gateway: a Service with a load balancer before an Envoy, and the right to read the secrets of its namespace."""

from collections.abc import Mapping
from typing import Any

from mesh.lab.paths import Lab
from mesh.lab.providers.kubernetes.charts import scaling
from mesh.lab.providers.kubernetes.charts.chart import Chart, merged
from mesh.lab.providers.kubernetes.cluster import Object

_DEFAULTS: dict[str, Any] = {
    "name": "",
    "kind": "Deployment",
    "annotations": {},
    "labels": {"istio.io/dataplane-mode": "none"},
    "env": {},
    "networkGateway": "",
    "networkGatewayPorts": {
        "status-port": {"port": 15021, "targetPort": 15021},
        "tls": {"port": 15443, "targetPort": 15443},
        "tls-istiod": {"port": 15012, "targetPort": 15012},
        "tls-webhook": {"port": 15017, "targetPort": 15017},
    },
    "rbac": {"enabled": True},
    "serviceAccount": {"create": True, "annotations": {}, "name": ""},
    "podAnnotations": {"inject.istio.io/templates": "gateway", "sidecar.istio.io/inject": "true"},
    "podDisruptionBudget": {},
    "volumes": [],
    "volumeMounts": [],
    "autoscaling": {"enabled": True, "minReplicas": 1, "maxReplicas": 5, "targetCPUUtilizationPercentage": 80},
    "resources": {"requests": {"cpu": "100m", "memory": "128Mi"}, "limits": {"cpu": "2000m", "memory": "1024Mi"}},
    "service": {
        "type": "LoadBalancer",
        "annotations": {},
        "ports": [
            {"name": "status-port", "port": 15021, "protocol": "TCP", "targetPort": 15021},
            {"name": "http2", "port": 80, "protocol": "TCP", "targetPort": 80},
            {"name": "https", "port": 443, "protocol": "TCP", "targetPort": 443},
        ],
    },
}
_COPIED_TO_THE_SERVICE = (
    "clusterIP",
    "externalIPs",
    "externalTrafficPolicy",
    "healthCheckNodePort",
    "internalTrafficPolicy",
    "ipFamilies",
    "ipFamilyPolicy",
    "loadBalancerClass",
    "loadBalancerIP",
    "loadBalancerSourceRanges",
)
_NETWORK = "topology.istio.io/network"


def parts(chart: Chart, lab: Lab) -> list[Object]:
    values = merged(_DEFAULTS, chart.values)
    name, account = values["name"] or chart.name, _account(chart, values)
    labels = {**chart.labels, "app.kubernetes.io/name": name, **values["labels"], **_selector(name, values)}
    make = _Maker(chart, labels, values["annotations"])
    objects = [make("v1", "Service", name, _service_metadata(values), spec=_service(name, values))]
    if values["serviceAccount"]["create"]:
        objects.append(make("v1", "ServiceAccount", account, {"annotations": values["serviceAccount"]["annotations"]}))
    if values["rbac"]["enabled"]:
        objects.extend(_rights(make, account))
    objects.append(make("apps/v1", values["kind"], name, spec=_workload(name, account, labels, values)))
    return [*objects, *_scaling(make, name, values)]


class _Maker:
    """Makes objects of one release: all alike but for their kind, name and content."""

    def __init__(self, chart: Chart, labels: Mapping[str, str], annotations: Mapping[str, str]) -> None:
        self._namespace = chart.namespace
        self._labels = labels
        self._annotations = annotations

    def __call__(
        self,
        api_version: str,
        kind: str,
        name: str,
        more: Mapping[str, Mapping[str, str]] | None = None,
        **content: Any,
    ) -> Object:
        more = more or {}
        metadata = {
            "name": name,
            "namespace": self._namespace,
            "labels": {**self._labels, **more.get("labels", {})},
            "annotations": {**self._annotations, **more.get("annotations", {})},
        }
        return {"apiVersion": api_version, "kind": kind, "metadata": metadata, **content}


def _account(chart: Chart, values: Mapping[str, Any]) -> str:
    given = values["serviceAccount"]
    return str(given["name"] or ((values["name"] or chart.name) if given["create"] else "default"))


def _selector(name: str, values: Mapping[str, Any]) -> dict[str, str]:
    labels = values["labels"]
    return {"app": labels.get("app", name), "istio": labels.get("istio", name.removeprefix("istio-"))}


def _service_metadata(values: Mapping[str, Any]) -> dict[str, dict[str, str]]:
    network = values["networkGateway"]
    return {"labels": {_NETWORK: network} if network else {}, "annotations": values["service"]["annotations"]}


def _service(name: str, values: Mapping[str, Any]) -> Object:
    service = values["service"]
    copied = {key: service[key] for key in _COPIED_TO_THE_SERVICE if service.get(key)}
    return {"type": service["type"], "ports": _ports(values), "selector": _selector(name, values), **copied}


def _ports(values: Mapping[str, Any]) -> list[Object]:
    """A gateway of a network has the ports of its own list, and then those of the service do not count."""
    if not values["networkGateway"]:
        return list(values["service"]["ports"])
    return [
        {
            "name": name,
            "port": port["port"],
            "targetPort": port.get("targetPort", port["port"]),
            "protocol": port.get("protocol", "TCP"),
        }
        for name, port in values["networkGatewayPorts"].items()
    ]


def _rights(make: _Maker, account: str) -> list[Object]:
    """Without them the gateway never gets the certificates of its hosts, and its listeners never open."""
    rules = [{"apiGroups": [""], "resources": ["secrets"], "verbs": ["get", "watch", "list"]}]
    reference = {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": account}
    group = "rbac.authorization.k8s.io/v1"
    return [
        make(group, "Role", account, rules=rules),
        make(group, "RoleBinding", account, roleRef=reference, subjects=[{"kind": "ServiceAccount", "name": account}]),
    ]


def _workload(name: str, account: str, labels: Mapping[str, str], values: Mapping[str, Any]) -> Object:
    network = values["networkGateway"]
    variables = ({"ISTIO_META_REQUESTED_NETWORK_VIEW": network} if network else {}) | dict(values["env"])
    container = {
        "name": "istio-proxy",
        "image": "auto",
        "env": [{"name": key, "value": str(value)} for key, value in variables.items()],
        "ports": [{"name": "http-envoy-prom", "containerPort": 15090, "protocol": "TCP"}],
        "resources": values["resources"],
        **({"volumeMounts": values["volumeMounts"]} if values["volumeMounts"] else {}),
    }
    pod_labels = {**labels, "sidecar.istio.io/inject": "true", **({_NETWORK: network} if network else {})}
    spec: Object = {
        "selector": {"matchLabels": _selector(name, values)},
        "template": {
            "metadata": {"labels": pod_labels, "annotations": values["podAnnotations"]},
            "spec": {
                "serviceAccountName": account,
                **({"volumes": values["volumes"]} if values["volumes"] else {}),
                "containers": [container],
            },
        },
    }
    replicas = None if values["autoscaling"]["enabled"] else values.get("replicaCount")
    return spec if replicas is None else {**spec, "replicas": replicas}


def _scaling(make: _Maker, name: str, values: Mapping[str, Any]) -> list[Object]:
    objects, wanted = [], values["autoscaling"]
    if wanted["enabled"] and values["kind"] == "Deployment":
        use = wanted["targetCPUUtilizationPercentage"]
        spec = scaling.autoscaler(name, wanted["minReplicas"], wanted["maxReplicas"], use)
        objects.append(make("autoscaling/v2", "HorizontalPodAutoscaler", name, spec=spec))
    least = wanted["minReplicas"] if wanted["enabled"] else values.get("replicaCount") or 0
    if values["podDisruptionBudget"] and least > 1:
        budget = {**values["podDisruptionBudget"], "selector": {"matchLabels": _selector(name, values)}}
        objects.append(make("policy/v1", "PodDisruptionBudget", name, spec=budget))
    return objects
