"""Services that others make beside the pods of a workload → where they are not as the stack file says."""

from collections.abc import Mapping
from typing import Any

from mesh.access.istio import services
from mesh.plan.resources import KubernetesObject
from mesh.review.drift.live import Properties

_OUTWARD = ("LoadBalancer", "NodePort", "ExternalName")


def seen(item: KubernetesObject, found: Properties) -> dict[str, Any]:
    """What is live, as the program would have made it: a chart spells the same in other ways, and adds to it.

    A target that has a name is taken for the declared one: only the pods say which number they call so. Ports that
    no workload declares are not among it: at them its policies refuse every call.
    """
    declared, live = item.manifest["spec"], found.get("spec") or {}
    by_number = {port.get("port"): port for port in live.get("ports") or ()}
    ports = [_port(port, by_number[port["port"]]) for port in declared["ports"] if port["port"] in by_number]
    outward = {"type": live["type"]} if live.get("type") in _OUTWARD else {}
    addresses = {"externalIPs": live["externalIPs"]} if live.get("externalIPs") else {}
    spec = {"selector": live.get("selector") or {}, "ports": ports, **outward, **addresses}
    return {**item.manifest, "spec": spec}


def _port(declared: Mapping[str, Any], live: Mapping[str, Any]) -> dict[str, Any]:
    target = live.get("targetPort", live["port"])
    spoken = services.protocol(live)
    same = spoken == services.protocol(declared)
    return {
        "name": declared["name"],
        "port": live["port"],
        "targetPort": declared["targetPort"] if isinstance(target, str) else target,
        "appProtocol": declared["appProtocol"] if same else spoken.lower(),
    }
