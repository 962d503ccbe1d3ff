"""The Zipkin that the program runs: a Deployment; what else a workload has, it has as every other workload.

It keeps spans in memory: enough to follow a request, gone with the pod (docs/tracing.md).
"""

from mesh import names
from mesh.model import Environment
from mesh.plan.resources import KubernetesObject
from mesh.render import kubernetes

_MEMORY = "768Mi"
_HEAP = "-Xms512m -Xmx512m -XX:+ExitOnOutOfMemoryError"
_MOST_SPANS = "200000"
"""Some 2 kB each: what the heap has room for beside Zipkin itself."""
_START_SECONDS = 60


def objects(environment: Environment) -> tuple[KubernetesObject, ...]:
    tracing = environment.tracing
    if tracing is None or tracing.image is None:
        return ()
    zipkin = tracing.zipkin
    labels, [port] = names.selector(zipkin), zipkin.ports
    health = {"httpGet": {"path": "/health", "port": port.number}}
    container = {
        "name": zipkin.name,
        "image": tracing.image,
        "env": [{"name": "JAVA_OPTS", "value": _HEAP}, {"name": "MEM_MAX_SPANS", "value": _MOST_SPANS}],
        "ports": [{"name": port.name, "containerPort": port.number}],
        "startupProbe": {**health, "periodSeconds": 2, "failureThreshold": _START_SECONDS // 2},
        "readinessProbe": health,
        "livenessProbe": health,
        "resources": {"requests": {"cpu": "100m", "memory": _MEMORY}, "limits": {"memory": _MEMORY}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "runAsNonRoot": True,
        },
    }
    template = {
        "metadata": {"labels": labels},
        "spec": {
            "serviceAccountName": names.service_account(zipkin),
            "automountServiceAccountToken": False,
            "securityContext": {"seccompProfile": {"type": "RuntimeDefault"}},
            "containers": [container],
        },
    }
    return tuple(
        kubernetes.manifest(
            cluster,
            "apps/v1",
            "Deployment",
            zipkin.namespace,
            zipkin.name,
            labels=labels,
            # Nothing waits for traces: a Zipkin that does not start must not stop a deployment.
            annotations={"pulumi.com/skipAwait": "true"},
            body={"spec": {"replicas": 1, "selector": {"matchLabels": labels}, "template": template}},
        )
        for cluster in zipkin.clusters
    )
