"""A matrix, as the part of it that somebody asks for: by patterns of callers and of callees, and by a port."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from fnmatch import fnmatchcase

from mesh import model
from mesh.access.exposure import Exposure
from mesh.access.matrix import Cell, Matrix
from mesh.access.world import World

Spellings = Mapping[str, tuple[str, ...]]
"""By name, all that it may be called: `orders` and `shop/orders`, `ingress/public` and `ingress/east/public`."""


def spellings(world: World, names: Iterable[str]) -> Spellings:
    return {name: tuple(_spellings(world, name)) for name in names}


def matching(pattern: str, spelled: Spellings) -> frozenset[str]:
    """A selection of workloads: a name, a pattern such as `*-db`, or a namespace such as `shop/`."""
    asked = f"{pattern}*" if pattern.endswith("/") else pattern
    return frozenset(name for name, each in spelled.items() if any(fnmatchcase(one, asked) for one in each))


def part(whole: Matrix, callers: frozenset[str], callees: frozenset[str], port: str | None) -> Matrix:
    """Of these only; at a port by its name or number."""
    cells = tuple(
        cell
        for cell in whole.cells
        if cell.caller in callers and cell.callee in callees and (port is None or is_called(cell.port, port))
    )
    return replace(
        whole,
        callers=tuple(name for name in whole.callers if name in callers),
        callees=tuple(name for name in whole.callees if name in callees),
        cells=cells,
        exposures=whole.exposures if cells == whole.cells else exposures_of(whole, cells),
        identities={name: said for name, said in whole.identities.items() if name in callers},
        hosts={name: said for name, said in whole.hosts.items() if name in callees},
    )


def exposures_of(whole: Matrix, cells: Iterable[Cell]) -> tuple[Exposure, ...]:
    """Those of the gateways by which some calls come."""
    callers = {cell.caller for cell in cells}
    return tuple(exposure for exposure in whole.exposures if exposure.subject in callers)


def is_called(port: model.Port, said: str) -> bool:
    return said in (port.name, str(port.number), str(port.service))


def _spellings(world: World, name: str) -> Iterable[str]:
    if name in world.workloads:
        return name, f"{world.workloads[name].namespace}/{name}"
    gateway = world.ingress[name]
    return (other for other, each in world.ingress.items() if each is gateway)
