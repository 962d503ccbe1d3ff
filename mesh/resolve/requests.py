"""The requests that routes let through, into the model's: sorted, and each with one workload to go to."""

from collections.abc import Iterator, Sequence

from mesh import model
from mesh.declaration import spec
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem
from mesh.resolve import callers, references


def resolved(requests: Sequence[spec.Request]) -> tuple[model.Request, ...]:
    return tuple(sorted(map(_request, requests), key=lambda request: (request.paths, request.methods)))


def problems(path: Path, requests: Sequence[spec.Request]) -> Iterator[Problem]:
    for position, request in enumerate(requests):
        place = (*path, position)
        yield from references.repetitions((*place, "methods"), request.methods or (), "method")
        yield from references.repetitions((*place, "paths"), request.paths, "path")
        if any(_request(request) == _request(earlier) for earlier in requests[:position]):
            yield Problem(place, "the same requests are let through already by an earlier entry", "Remove one of them")


def contested(declared: Declared) -> Iterator[Problem]:
    """A gateway sends a request to one workload; the same path to two leaves open which."""
    seen: dict[tuple[str, str], list[tuple[frozenset[str], str]]] = {}
    for position, route in declared.routes:
        if not route.caller.startswith(callers.INGRESS):
            continue
        gateway = callers.full_name(declared, route.caller)
        for number, request in enumerate(route.http or ()):
            methods = frozenset(request.methods or ())
            for path in dict.fromkeys(request.paths):
                others = seen.setdefault((gateway, path), [])
                first = next(
                    (callee for taken, callee in others if callee != route.callee and _meet(taken, methods)), None
                )
                if first:
                    yield Problem(
                        ("routes", position, "http", number),
                        f"{route.caller} already sends {path} to {first}; a request goes to one workload",
                        "Choose paths or methods apart from each other",
                    )
                others.append((methods, route.callee))


def _meet(some: frozenset[str], others: frozenset[str]) -> bool:
    """Whether two sets of methods have one in common; an empty set is all of them."""
    return not some or not others or bool(some & others)


def _request(request: spec.Request) -> model.Request:
    return model.Request(methods=tuple(sorted(request.methods or ())), paths=tuple(sorted(request.paths)))
