"""The simulated Resource Manager in a temporary file."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from arm_client import GROUP, Azure, RecordingServers, azure_in
from shop import make_shop


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


@pytest.fixture(scope="session")
def made_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    database = tmp_path_factory.mktemp("shop") / "azure.db"
    with azure_in(database, RecordingServers()) as azure:
        make_shop(azure)
    return database


@pytest.fixture
def shop(made_once: Path, tmp_path: Path) -> Iterator[Azure]:
    """A copy for each test."""
    database = tmp_path / "azure.db"
    with closing(sqlite3.connect(made_once)) as one, closing(sqlite3.connect(database)) as copy:
        one.backup(copy)
    with azure_in(database, RecordingServers()) as azure:
        yield azure
