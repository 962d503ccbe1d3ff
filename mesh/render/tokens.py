"""Tokens that requests need, as RequestAuthentications: whose tokens a gateway or a sidecar takes for valid.

By itself a RequestAuthentication refuses invalid tokens, and lets a request without one pass; that one is needed is
said by AuthorizationPolicies.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from mesh import names
from mesh.model import Cluster, Environment, Ingress, Jwt, Request, Route
from mesh.plan.resources import KubernetesObject
from mesh.render import ingress, kubernetes, placement

BLOCKED_RANGES = ("127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16")
"""Where istiod reads no keys: at itself, and at what a node may know of itself."""


def objects(environment: Environment) -> tuple[KubernetesObject, ...]:
    return tuple(item for cluster in environment.clusters for item in _objects(environment, cluster))


def are_needed(environment: Environment) -> bool:
    return any(request.jwt for route in environment.routes for request in route.requests)


def sources(request: Request) -> dict[str, Any]:
    """The part of an AuthorizationPolicy's source that only a valid token has."""
    return {"requestPrincipals": [f"{request.jwt.issuer}/*"]} if request.jwt else {}


def conditions(request: Request) -> list[dict[str, Any]]:
    """What an AuthorizationPolicy asks of the token beside its issuer."""
    if request.jwt is None:
        return []
    claims = [{"key": f"request.auth.claims[{name}]", "values": list(values)} for name, values in request.claims]
    return [{"key": "request.auth.audiences", "values": list(request.jwt.audiences)}, *claims]


def _objects(environment: Environment, cluster: Cluster) -> Iterator[KubernetesObject]:
    for gateway in cluster.ingress:
        name, selector = names.ingress_gateway(gateway), names.ingress_selector(gateway)
        routes = ingress.routes_from(environment, cluster, gateway)
        yield from _authentication(cluster, names.INGRESS_NAMESPACE, name, selector, routes)
    for workload in environment.workloads:
        if workload.sidecar and cluster.name in placement.runs_on(workload):
            calls = [call for call in environment.calls_to(workload) if not isinstance(call.caller, Ingress)]
            yield from _authentication(cluster, workload.namespace, workload.name, names.selector(workload), calls)


def _authentication(
    cluster: Cluster, namespace: str, name: str, selector: dict[str, str], routes: Iterable[Route]
) -> Iterator[KubernetesObject]:
    rules: dict[str, dict[str, Any]] = {}
    for jwt in (request.jwt for route in routes for request in route.requests if request.jwt):
        rule = rules.setdefault(jwt.issuer, {"issuer": jwt.issuer, "audiences": [], **_keys(jwt)})
        rule["audiences"] = sorted({*rule["audiences"], *jwt.audiences})
    if rules:
        # The callee gets the token too: it knows its user by it.
        listed = [{**rule, "forwardOriginalToken": True} for _, rule in sorted(rules.items())]
        spec = {"selector": {"matchLabels": selector}, "jwtRules": listed}
        yield kubernetes.manifest(
            cluster, "security.istio.io/v1", "RequestAuthentication", namespace, name, body={"spec": spec}
        )


def _keys(jwt: Jwt) -> dict[str, str]:
    return {"jwksUri" if jwt.jwks.startswith("https://") else "jwks": jwt.jwks}
