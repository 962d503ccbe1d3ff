"""The Services that Istio's own charts make of a release, which no plan lists as objects.

istio/istio manifests/charts/istio-control/istio-discovery/templates/service.yaml and
manifests/charts/gateway/{values.yaml,templates/service.yaml}.
"""

from collections.abc import Mapping
from typing import Any

from mesh.plan.resources import KubernetesObject, Release

_ISTIOD = {
    "grpc-xds": (15010, 15010),
    "https-dns": (15012, 15012),
    "https-webhook": (443, 15017),
    "http-monitoring": (15014, 15014),
}
_GATEWAY = {"status-port": (15021, 15021), "http2": (80, 80), "https": (443, 443)}
_CROSS_NETWORK = {
    "status-port": (15021, 15021),
    "tls": (15443, 15443),
    "tls-istiod": (15012, 15012),
    "tls-webhook": (15017, 15017),
}


def service(release: Release) -> KubernetesObject | None:
    """None of a chart that makes none."""
    match release.chart:
        case "istiod":
            revision = release.values.get("revision")
            name, of = (
                (f"istiod-{revision}", {"istio.io/rev": revision}) if revision else ("istiod", {"istio": "pilot"})
            )
            return _service(release, name, {"app": "istiod", **of}, _ports(_ISTIOD))
        case "gateway":
            labels = {"app": release.release, "istio": release.release.removeprefix("istio-")}
            own = release.values.get("service", {}).get("ports")
            # A gateway between networks has ports of its own, whatever the values say.
            crossing = release.values.get("networkGateway")
            ports = _ports(_CROSS_NETWORK) if crossing else own or _ports(_GATEWAY)
            return _service(release, release.release, labels, ports)
        case _:
            return None


def _ports(known: Mapping[str, tuple[int, int]]) -> list[Mapping[str, Any]]:
    return [{"name": name, "port": number, "targetPort": target} for name, (number, target) in known.items()]


def _service(
    release: Release, name: str, selector: Mapping[str, str], ports: list[Mapping[str, Any]]
) -> KubernetesObject:
    manifest = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": release.namespace},
        "spec": {"selector": selector, "ports": ports},
    }
    return KubernetesObject(release.name, release.cluster, manifest)
