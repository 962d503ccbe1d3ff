"""A lab in which somebody changes what the program made, as a colleague would with kubectl and in the portal."""

import copy
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from mesh.lab.arm.catalogue import catalogue
from mesh.lab.arm.resource_manager import ResourceManager
from mesh.lab.arm.store import Store
from mesh.lab.paths import Lab
from mesh.lab.providers.kubernetes import objects, release_records
from mesh.lab.providers.kubernetes.cluster import Cluster
from mesh.lab.servers import Servers

Object = dict[str, Any]
GROUP = "/subscriptions/11111111-2222-4333-8444-555555555555/resourceGroups/hybrid-mesh-lab"
NETWORK = f"{GROUP}/providers/Microsoft.Network"
_NETWORK_VERSION = "2024-05-01"
_GATEWAY_API = "gateway.networking.k8s.io/v1"
_MOST_TRIES = 40
_APIS = {
    **dict.fromkeys(("Namespace", "Secret", "Service", "ServiceAccount"), "v1"),
    **dict.fromkeys(("Role", "RoleBinding"), "rbac.authorization.k8s.io/v1"),
    **dict.fromkeys(("AuthorizationPolicy", "PeerAuthentication", "RequestAuthentication"), "security.istio.io/v1"),
    **dict.fromkeys(
        ("DestinationRule", "Gateway", "ServiceEntry", "Sidecar", "VirtualService", "WorkloadEntry", "WorkloadGroup"),
        "networking.istio.io/v1",
    ),
    "Deployment": "apps/v1",
    "EnvoyFilter": "networking.istio.io/v1alpha3",
    "HTTPRoute": _GATEWAY_API,
    "NetworkPolicy": "networking.k8s.io/v1",
    "Telemetry": "telemetry.istio.io/v1",
    "WasmPlugin": "extensions.istio.io/v1alpha1",
}
_OF_CONTROLLERS = frozenset({"leases", "endpoints", "endpointslices", "events", "tokenreviews", "subjectaccessreviews"})
"""What an API server and its controllers write all the time, by themselves; and reviews, which write nothing."""
_WRITES = frozenset({"APPLY", "POST", "PUT", "PATCH", "DELETE"})


@dataclass(frozen=True)
class InAzure:
    """What a colleague changes in the portal."""

    lab: Lab
    azure: httpx.Client

    def has_azure(self, path: str) -> bool:
        return self.azure.get(f"{GROUP}/providers/{path}", params={"api-version": _NETWORK_VERSION}).status_code != 404

    def get_azure(self, path: str, version: str = _NETWORK_VERSION) -> Object:
        found: Object = self._called("GET", path, version).json()
        return found

    def edit_azure(self, path: str, change: Callable[[Object], Any], version: str = _NETWORK_VERSION) -> None:
        """`path` is below the resource group, such as Microsoft.Network/virtualNetworks/east."""
        body = self.get_azure(path, version)
        change(body)
        self.put_azure(path, body, version)

    def put_azure(self, path: str, body: Object, version: str = _NETWORK_VERSION) -> None:
        self._called("PUT", path, version, copy.deepcopy(body))

    def delete_azure(self, path: str, version: str = _NETWORK_VERSION) -> None:
        self._called("DELETE", path, version)

    def peer(self, network: str, other: str) -> None:
        """With a network of their own; the other half is theirs too."""
        space = {"location": "westeurope", "properties": {"addressSpace": {"addressPrefixes": ["10.99.0.0/16"]}}}
        self.put_azure(f"Microsoft.Network/virtualNetworks/{other}", space)
        for here, there in ((network, other), (other, network)):
            self.put_azure(
                f"Microsoft.Network/virtualNetworks/{here}/virtualNetworkPeerings/{there}",
                {"properties": {"remoteVirtualNetwork": {"id": f"{NETWORK}/virtualNetworks/{there}"}}},
            )

    def route_by_hand(self, network: str, subnet: str, table: str) -> None:
        """A route table of their own, put on a subnet."""
        route = {"addressPrefix": "10.10.0.0/16", "nextHopType": "VirtualAppliance", "nextHopIpAddress": "10.30.0.99"}
        body = {"location": "westeurope", "properties": {"routes": [{"name": "by-hand", "properties": route}]}}
        self.put_azure(f"Microsoft.Network/routeTables/{table}", body)
        self.edit_azure(
            f"Microsoft.Network/virtualNetworks/{network}/subnets/{subnet}",
            lambda item: item["properties"].update(routeTable={"id": f"{NETWORK}/routeTables/{table}"}),
        )

    def _called(self, method: str, path: str, version: str, body: Object | None = None) -> httpx.Response:
        """Waits, as a person would, for what is still going on there."""
        for _ in range(_MOST_TRIES):
            answer = self.azure.request(method, f"{GROUP}/providers/{path}", json=body, params={"api-version": version})
            if "AnotherOperationInProgress" not in answer.text:
                break
            time.sleep(0.5)
        assert answer.status_code < 300, f"{method} {path}: {answer.text}"
        return answer


@dataclass(frozen=True)
class Colleague(InAzure):
    """And with kubectl."""

    cluster: Cluster

    def patch(self, kind: str, place: str, change: Object) -> None:
        """`place` is namespace/name; lists are replaced as a whole."""
        self.cluster._request("patch", self._path(kind, place), change, content_type="application/merge-patch+json")

    def edit(self, kind: str, place: str, change: Callable[[Object], Any]) -> None:
        item = self.cluster._request("get", self._path(kind, place))
        change(item)
        self.cluster._request("put", self._path(kind, place), item)

    def add(self, kind: str, place: str, **content: Any) -> None:
        namespace, _, name = place.rpartition("/")
        metadata = {"name": name, "namespace": namespace, **content.pop("metadata", {})}
        item = {"apiVersion": _APIS[kind], "kind": kind, "metadata": metadata, **content}
        self.cluster.apply(item, "colleague", force=True)

    def add_gateway(self, place: str, **content: Any) -> None:
        """The Gateway API's, which is no Istio Gateway."""
        namespace, _, name = place.rpartition("/")
        like = {"apiVersion": _GATEWAY_API, "kind": "Gateway", "metadata": {"name": name, "namespace": namespace}}
        self.cluster.apply({**like, **content}, "colleague", force=True)

    def serve_gateway_api(self) -> None:
        """By definitions that take any content, under the names of the real ones."""
        for kind in ("Gateway", "HTTPRoute"):
            definition = _definition(kind)
            self.cluster.apply(definition, "colleague", force=True)
            self.cluster.wait(
                lambda like=definition: objects.is_established(self.cluster.get(like) or {}), 60, lambda: "not served"
            )
        self.cluster.forget_kinds()

    def delete(self, kind: str, place: str) -> None:
        self.cluster._request("delete", self._path(kind, place))

    def give_value(self, release: str, name: str, value: str) -> None:
        """As `helm upgrade --reuse-values --set`: a revision more, with one value more."""
        (*_, last) = release_records.recorded(self.cluster, "istio-system", release)
        release_records.write(self.cluster, last.next(values={**last.values, name: value}))

    def writes_so_far(self) -> Mapping[str, float]:
        """How often anybody has written, at the API server by resource and in Azure by path."""
        store = Store(self.lab.database)
        counted: dict[str, float] = {}
        for _, _, method, path, _ in store.rows("select id, time, method, path, status from requests"):
            if method in _WRITES and not path.lower().endswith("/listclusterusercredential"):
                counted[f"{method} {path}"] = counted.get(f"{method} {path}", 0) + 1
        for line in self._metrics():
            counted[line.rpartition(" ")[0]] = float(line.rpartition(" ")[2])
        return counted

    def _metrics(self) -> Iterator[str]:
        text = self.cluster._client().request("get", "/metrics", serialize=False).data.decode()
        for line in text.splitlines():
            if line.startswith("apiserver_request_total{"):
                labels = dict(part.split("=", 1) for part in line[line.index("{") + 1 : line.index("}")].split(","))
                if labels["verb"].strip('"') in _WRITES and labels["resource"].strip('"') not in _OF_CONTROLLERS:
                    yield line

    def _path(self, kind: str, place: str) -> str:
        namespace, _, name = place.rpartition("/")
        like = {"apiVersion": _APIS[kind], "kind": kind, "metadata": {"name": name, "namespace": namespace}}
        return self.cluster._path(like)


def _definition(kind: str) -> Object:
    group, plural = _GATEWAY_API.rpartition("/")[0], f"{kind.lower()}s"
    content = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
    version = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": content}}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {
            "name": f"{plural}.{group}",
            "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"},
        },
        "spec": {
            "group": group,
            "scope": "Namespaced",
            "names": {"kind": kind, "plural": plural, "singular": kind.lower()},
            "versions": [version],
        },
    }


@contextmanager
def in_azure(lab: Lab) -> Iterator[InAzure]:
    application = ResourceManager(lab.database, catalogue(Servers(lab)))
    with httpx.Client(transport=httpx.WSGITransport(app=application), base_url="https://management.azure.com") as http:
        yield InAzure(lab, http)


@contextmanager
def colleague(lab: Lab, kubeconfig: Path) -> Iterator[Colleague]:
    with in_azure(lab) as they:
        yield Colleague(lab, they.azure, Cluster(kubeconfig.read_text()))
