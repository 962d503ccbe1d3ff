"""The simulated Resource Manager in a temporary file."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from arm_client import GROUP, Azure, Clock, RecordingServers

from mesh.lab.arm.catalogue import catalogue
from mesh.lab.arm.resource_manager import ResourceManager


@pytest.fixture
def servers() -> RecordingServers:
    return RecordingServers()


@pytest.fixture
def empty_azure(tmp_path: Path, servers: RecordingServers) -> Iterator[Azure]:
    """Not even a resource group."""
    clock = Clock()
    application = ResourceManager(tmp_path / "azure.db", catalogue(servers), clock)
    with httpx.Client(transport=httpx.WSGITransport(app=application), base_url="https://management.azure.com") as http:
        yield Azure(application, clock, http)


@pytest.fixture
def azure(empty_azure: Azure) -> Azure:
    """With the resource group `shop` in westeurope."""
    empty_azure.made(GROUP, {"location": "westeurope"})
    return empty_azure
