"""The lab's cloud controller: gives a Service of type LoadBalancer the address that AKS would give it.

On AKS a controller in the cluster does so a while later; here the provider does it once it has applied the Service.
"""

import hashlib
from typing import Any

from mesh.lab.arm.store import Store
from mesh.lab.paths import Lab
from mesh.lab.providers.kubernetes.cluster import Cluster, Object

_AZURE = "service.beta.kubernetes.io/azure"
_ADDRESS = f"{_AZURE}-load-balancer-ipv4"
_INTERNAL = f"{_AZURE}-load-balancer-internal"
_PUBLIC_IP_NAME = f"{_AZURE}-pip-name"
_RESOURCE_GROUP = f"{_AZURE}-load-balancer-resource-group"


def with_address(cluster: Cluster, lab: Lab, service: Object) -> Object:
    """The live Service, after its status says where its load balancer is."""
    wanted = _status(service, lab)
    if service.get("status", {}).get("loadBalancer", {}) == wanted:
        return service
    return cluster.set_status(service, {"loadBalancer": wanted or None})


def _status(service: Object, lab: Lab) -> dict[str, Any]:
    address = _address(service, lab) if service["spec"].get("type") == "LoadBalancer" else None
    return {"ingress": [{"ip": address, "ipMode": "VIP"}]} if address else {}


def _address(service: Object, lab: Lab) -> str | None:
    """None leaves it pending: AKS would take one from a subnet, or wait for the public IP that is named."""
    metadata = service["metadata"]
    annotations = metadata.get("annotations", {})
    if _ADDRESS in annotations:
        return str(annotations[_ADDRESS])
    if annotations.get(_INTERNAL) == "true":
        return None
    if name := annotations.get(_PUBLIC_IP_NAME):
        return _address_in_azure(lab, annotations.get(_RESOURCE_GROUP, ""), name)
    return _address_of_its_own(f"{metadata['namespace']}/{metadata['name']}")


def _address_in_azure(lab: Lab, resource_group: str, name: str) -> str | None:
    end = f"/resourceGroups/{resource_group}/providers/Microsoft.Network/publicIPAddresses/{name}".lower()
    public = Store(lab.database).of_type("Microsoft.Network/publicIPAddresses")
    return next((item["properties"].get("ipAddress") for item in public if item["id"].lower().endswith(end)), None)


def _address_of_its_own(service: str) -> str:
    """One of the addresses that are kept for documentation (RFC 5737), always the same for a Service."""
    return f"198.51.100.{hashlib.sha256(service.encode()).digest()[0] % 254 + 1}"
