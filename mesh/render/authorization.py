"""Routes, as what Istio lets through: mutual TLS everywhere, a deny of everything, and what is declared above it.

Rules name exact principals and ports. An HTTP field in a rule on a port that is not HTTP would void it (ALLOW) or
widen it (DENY), so methods and paths stand only where the route is HTTP.
"""

from collections.abc import Iterator
from typing import Any

from mesh import names
from mesh.model import (
    Cluster,
    Environment,
    Ingress,
    IngressGateway,
    Request,
    Route,
    Workload,
)
from mesh.render import kubernetes
from mesh.render.flows import ISTIOD_PORT
from mesh.resources import KubernetesObject

_SECURITY = "security.istio.io/v1"


def objects(environment: Environment) -> tuple[KubernetesObject, ...]:
    return tuple(item for cluster in environment.clusters for item in _objects(environment, cluster))


def _objects(environment: Environment, cluster: Cluster) -> Iterator[KubernetesObject]:
    system = names.SYSTEM_NAMESPACE
    strict = {"spec": {"mtls": {"mode": "STRICT"}}}
    yield kubernetes.manifest(cluster, _SECURITY, "PeerAuthentication", system, "default", body=strict)
    # In the root namespace and without a selector it governs gateways too, so each of them has an ALLOW of its own.
    yield kubernetes.manifest(
        cluster,
        _SECURITY,
        "AuthorizationPolicy",
        system,
        "deny-by-default",
        body={"spec": {}},
    )
    if any(machine.joins == cluster for machine in environment.machines_with_sidecar):
        # 15443 needs none: Istio builds its listener without authorization, the callee's sidecar decides.
        rules = [{"to": [{"operation": {"ports": [str(ISTIOD_PORT)]}}]}]
        yield _allow(cluster, system, "istiod-for-machines", names.EAST_WEST_SELECTOR, rules)
    for gateway in cluster.ingress:
        if any(route.caller == Ingress(cluster, gateway) for route in environment.routes):
            selector, rules = names.ingress_selector(gateway), [_at_ingress(gateway)]
            yield _allow(
                cluster,
                names.INGRESS_NAMESPACE,
                names.ingress_gateway(gateway),
                selector,
                rules,
            )
    for workload in environment.workloads:
        if workload.sidecar:
            rules = [_rule(environment, route) for route in environment.routes if route.callee == workload]
            yield _allow(
                cluster,
                workload.namespace,
                workload.name,
                names.selector(workload),
                rules,
            )


def _allow(
    cluster: Cluster,
    namespace: str,
    name: str,
    selector: dict[str, str],
    rules: list[dict[str, Any]],
) -> KubernetesObject:
    """An ALLOW policy; without rules it denies every caller, which is what a workload that nobody may call needs."""
    spec = {
        "selector": {"matchLabels": selector},
        "action": "ALLOW",
        **({"rules": rules} if rules else {}),
    }
    return kubernetes.manifest(cluster, _SECURITY, "AuthorizationPolicy", namespace, name, body={"spec": spec})


def _at_ingress(gateway: IngressGateway) -> dict[str, Any]:
    # A host in a request may carry the port; Istio compares it as written.
    hosts = [variant for host in gateway.hosts for variant in (host, f"{host}:*")]
    return {"to": [{"operation": {"ports": ["443"], "hosts": hosts}}]}


def _rule(environment: Environment, route: Route) -> dict[str, Any]:
    principal = _principal(environment, route.caller)
    operations = [_operation(route, request) for request in route.requests] or [{"ports": [str(route.port.number)]}]
    return {
        "from": [{"source": {"principals": [principal]}}],
        "to": [{"operation": operation} for operation in operations],
    }


def _operation(route: Route, request: Request) -> dict[str, Any]:
    return {
        "ports": [str(route.port.number)],
        **({"methods": list(request.methods)} if request.methods else {}),
        "paths": list(request.paths),
    }


def _principal(environment: Environment, caller: Workload | Ingress) -> str:
    """Who a caller is to Istio, by its certificate."""
    if isinstance(caller, Ingress):
        namespace, account = (
            names.INGRESS_NAMESPACE,
            names.ingress_gateway(caller.gateway),
        )
    else:
        namespace, account = caller.namespace, names.service_account(caller)
    return f"{environment.istio.trust_domain}/ns/{namespace}/sa/{account}"
