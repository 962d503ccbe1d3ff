"""The simulated Resource Manager in a temporary file."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from arm_client import GROUP, Azure, RecordingServers, azure_in


@pytest.fixture
def servers() -> RecordingServers:
    return RecordingServers()


@pytest.fixture
def empty_azure(tmp_path: Path, servers: RecordingServers) -> Iterator[Azure]:
    """Not even a resource group."""
    with azure_in(tmp_path / "azure.db", servers) as azure:
        yield azure


@pytest.fixture
def azure(empty_azure: Azure) -> Azure:
    """With the resource group `shop` in westeurope."""
    empty_azure.made(GROUP, {"location": "westeurope"})
    return empty_azure
