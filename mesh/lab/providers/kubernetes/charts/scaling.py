"""How many copies of a Deployment run: the parts that istiod's and the gateway's chart have in common."""

from mesh.lab.providers.kubernetes.cluster import Object


def autoscaler(deployment: str, least: int, most: int, processor_use: int) -> Object:
    """The spec of an autoscaler that aims at a percentage of the processors asked for."""
    target = {"type": "Utilization", "averageUtilization": processor_use}
    return {
        "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": deployment},
        "minReplicas": least,
        "maxReplicas": most,
        "metrics": [{"type": "Resource", "resource": {"name": "cpu", "target": target}}],
    }
