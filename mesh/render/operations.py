"""Requests of routes, as the operations of AuthorizationPolicies, by the tokens that they need.

Rules add up, so what a narrower path needs of a token is left out of a wider one that needs less: the most specific
path counts, as it does where requests are led.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any

from mesh import request_paths
from mesh.model import Request
from mesh.render import tokens

Rule = tuple[dict[str, Any], list[dict[str, Any]], list[dict[str, Any]]]
"""Of a rule: a part of its source, its operations and its conditions."""


def rules(port: int, requests: Iterable[Request]) -> list[Rule]:
    """One for each kind of token, and one for the requests that need none."""
    listed = tuple(requests)
    by_need: dict[object, list[Request]] = {}
    for request in listed:
        by_need.setdefault(_need(request), []).append(request)
    return [
        (
            tokens.sources(alike[0]),
            each_once(operation for request in alike for operation in _operations(port, request, listed)),
            tokens.conditions(alike[0]),
        )
        for alike in by_need.values()
    ]


def operation(port: int, request: Request) -> dict[str, Any]:
    return {
        "ports": [str(port)],
        **({"hosts": as_requested(request.hosts)} if request.hosts else {}),
        **({"methods": list(request.methods)} if request.methods else {}),
        "paths": list(request.paths),
    }


def as_requested(hosts: Iterable[str]) -> list[str]:
    """A host in a request may carry the port; Istio compares it as written."""
    return [variant for host in hosts for variant in (host, f"{host}:*")]


def each_once(operations: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    listed = list(operations)
    return [each for position, each in enumerate(listed) if each not in listed[:position]]


def _need(request: Request) -> object:
    return request.jwt, request.claims


def _operations(port: int, request: Request, all_requests: tuple[Request, ...]) -> Iterator[dict[str, Any]]:
    if not any(_narrower_paths(other, request) for other in all_requests):
        yield operation(port, request)
        return
    for host in request.hosts or ("",):
        one = replace(request, hosts=(host,) if host else ())
        narrower = {
            other: paths
            for other in all_requests
            if (not host or host in other.hosts) and (paths := _narrower_paths(other, one))
        }
        without = sorted({path for paths in narrower.values() for path in paths})
        yield {**operation(port, one), **({"notPaths": without} if without else {})}
        for other, paths in narrower.items():
            yield from _other_methods(port, one, other, paths, without)


def _other_methods(
    port: int, request: Request, other: Request, paths: list[str], without: list[str]
) -> Iterator[dict[str, Any]]:
    """The wider request at the paths of a narrower one, with the methods that the narrower one is not about."""
    left = tuple(method for method in request.methods if method not in other.methods)
    if not other.methods or (request.methods and not left):
        return
    deeper = [path for path in without if path not in paths and any(_is_below(path, above) for above in paths)]
    yield {
        **operation(port, replace(request, paths=tuple(paths), methods=left)),
        **({} if left else {"notMethods": list(other.methods)}),
        **({"notPaths": deeper} if deeper else {}),
    }


def _narrower_paths(other: Request, request: Request) -> list[str]:
    """The paths of another request that are below some of this one's, where it needs a token that this one does not."""
    if other.jwt is None or _need(other) == _need(request) or bool(other.hosts) != bool(request.hosts):
        return []
    if request.hosts and not set(request.hosts) & set(other.hosts):
        return []
    if request.methods and other.methods and not set(request.methods) & set(other.methods):
        return []
    return [path for path in other.paths if any(_is_below(path, above) for above in request.paths)]


def _is_below(path: str, above: str) -> bool:
    return request_paths.covers(above, path) and not request_paths.covers(path, above)
