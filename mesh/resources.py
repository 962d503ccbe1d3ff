"""What a plan is made of: Azure resources, Helm releases and Kubernetes objects, as plain data.

`properties` and `values` hold dicts, lists, strings, numbers, booleans, and `Output` where a value is only known
once another resource exists, `Secret` where nobody but the deployment may know it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Properties = Mapping[str, Any]


@dataclass(frozen=True)
class Output:
    """A property of a registered resource that nobody can know before, such as an identity's principal."""

    resource: str
    property: str

    def __str__(self) -> str:
        return f"${{{self.resource}.{self.property}}}"


@dataclass(frozen=True)
class Secret:
    """A secret that stands in no plan: the file that holds it, under the environment's folder of secrets."""

    file: str
    """Such as authority/east/ca-key.pem."""

    def __str__(self) -> str:
        return f"[secret {self.file}]"


@dataclass(frozen=True)
class AzureResource:
    name: str
    """Its identity in the state; also what `depends_on` and `Output` name."""
    token: str
    """azure-native's type, such as azure-native:network:Subnet."""
    id: str
    """As Resource Manager gives it: known before it exists, because every part of it is chosen here."""
    properties: Properties
    """Inputs as azure-native's schema spells them."""
    component: str
    """The part of the environment it belongs to, such as network/east."""
    depends_on: tuple[str, ...] = ()
    ignore_changes: tuple[str, ...] = ()
    """Property paths that Azure changes by itself."""


@dataclass(frozen=True)
class Release:
    """A Helm release on a cluster."""

    name: str
    cluster: str
    release: str
    namespace: str
    chart: str
    version: str
    values: Properties
    depends_on: tuple[str, ...] = ()


@dataclass(frozen=True)
class KubernetesObject:
    """A manifest on a cluster."""

    name: str
    cluster: str
    manifest: Properties
    depends_on: tuple[str, ...] = ()


def secret_files(value: Any) -> Iterator[str]:
    """The file of every secret in a nested value."""
    if isinstance(value, Secret):
        yield value.file
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from secret_files(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from secret_files(item)


def strings(value: Any) -> Iterator[str]:
    """Every string in a nested value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from strings(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from strings(item)


def outputs(value: Any) -> Iterator[Output]:
    """Every reference to another resource's output in a nested value."""
    if isinstance(value, Output):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from outputs(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from outputs(item)
