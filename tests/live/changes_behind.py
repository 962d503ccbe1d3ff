"""A change that colleagues make behind the program's back: how, and what `mesh drift` has to say of it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from changed_lab import Colleague, Object

NETWORK = "Microsoft.Network"
_COMPUTE, _CONTAINERS = "2024-07-01", "2024-09-01"
"""API versions."""
_VERSIONS = {"Microsoft.Compute": _COMPUTE, "Microsoft.ContainerService": _CONTAINERS}


@dataclass(frozen=True)
class Behind:
    subject: str
    """As `mesh drift` names it."""
    of: str
    """Its class."""
    says: tuple[str, ...]
    """Each is part of what it opens or breaks, of its note, its reason, or the paths that differ."""
    done: Callable[[Colleague], None]
    unowned: bool = False
    """Whether it goes only when it is named."""


def azure(subject: str, of: str, path: str, change: Callable[[Object], Any], *says: str) -> Behind:
    """`path` is below the resource group, such as Microsoft.Network/virtualNetworks/east."""
    version = _VERSIONS.get(path.partition("/")[0])
    versions = (version,) if version else ()
    return Behind(subject, of, says, lambda they: they.edit_azure(path, change, *versions))


def edited(subject: str, of: str, change: Callable[[Object], Any], *says: str) -> Behind:
    """`subject` is cluster/namespace/kind/name."""
    _, namespace, kind, name = subject.split("/")
    return Behind(subject, of, says, lambda they: they.edit(kind, f"{namespace}/{name}", change))


def gone(subject: str, *breaks: str) -> Behind:
    _, namespace, kind, name = subject.split("/")
    return Behind(subject, "breaks calls", breaks, lambda they: they.delete(kind, f"{namespace}/{name}"))


def added(subject: str, of: str, *says: str, **content: Any) -> Behind:
    """An object that nobody declares."""
    _, namespace, kind, name = subject.split("/")
    return Behind(subject, of, says, lambda they: they.add(kind, f"{namespace}/{name}", **content), unowned=True)


def appended(*path: str | int) -> Callable[[Any], Callable[[Object], None]]:
    """An element more in the list at the path."""

    def adds(element: Any) -> Callable[[Object], None]:
        def change(item: Object) -> None:
            target: Any = item
            for step in path:
                target = target[step]
            target.append(element)

        return change

    return adds


def put(value: Any, *path: str | int) -> Callable[[Object], None]:
    """A value at the path, whatever is there."""

    def change(item: Object) -> None:
        target: Any = item
        for step in path[:-1]:
            target = target.setdefault(step, {}) if isinstance(target, dict) else target[step]
        target[path[-1]] = value

    return change
