"""A client of the simulated Resource Manager, with a clock that tests turn."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from mesh.lab.arm import faults
from mesh.lab.arm.catalogue import catalogue
from mesh.lab.arm.resource_manager import ResourceManager

SUBSCRIPTION = "/subscriptions/0b1f6471-1bf0-4dda-aec3-cb9272f09590"
GROUP = f"{SUBSCRIPTION}/resourceGroups/shop"
NETWORK = f"{GROUP}/providers/Microsoft.Network"
VERSION = "2024-05-01"


@dataclass
class Clock:
    now: float = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class RecordingServers:
    """Stands for the API servers of clusters: says what was started and stopped."""

    started: list[tuple[str, str | None]] = field(default_factory=list)
    stopped: list[str] = field(default_factory=list)
    defined: list[tuple[str, str]] = field(default_factory=list)

    def start(self, cluster: str, service_cidr: str | None = None) -> str:
        self.started.append((cluster, service_cidr))
        return f"apiVersion: v1\nkind: Config\nclusters: [{{name: {cluster}}}]\n"

    def stop(self, cluster: str) -> None:
        self.stopped.append(cluster)

    def define(self, cluster: str, definitions: Sequence[Mapping[str, Any]]) -> None:
        self.defined += [(cluster, definition["metadata"]["name"]) for definition in definitions]


@dataclass
class Azure:
    """A client of the application: each method answers with the response, operations still in progress."""

    application: ResourceManager
    clock: Clock
    http: httpx.Client

    def request(
        self, method: str, path: str, body: Any = None, version: str = VERSION, **headers: str
    ) -> httpx.Response:
        return self.http.request(
            method, path, json=body, params={"api-version": version} if version else {}, headers=headers
        )

    def get(self, path: str, version: str = VERSION) -> httpx.Response:
        return self.request("GET", path, version=version)

    def body(self, path: str) -> dict[str, Any]:
        return self.get(path).raise_for_status().json()

    def put(self, path: str, body: Any, version: str = VERSION) -> httpx.Response:
        return self.request("PUT", path, body, version)

    def delete(self, path: str, version: str = VERSION) -> httpx.Response:
        return self.request("DELETE", path, version=version)

    def post(self, path: str, body: Any = None, version: str = VERSION) -> httpx.Response:
        return self.request("POST", path, body, version)

    def wait(self) -> None:
        """Lets an hour go by, in which everything in progress finishes."""
        self.clock.now += 3600
        for operation in self.application.store.in_progress():
            self.http.get(operation.resource, params={"api-version": VERSION})

    def made(self, path: str, body: Any, version: str = VERSION) -> dict[str, Any]:
        """Puts a resource that must be accepted, waits for it, and answers with it as GET shows it."""
        response = self.put(path, body, version)
        assert response.status_code in (200, 201), response.text
        self.wait()
        shown = self.get(path, version).json()
        # Some types have no state: what is there is done.
        assert shown["properties"].get("provisioningState", "Succeeded") == "Succeeded", shown
        return shown

    def gone(self, path: str, version: str = VERSION) -> None:
        """Deletes a resource, which must be accepted, and waits until it is gone."""
        response = self.delete(path, version)
        assert response.status_code in (200, 202, 204), response.text
        self.wait()
        assert self.get(path, version).status_code == 404

    def refused(self, path: str, body: Any, version: str = VERSION) -> str:
        """The code by which a PUT is refused; asserts that it is, and that nothing was stored by it."""
        before = self.application.store.get(path)
        response = self.put(path, body, version)
        assert response.status_code >= 400, f"accepted: {response.text}"
        assert self.application.store.get(path) == before
        return response.json()["error"]["code"]

    def refused_delete(self, path: str, version: str = VERSION) -> str:
        response = self.delete(path, version)
        assert response.status_code >= 400, f"accepted: {response.text}"
        return response.json()["error"]["code"]

    def misbehave(
        self, kind: faults.Kind, method: str = "*", path: str = "*", times: int = 1, **parameters: Any
    ) -> None:
        faults.switch_on(self.application.store, kind, method, path, times, **parameters)


@contextmanager
def azure_in(database: Path, servers: RecordingServers) -> Iterator[Azure]:
    clock = Clock()
    application = ResourceManager(database, catalogue(servers), clock)
    with httpx.Client(transport=httpx.WSGITransport(app=application), base_url="https://management.azure.com") as http:
        yield Azure(application, clock, http)


def network(name: str) -> str:
    return f"{NETWORK}/virtualNetworks/{name}"


def subnet(network_name: str, name: str) -> str:
    return f"{network(network_name)}/subnets/{name}"


def peering(network_name: str, name: str) -> str:
    return f"{network(network_name)}/virtualNetworkPeerings/{name}"


def in_region(properties: dict[str, Any], location: str = "westeurope", **envelope: Any) -> dict[str, Any]:
    return {"location": location, **envelope, "properties": properties}


def space(*prefixes: str) -> dict[str, Any]:
    return in_region({"addressSpace": {"addressPrefixes": list(prefixes)}})


def prefix(cidr: str, **properties: Any) -> dict[str, Any]:
    return {"properties": {"addressPrefix": cidr, **properties}}


def rule(**changes: Any) -> dict[str, Any]:
    """A security rule that is accepted, changed; None leaves a property out."""
    given = {
        "protocol": "Tcp",
        "access": "Allow",
        "direction": "Inbound",
        "priority": 200,
        "sourcePortRange": "*",
        "destinationPortRange": "443",
        "sourceAddressPrefix": "10.20.0.0/16",
        "destinationAddressPrefix": "10.10.0.4",
        **changes,
    }
    return {"properties": {key: value for key, value in given.items() if value is not None}}


def address(subnet_id: str, **properties: Any) -> dict[str, Any]:
    return {"name": "first", "properties": {"subnet": {"id": subnet_id}, **properties}}


def interface(*configurations: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return in_region({"ipConfigurations": list(configurations), **properties})
