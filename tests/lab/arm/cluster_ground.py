"""What stands before a cluster is made: networks with subnets of every kind, identities, and rights."""

import shutil
import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
from arm_client import GROUP, NETWORK, SUBSCRIPTION, Azure, Clock, RecordingServers

from mesh.lab.arm.catalogue import catalogue
from mesh.lab.arm.containers.managed_clusters import Servers
from mesh.lab.arm.resource_manager import ResourceManager

CLUSTERS = "2025-09-01"
IDENTITIES = f"{GROUP}/providers/Microsoft.ManagedIdentity/userAssignedIdentities"
IDENTITY = f"{IDENTITIES}/east"
STRANGER = f"{IDENTITIES}/stranger"
CLUSTER = f"{GROUP}/providers/Microsoft.ContainerService/managedClusters/east"
SUBNETS = f"{NETWORK}/virtualNetworks/east/subnets"
NODES = f"{SUBNETS}/nodes"
NETWORK_CONTRIBUTOR = "4d97b98b-1d4f-4787-a291-c67834d212e7"
MANAGED_IDENTITY_OPERATOR = "f1a07417-d97a-45cb-824c-7a7467783830"
READER = "acdd72a7-3385-48ef-bd42-f606fba81ae7"
LONG_NAME = "a-name-that-network-resources-may-have-but-that-no-label-of-a-node-may"


def assign(azure: Azure, principal: str, role: str, scope: str) -> str:
    assignment = f"{scope}/providers/Microsoft.Authorization/roleAssignments/{uuid.uuid4()}"
    azure.made(
        assignment,
        {
            "properties": {
                "principalId": principal,
                "roleDefinitionId": f"{SUBSCRIPTION}/providers/Microsoft.Authorization/roleDefinitions/{role}",
                "principalType": "ServicePrincipal",
            }
        },
    )
    return assignment


def principal_of(azure: Azure, identity: str) -> str:
    return azure.body(identity)["properties"]["principalId"]


def network(azure: Azure, name: str, space: str, location: str = "westeurope") -> str:
    path = f"{NETWORK}/virtualNetworks/{name}"
    azure.made(path, {"location": location, "properties": {"addressSpace": {"addressPrefixes": [space]}}})
    return path


def subnet(azure: Azure, path: str, prefix: str, **properties: Any) -> str:
    azure.made(path, {"properties": {"addressPrefix": prefix, **properties}})
    return path


def route_table(azure: Azure, name: str, *routes: dict[str, str]) -> dict[str, str]:
    path = f"{NETWORK}/routeTables/{name}"
    named = [{"name": f"route-{place}", "properties": route} for place, route in enumerate(routes)]
    azure.made(path, {"location": "westeurope", "properties": {"routes": named}})
    return {"id": path}


def nat_gateway(azure: Azure, name: str, *addresses: str) -> dict[str, str]:
    given = []
    for address in addresses:
        path = f"{NETWORK}/publicIPAddresses/{address}"
        body = {"location": "westeurope", "sku": {"name": "Standard"}}
        azure.made(path, {**body, "properties": {"publicIPAllocationMethod": "Static"}})
        given.append({"id": path})
    gateway = f"{NETWORK}/natGateways/{name}"
    body = {"location": "westeurope", "sku": {"name": "Standard"}}
    azure.made(gateway, {**body, "properties": {"publicIpAddresses": given}})
    return {"id": gateway}


@contextmanager
def opened(database: Path, servers: Servers) -> Iterator[Azure]:
    clock = Clock()
    application = ResourceManager(database, catalogue(servers), clock)
    with httpx.Client(transport=httpx.WSGITransport(app=application), base_url="https://management.azure.com") as http:
        yield Azure(application, clock, http)


def prepared(folder: Path) -> Path:
    """A database with a network, an identity that may join it, and one that may not; made once, then copied."""
    database = folder / "ground.db"
    with opened(database, RecordingServers()) as azure:
        azure.made(GROUP, {"location": "westeurope"})
        _prepare(azure)
    connection = sqlite3.connect(database)
    connection.execute("vacuum into ?", (str(folder / "copy.db"),))
    connection.close()
    return folder / "copy.db"


@contextmanager
def standing_on(ground: Path, folder: Path, servers: RecordingServers) -> Iterator[Azure]:
    with opened(Path(shutil.copy(ground, folder / "azure.db")), servers) as azure:
        yield azure


def _prepare(azure: Azure) -> None:
    network(azure, "east", "10.10.0.0/16")
    subnet(azure, NODES, "10.10.0.0/24")
    for identity in (IDENTITY, STRANGER):
        azure.made(identity, {"location": "westeurope"})
    assign(azure, principal_of(azure, IDENTITY), NETWORK_CONTRIBUTOR, GROUP)


def cluster(**properties: Any) -> dict[str, Any]:
    """A body that AKS accepts."""
    return {
        "location": "westeurope",
        "identity": {"type": "UserAssigned", "userAssignedIdentities": {IDENTITY: {}}},
        "properties": {
            "dnsPrefix": "shop-east",
            "kubernetesVersion": "1.34",
            "agentPoolProfiles": [
                {
                    "name": "system",
                    "mode": "System",
                    "count": 3,
                    "vmSize": "Standard_D4s_v5",
                    "vnetSubnetID": NODES,
                }
            ],
            "networkProfile": {
                "networkPlugin": "azure",
                "networkPluginMode": "overlay",
                "podCidr": "10.244.0.0/16",
                "serviceCidr": "10.96.0.0/16",
                "dnsServiceIP": "10.96.0.10",
            },
            **properties,
        },
    }
