"""The parts of a plan: Azure resources, Helm releases and Kubernetes objects, as plain data.

`properties` and `values` hold dicts, lists, strings, numbers, booleans, and `Output` where a value is only known
once another resource exists, `Secret` where nobody but the deployment may know it. A `TextFile` is put together of
such parts by the deployment.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

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
class PublicFile:
    """A file that stands beside the secrets but is none, such as a root certificate."""

    file: str

    def __str__(self) -> str:
        return f"[file {self.file}]"


@dataclass(frozen=True)
class ApiServer:
    """A public fact of a cluster's API server, known once the cluster exists."""

    cluster: str
    part: Literal["address", "certificate", "issuer"]
    """Its URL; the certificate of the authority that vouches for it; the issuer that its accounts' tokens name."""

    @property
    def resource(self) -> str:
        return f"cluster/{self.cluster}"

    def __str__(self) -> str:
        return f"[{self.part} of the API server of {self.cluster}]"


@dataclass(frozen=True)
class TextFile:
    """A text file, in parts that follow each other."""

    path: str
    parts: tuple[str | PublicFile | ApiServer, ...]
    executable: bool = False

    def __str__(self) -> str:
        return "".join(map(str, self.parts))


@dataclass(frozen=True)
class Base64:
    """A text file where its contents are wanted in base64."""

    file: TextFile

    def __str__(self) -> str:
        return f"[{self.file.path} in base64]"


@dataclass(frozen=True)
class Kubeconfig:
    """A kubeconfig by which another cluster reads this one; known once the cluster and the token's secret exist."""

    cluster: str
    token: str
    """The name of the object that holds the token, a KubernetesObject of the plan."""

    def __str__(self) -> str:
        return f"[kubeconfig of {self.cluster}, with the token of {self.token}]"


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
    protect: bool = False
    """Whether the engine refuses to delete or replace it."""
    existing: bool = False
    """Whether others made it: a fact, as far as it is declared, for the judge and for pictures. It is not deployed."""


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
    ignore_changes: tuple[str, ...] = ()
    """Paths of fields that others keep."""
    protect: bool = False
    """Whether the engine refuses to delete or replace it."""
    retain: bool = False
    """Whether it stays where it is no longer declared, with what others put into it."""
    theirs: bool = False
    """Whether others make it, as the stack file says: the judge reads it, and nothing registers it."""


def secret_files(value: Any) -> Iterator[str]:
    """Every file of the folder of secrets that a nested value needs."""
    return (leaf.file for leaf in _leaves(value) if isinstance(leaf, Secret | PublicFile))


def strings(value: Any) -> Iterator[str]:
    """Every string in a nested value."""
    return (leaf for leaf in _leaves(value) if isinstance(leaf, str))


def outputs(value: Any) -> Iterator[Output | ApiServer]:
    """Every reference to what is known of another resource once it exists, in a nested value."""
    return (leaf for leaf in _leaves(value) if isinstance(leaf, Output | ApiServer))


def _leaves(value: Any) -> Iterator[Any]:
    match value:
        case Mapping():
            nested: Iterable[Any] = value.values()
        case list() | tuple():
            nested = value
        case TextFile():
            nested = value.parts
        case Base64():
            nested = value.file.parts
        case _:
            yield value
            return
    for item in nested:
        yield from _leaves(item)
