"""Tokens of end users that gateways and routes need, into the model's, and the problems with them."""

from collections.abc import Iterator

from mesh import model
from mesh.declaration import spec
from mesh.declaration.calls import Call
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem
from mesh.resolve import callers, references


def of(declared: Declared, route: Call) -> model.Jwt | None:
    """The route's own, else its gateway's."""
    said = _said(declared, route)
    return model.Jwt(said.issuer, tuple(sorted(set(said.audiences))), said.jwks) if said else None


def problems(declared: Declared) -> Iterator[Problem]:
    keys: dict[str, str] = {}
    for path, jwt in _every(declared):
        yield from references.repetitions((*path, "audiences"), jwt.audiences, "audience")
        if keys.setdefault(jwt.issuer, jwt.jwks) != jwt.jwks:
            yield Problem((*path, "jwks"), f"the issuer {jwt.issuer} already has other keys", "Write the same jwks")
    for position, route in declared.routes:
        if route.jwt and route.http is None:
            yield Problem(("routes", position, "jwt"), "only HTTP requests carry a token", "Remove jwt, or use http:")
        for number, request in enumerate(route.http or ()):
            if request.claims and _said(declared, route) is None:
                place = ("routes", position, "http", number, "claims")
                yield Problem(place, "claims are those of a token, and this request needs none",
                              "Add jwt: {issuer, audiences, jwks} to the route or to its gateway")  # fmt: skip


def _said(declared: Declared, route: Call) -> spec.Jwt | None:
    if route.jwt or not route.caller.startswith(callers.INGRESS):
        return route.jwt
    clusters = callers.ingress_clusters(declared, route.caller)
    gateway = route.caller.rpartition("/")[2]
    return declared.environment.clusters[clusters[0]].ingress[gateway].jwt if len(clusters) == 1 else None


def _every(declared: Declared) -> Iterator[tuple[Path, spec.Jwt]]:
    for name, cluster in declared.environment.clusters.items():
        for gateway, ingress in cluster.ingress.items():
            if ingress.jwt:
                yield ("clusters", name, "ingress", gateway, "jwt"), ingress.jwt
    for position, route in declared.written:
        if route.jwt:
            yield ("routes", position, "jwt"), route.jwt
