"""The requests that routes let through, into the model's: sorted, and each with one workload to go to."""

from collections.abc import Collection, Iterator, Sequence

from mesh import model, request_paths
from mesh.declaration import spec
from mesh.declaration.calls import Call
from mesh.declaration.declared import Declared
from mesh.declaration.problems import Path, Problem
from mesh.resolve import callers, references

_CHALLENGES = "/.well-known/acme-challenge"
"""Where an ACME server asks for a token: https://www.rfc-editor.org/rfc/rfc8555#section-8.3"""
_Taken = tuple[str, frozenset[str], str]
"""A pattern of paths, the methods and the callee."""
_Claims = tuple[tuple[str, tuple[str, ...]], ...]
_Key = tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...], str, _Claims]


def resolved(
    requests: Sequence[spec.Request], gateway_hosts: Sequence[str], jwt: model.Jwt | None
) -> tuple[model.Request, ...]:
    """The hosts are empty if the caller is a workload."""
    return tuple(
        model.Request(methods, paths, hosts or tuple(gateway_hosts), rewrite or None, jwt, claims)
        for paths, methods, hosts, rewrite, claims in sorted(map(_key, requests))
    )


def problems(declared: Declared, path: Path, route: Call) -> Iterator[Problem]:
    requests = route.http or ()
    for position, request in enumerate(requests):
        place = (*path, position)
        yield from references.repetitions((*place, "methods"), request.methods or (), "method")
        yield from references.repetitions((*place, "paths"), request.paths, "path")
        yield from _host_problems(declared, (*place, "hosts"), route.caller, request.hosts or ())
        yield from _challenge_problems((*place, "paths"), route.caller, request)
        yield from _rewrite_problems((*place, "rewrite"), route.caller, request)
        if any(_key(request) == _key(earlier) for earlier in requests[:position]):
            yield Problem(place, "an earlier entry already allows the same requests", "Remove one of them")


def contested(declared: Declared) -> Iterator[Problem]:
    """A gateway sends a request to one workload; the same path to two leaves open which."""
    seen: dict[tuple[str, str, str], list[tuple[frozenset[str], str]]] = {}
    patterns: dict[tuple[str, str], list[_Taken]] = {}
    for position, route in declared.routes:
        if not route.caller.startswith(callers.INGRESS):
            continue
        gateway, hosts = callers.full_name(declared, route.caller), _gateway_hosts(declared, route.caller)
        for number, request in enumerate(route.http or ()):
            methods = frozenset(request.methods or ())
            where = ("routes", position, "http", number)
            names = [(gateway, host) for host in sorted(request.hosts or hosts)]
            yield from _overlaps(where, route, request, [patterns.setdefault(name, []) for name in names])
            for path in dict.fromkeys(request.paths):
                places = [seen.setdefault((gateway, host, path), []) for host in sorted(request.hosts or hosts)]
                first = next(
                    (
                        callee
                        for others in places
                        for taken, callee in others
                        if callee != _target(route, request) and _meet(taken, methods)
                    ),
                    None,
                )
                if first:
                    yield Problem(
                        ("routes", position, "http", number),
                        f"{route.caller} already sends {path} to {first}; a request goes to one workload",
                        "Choose paths, methods or hosts apart from each other",
                    )
                for others in places:
                    others.append((methods, _target(route, request)))


def _overlaps(place: Path, route: Call, request: spec.Request, by_host: list[list[_Taken]]) -> Iterator[Problem]:
    """Patterns that share some paths with one that leads to another workload, where neither is the narrower."""
    methods = frozenset(request.methods or ())
    for path in dict.fromkeys(request.paths):
        crossing = (
            (other, callee)
            for taken in by_host
            for other, asked, callee in taken
            if callee != _target(route, request) and _meet(asked, methods) and _crosses(path, other)
        )
        if first := next(crossing, None):
            yield Problem(
                place,
                f"{path} and {first[0]}, which {route.caller} sends to {first[1]}, have paths in common; "
                "a request goes to one workload",
                "Choose paths, methods or hosts apart from each other",
            )
    for taken in by_host:
        taken += ((path, methods, _target(route, request)) for path in request.paths)


def _target(route: Call, request: spec.Request) -> str:
    """Where a request goes; what is rewritten otherwise goes elsewhere."""
    return f"{route.callee} as {request.rewrite}" if request.rewrite else route.callee


def _crosses(path: str, other: str) -> bool:
    if not (request_paths.has_hole(path) or request_paths.has_hole(other)):
        return False
    apart = request_paths.covers(path, other) or request_paths.covers(other, path)
    return not apart and request_paths.meet(path, other)


def _challenge_problems(place: Path, caller: str, request: spec.Request) -> Iterator[Problem]:
    for position, path in enumerate(request.paths):
        if caller.startswith(callers.INGRESS) and path.startswith(_CHALLENGES):
            yield Problem(
                (*place, position),
                f"{path} is for HTTP-01 challenges, which pods answer that no workload declares",
                "Let cert-manager use DNS-01, and remove the path",
            )


def _rewrite_problems(place: Path, caller: str, request: spec.Request) -> Iterator[Problem]:
    if request.rewrite is None:
        return
    if not caller.startswith(callers.INGRESS):
        yield Problem(place, "only an ingress gateway rewrites paths; a workload sends what its callee reads",
                      "Remove rewrite")  # fmt: skip
    for path in request.paths:
        if request_paths.has_hole(path):
            yield Problem(
                place,
                f"{path} has a hole or begins with a star, so it has no beginning to replace",
                "List such a path in an entry of its own, without rewrite",
            )
        elif path.endswith("*") and path[:-1].endswith("/") != request.rewrite.endswith("/"):
            fixed = f"{request.rewrite}/" if path.endswith("/*") else request.rewrite.rstrip("/") or "/"
            apart = " in an entry of its own" if len(request.paths) > 1 else ""
            yield Problem(
                place,
                f"{path} becomes {request.rewrite}*: the one has a slash before its star, and the other has none",
                f"Write {fixed} for {path}{apart}",
            )


def _host_problems(declared: Declared, path: Path, caller: str, hosts: Sequence[str]) -> Iterator[Problem]:
    if hosts and not caller.startswith(callers.INGRESS):
        yield Problem(path, "a workload is called by its own name; hosts are an ingress gateway's", "Remove hosts")
        return
    known = _gateway_hosts(declared, caller)
    for position, host in enumerate(hosts):
        if known and host not in known:
            yield references.unknown((*path, position), f"host of {caller} called", host, known, "Add it to its hosts")
    yield from references.repetitions(path, hosts, "host")


def _gateway_hosts(declared: Declared, caller: str) -> Collection[str]:
    """The hosts of the gateway that a caller names; none for a workload."""
    clusters = callers.ingress_clusters(declared, caller)
    if not caller.startswith(callers.INGRESS) or len(clusters) != 1:
        return ()
    return declared.environment.clusters[clusters[0]].ingress[caller.rpartition("/")[2]].hosts


def _meet(some: frozenset[str], others: frozenset[str]) -> bool:
    """Whether two sets of methods have one in common; an empty set is all of them."""
    return not some or not others or bool(some & others)


def _key(request: spec.Request) -> _Key:
    paths, methods, hosts = (tuple(sorted(each or ())) for each in (request.paths, request.methods, request.hosts))
    claims = tuple((name, tuple(sorted(set(values)))) for name, values in sorted(request.claims.items()))
    return paths, methods, hosts, request.rewrite or "", claims
