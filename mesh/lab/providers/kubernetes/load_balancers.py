"""The lab's cloud controller: gives a Service of type LoadBalancer the address that AKS would give it.

On AKS a controller in the cluster does so a while later; here the provider does it once it has applied the Service.
"""

import hashlib
from typing import Any

from mesh.lab.providers.kubernetes.cluster import Cluster, Object

_AZURE = "service.beta.kubernetes.io/azure"
_ADDRESS = f"{_AZURE}-load-balancer-ipv4"
_INTERNAL = f"{_AZURE}-load-balancer-internal"
_PUBLIC_IP_NAME = f"{_AZURE}-pip-name"


def with_address(cluster: Cluster, service: Object) -> Object:
    """The live Service, after its status says where its load balancer is."""
    wanted = _status(service)
    if service.get("status", {}).get("loadBalancer", {}) == wanted:
        return service
    return cluster.set_status(service, {"loadBalancer": wanted or None})


def _status(service: Object) -> dict[str, Any]:
    address = _address(service) if service["spec"].get("type") == "LoadBalancer" else None
    return {"ingress": [{"ip": address, "ipMode": "VIP"}]} if address else {}


def _address(service: Object) -> str | None:
    """None where AKS would take a free one from a subnet, which is not known here: the Service then stays pending."""
    metadata = service["metadata"]
    annotations = metadata.get("annotations", {})
    if _ADDRESS in annotations:
        return str(annotations[_ADDRESS])
    if annotations.get(_INTERNAL) == "true":
        return None
    return _public_address(annotations.get(_PUBLIC_IP_NAME) or f"{metadata['namespace']}/{metadata['name']}")


def _public_address(name: str) -> str:
    """One of the addresses that are kept for documentation (RFC 5737), always the same for a name."""
    return f"203.0.113.{hashlib.sha256(name.encode()).digest()[0] % 254 + 1}"
